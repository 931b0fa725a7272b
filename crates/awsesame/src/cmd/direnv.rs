//! `awsesame direnv`: installs the library for `use awsesame`, and prints the text that the library evaluates.

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use awsesame_core::fault::{BrokerFault, Exit, Fault};
use awsesame_core::name::{AccountId, Subject, Typed};
use awsesame_core::session::pin::Pin;
use clap_complete::engine::ArgValueCompleter;
use zeroize::Zeroizing;

use super::Runner;
use super::candidates::profile_names;
use crate::broker::away;
use crate::broker::place::BrokerPaths;
use crate::broker::start::ensure_here;
use crate::config::plan::Planned;
use crate::deliver;
use crate::deliver::generated;
use crate::os::context::Context;
use crate::os::file::{self, Durability};
use crate::os::named_file;
use crate::session::login::Asking;
use crate::session::story::Want;
use crate::state::State;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The library that direnv reads.
const LIBRARY: &str = include_str!("../../templates/awsesame.sh");
/// The line by which a library of ours is known again.
const OURS: &str = "# awsesame for direnv";
/// The time limit of a question inside an .envrc. It is shorter than elsewhere, because the shell waits.
const PATIENCE: Duration = Duration::from_mins(1);

/// Work with direnv: `use awsesame` in an .envrc
#[derive(Debug, clap::Args)]
pub(super) struct Direnv {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Install the function `use awsesame` for .envrc files
    Install {
        /// Replace a file of that name that is not ours
        #[arg(long)]
        force: bool,
    },
    /// Print what `use awsesame` evaluates
    Export(Export),
}

#[derive(Debug, clap::Args)]
struct Export {
    /// The profile
    #[arg(value_name = "PROFILE", conflicts_with = "profile", add = ArgValueCompleter::new(profile_names))]
    name: Option<String>,
    /// Ask for a code when there is no session
    #[arg(long)]
    prompt: bool,
    /// Withhold the keys unless they are of this account
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Withhold the keys unless they are of this role
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// How the keys are delivered: as variables, or to each program that asks, by `credential_process` or
    /// from the broker
    #[arg(long, value_name = "WAY", default_value = "env", value_parser = ["env", "process", "broker"])]
    via: String,
}

impl Direnv {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match &self.command {
            Command::Install { force } => install(runner, *force),
            Command::Export(export) => export.run(runner),
        }
    }
}

impl Export {
    /// Prints the text. It never fails because of a missing session, because direnv would then drop its watches.
    fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let context = runner.context;
        let profile = self.name.as_deref().or(runner.profile());
        // The line in the .envrc is the whole pin; what an outer folder exported is not this one's.
        let pin = Pin { account: self.account.as_deref().map(AccountId::new), role: self.role.clone() };
        let state = runner.state()?;
        let subject = context.subject(profile);
        let withheld = |fault: &Fault, watched: &[PathBuf]| {
            let exports = deliver::withheld(&subject, fault, context);
            deliver::direnv::withheld(
                exports,
                &subject,
                watched,
                &self.line(fault, context),
                &pin,
                &state,
                context,
            )
        };
        let settings = || {
            // A login can take long, so it happens only if the user asked for it.
            let name = context.named_profile(profile);
            let name = name.as_ref().map(awsesame_core::name::ProfileName::as_str);
            let chosen = self.prompt.then(|| runner.chosen(name)).transpose()?;
            Ok((runner.may_ask()?, runner.patience_or(PATIENCE)?, chosen))
        };
        let (may_ask, patience, chosen) = match settings() {
            Ok(settings) => settings,
            // Settings that are wrong must not fail an .envrc either; mending them reloads it.
            Err(fault) => {
                let settings: Vec<PathBuf> = context.folders().settings().into_iter().collect();
                let text = withheld(&fault, &settings);
                ui::print(&text)?;
                return Ok(ExitCode::SUCCESS);
            }
        };
        let mut want = Want {
            profile,
            max_age: None,
            duration: None,
            force: false,
            pin: pin.clone(),
            asking: Asking {
                given: None,
                may_ask: self.prompt && may_ask,
                patience,
                chosen,
                by_program: false,
            },
            way: runner.way()?,
            must_keep: false,
        };
        if let Some(socket) = context.broker_elsewhere() {
            let text = if self.via == "broker" {
                by_relay(&socket, &want, &subject, &state, context)
            } else {
                away::session(&socket, &subject, &pin, None, context)
                    .map(|session| deliver::direnv::served(&session, &pin, &state, context))
            };
            let text = text.unwrap_or_else(|fault| withheld(&fault, &[]));
            ui::print(&text)?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = match runner.vault_for(&state, self.prompt && may_ask) {
            Err(fault) => withheld(&fault, &[]),
            Ok(vault) => {
                let keyring = SessionKeyring { context, state: &state, vault: &vault };
                let text = match self.via.as_str() {
                    "broker" => by_broker(&keyring, &mut want, &subject),
                    "process" => by_process(&keyring, &mut want, &subject),
                    _ => keyring
                        .session(&mut want)
                        .map(|told| deliver::direnv::served(&told.session, &pin, &state, context)),
                };
                match text {
                    Ok(text) => text,
                    Err(fault) => {
                        // Without a plan, a correction of the files is the only change that helps, so the files are
                        // watched.
                        let watched = if let Ok(planned) = Planned::of(context, want.profile, None) {
                            vec![state.named_stamp(&planned.plan.root_id())]
                        } else {
                            let files = context.folders().aws()?;
                            [files.config, files.credentials]
                                .into_iter()
                                .chain(context.folders().settings())
                                .collect()
                        };
                        withheld(&fault, &watched)
                    }
                }
            }
        };
        ui::print(&text)?;
        Ok(ExitCode::SUCCESS)
    }
}

impl Export {
    /// Returns the line about a fault. A mistake in the line of the .envrc is corrected there, and not by a login.
    fn line(&self, fault: &Fault, context: Context) -> String {
        let correct = || {
            let folder = context.var("PWD").map_or_else(String::new, |folder| format!("{folder}/"));
            format!("correct the line `use awsesame`: vi {}", Typed(&format!("{folder}.envrc")))
        };
        match fault {
            Fault::UnknownProfile { nearest, .. } if self.name.is_some() => {
                let meant =
                    nearest.as_ref().map(|near| format!("did you mean `{near}`? ")).unwrap_or_default();
                format!("{fault}; {meant}{}", correct())
            }
            Fault::PinnedAccount { .. } | Fault::PinnedRole { .. } => format!("{fault}; {}", correct()),
            _ => fault.in_one_line(),
        }
    }
}

/// Returns the missing login, if nothing else is missing.
fn lacking(keyring: &SessionKeyring<'_>, want: &mut Want<'_>) -> Result<Option<Fault>, Fault> {
    match keyring.session(want) {
        Ok(_) => Ok(None),
        Err(fault) if fault.exit() == Exit::LoginNeeded => Ok(Some(fault)),
        Err(fault) => Err(fault),
    }
}

/// Returns the text that an .envrc evaluates so that tools ask by `credential_process`, through files that follow the
/// user's own.
fn by_process(
    keyring: &SessionKeyring<'_>,
    want: &mut Want<'_>,
    subject: &Subject,
) -> Result<Zeroizing<String>, Fault> {
    let plan = Planned::of(keyring.context, want.profile, want.duration)?.plan;
    let profile = subject.profile().filter(|_| !plan.is_of_environments_web_identity());
    let profile = profile.ok_or(Fault::ProcessNeedsProfile)?;
    let exports = plan.exports;
    let lacking = lacking(keyring, want)?;
    let files = generated::ensure(keyring.context, keyring.state, generated::Default::Process)?;
    let mut variables = files.exports(profile);
    variables.set_profile(subject, exports.region.as_deref(), exports.endpoint_url.as_deref());
    Ok(deliver::direnv::asked(
        variables,
        subject,
        &files.sources(),
        lacking.as_ref().map(Fault::in_one_line).as_deref(),
        &want.pin,
        keyring.state,
        keyring.context,
    ))
}

/// Returns the text that an .envrc evaluates to use the broker. It is returned even without a session: the broker then
/// answers each program that a login is needed.
fn by_broker(
    keyring: &SessionKeyring<'_>,
    want: &mut Want<'_>,
    subject: &Subject,
) -> Result<Zeroizing<String>, Fault> {
    let profile = subject.profile().ok_or(BrokerFault::NeedsProfile)?;
    let exports = Planned::of(keyring.context, want.profile, want.duration)?.plan.exports;
    let place = BrokerPaths::of(keyring.state);
    let running = ensure_here(&place, keyring.context)?;
    let lacking = lacking(keyring, want)?;
    let mut variables = deliver::broker::exports(&running, profile, &want.pin);
    variables.set_profile(subject, exports.region.as_deref(), exports.endpoint_url.as_deref());
    let mut watched = deliver::broker::hide_others(&mut variables, keyring.state, keyring.context)?;
    watched.push(place.port());
    Ok(deliver::direnv::asked(
        variables,
        subject,
        &watched,
        lacking.as_ref().map(Fault::in_one_line).as_deref(),
        &want.pin,
        keyring.state,
        keyring.context,
    ))
}

/// Returns the text if the sessions are on another machine: a relay here is asked, and asks there.
fn by_relay(
    socket: &Path,
    want: &Want<'_>,
    subject: &Subject,
    state: &State,
    context: Context,
) -> Result<Zeroizing<String>, Fault> {
    let profile = subject.profile().ok_or(BrokerFault::NeedsProfile)?;
    let place = BrokerPaths::meant(state, context);
    let running = ensure_here(&place, context)?;
    let (header, lacking) = match away::session(socket, subject, &want.pin, want.max_age, context) {
        Ok(session) => (Some(session.header), None),
        Err(fault) if fault.exit() == Exit::LoginNeeded => (None, Some(fault)),
        Err(fault) => return Err(fault),
    };
    let mut variables = deliver::broker::exports(&running, profile, &want.pin);
    if let Some(header) = header {
        variables.set_profile(subject, header.region.as_deref(), header.endpoint.as_deref());
    }
    let mut watched = deliver::broker::hide_others(&mut variables, state, context)?;
    watched.push(place.port());
    Ok(deliver::direnv::asked(
        variables,
        subject,
        &watched,
        lacking.as_ref().map(Fault::in_one_line).as_deref(),
        &want.pin,
        state,
        context,
    ))
}

fn install(runner: &Runner<'_>, force: bool) -> Result<ExitCode, Fault> {
    let (path, there) = library(runner)?;
    if there == Library::Strange && !force {
        return Err(Fault::NotAFile { path: path.to_string_lossy().into_owned(), what: "somebody else's" });
    }
    let shown = path.display();
    if there == Library::Current {
        ui::say(&format!("`{shown}` is up to date; in an .envrc: use awsesame [PROFILE]"));
    } else {
        write_library(runner)?;
        ui::say(&format!("wrote `{shown}`; in an .envrc: use awsesame [PROFILE]"));
    }
    Ok(ExitCode::SUCCESS)
}

/// The state of the file at the path where direnv looks for our library.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Library {
    /// The library is not installed.
    Missing,
    /// The library is that of this version.
    Current,
    /// The library is that of another version.
    Other,
    /// The file is not ours.
    Strange,
}

/// The maximum size of the library for direnv.
const MOST_LIBRARY_BYTES: u64 = 1024 * 1024;

/// Returns the path of our library for direnv, and the state of the file there.
pub(super) fn library(runner: &Runner<'_>) -> Result<(PathBuf, Library), Fault> {
    let path = library_folder(runner)?.join("awsesame.sh");
    let there = match named_file::read(&path, MOST_LIBRARY_BYTES) {
        Ok(Some(text)) if *text == LIBRARY.as_bytes() => Library::Current,
        Ok(Some(text)) if text.starts_with(OURS.as_bytes()) => Library::Other,
        Ok(Some(_)) => Library::Strange,
        Ok(None) => Library::Missing,
        Err(why) => return Err(Fault::Unreadable { path: path.to_string_lossy().into_owned(), why }),
    };
    Ok((path, there))
}

/// Writes our library for direnv. It replaces any file with that name.
pub(super) fn write_library(runner: &Runner<'_>) -> Result<(), Fault> {
    let path = library_folder(runner)?.join("awsesame.sh");
    // The folder belongs to direnv, so its mode is not changed.
    file::write_shared(&path, LIBRARY.as_bytes(), Durability::Disk)
}

/// Returns the folder in which direnv looks for libraries: `DIRENV_CONFIG`, else `XDG_CONFIG_HOME/direnv`.
fn library_folder(runner: &Runner<'_>) -> Result<PathBuf, Fault> {
    Ok(runner.context.folders().direnv()?.join("lib"))
}
