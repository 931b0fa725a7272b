//! The command line of the full program: the parser, the dispatch, and the values that every subcommand needs. Each
//! subcommand has a file of its own with its arguments and a function `run`. The decisions are made in other modules.

mod audit;
mod broker;
mod candidates;
mod check;
mod complete;
mod config;
mod console;
mod direnv;
mod doctor;
mod env;
mod exec;
mod explain;
mod first_screen;
mod help;
mod hook;
mod init;
mod keys;
mod list;
mod lock;
mod login;
mod logout;
mod man;
mod mfa;
mod person;
mod picker;
mod policy;
mod process;
mod sso;
mod status;
mod typed;
mod unlock;
mod usage;
mod wait;

use std::cell::OnceCell;
use std::ffi::OsString;
use std::process::ExitCode;
use std::time::Duration;

use awsesame_core::config::Config;
use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::name::{ProfileName, Shown, Typed};
use clap::{Args, FromArgMatches, Parser, Subcommand};
use clap_complete::engine::ArgValueCompleter;

use self::candidates::profile_names;
use crate::code::chosen::Chosen;
use crate::os::context::{Context, wants_json};
use crate::session::login::Asking;
use crate::session::place;
use crate::session::story::{Obtained, ReadySession, Want};
use crate::signin::Way;
use crate::state::State;
use crate::store::{self, StoreContext};
use crate::ui;
use crate::vault::Vault;
use crate::vault::keyring::SessionKeyring;

/// MFA-authenticated, short-lived AWS credentials for every shell and program.
#[derive(Debug, Parser)]
#[command(name = "awsesame", version = awsesame_local::version::LONG, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    shared: Shared,
    #[command(subcommand)]
    command: Command,
}

impl Cli {
    /// Replaces a profile that was given as a plain word by one given with `-p`. If the two differ, the command line is
    /// wrong, and the two lines of that error are returned.
    fn take_word(&mut self, typed: &typed::Line) -> Result<(), (String, String)> {
        let Some(word) = self.command.profile_word() else { return Ok(()) };
        // Beside `-p` a word of `login` can only be meant as a code.
        if matches!(self.command, Command::Login(_)) && self.shared.profile.is_some() {
            return Ok(());
        }
        if let Some(named) = self.shared.profile.as_ref().filter(|named| **named != word) {
            let what = format!("two profiles are named, `{}` and `{}`", Shown(named), Shown(&word));
            return Err((what, format!("name a profile: awsesame {} -p {}", typed.path(), Typed(named))));
        }
        self.shared.profile = Some(word);
        Ok(())
    }
}

impl Command {
    /// Returns the profile that was given as a plain word.
    fn profile_word(&self) -> Option<String> {
        let named = match self {
            Self::Login(command) => return command.profile_word(),
            Self::Init(command) => &command.named,
            Self::Env(command) => &command.named,
            Self::Process(command) => &command.named,
            Self::Exec(command) => &command.named,
            Self::Status(command) => &command.named,
            Self::Check(command) => &command.named,
            Self::Console(command) => &command.named,
            Self::Explain(command) => &command.named,
            Self::Wait(command) => &command.named,
            Self::Logout(command) => &command.named,
            _ => return None,
        };
        named.word.clone()
    }
}

/// The options of every subcommand.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Common options")]
struct Shared {
    /// The profile [default: `AWSESAME_PROFILE`, `AWS_PROFILE`, `AWS_DEFAULT_PROFILE`, `default`]
    #[arg(short, long, global = true, value_name = "NAME", add = ArgValueCompleter::new(profile_names))]
    profile: Option<String>,
    /// Never ask for anything [also: `AWSESAME_NO_INPUT=1`]
    #[arg(long, global = true)]
    no_input: bool,
    /// Write data, and errors, as JSON to stdout
    #[arg(long, global = true)]
    json: bool,
}

impl Shared {
    /// Returns the same flags for another profile.
    fn of(&self, profile: &ProfileName) -> Self {
        Self { profile: Some(profile.as_str().to_owned()), ..self.clone() }
    }
}

/// The profile as a plain word.
#[derive(Debug, Default, Args)]
struct Named {
    /// The profile, as with `-p`
    #[arg(value_name = "PROFILE", add = ArgValueCompleter::new(profile_names))]
    word: Option<String>,
}

/// The options that pin the account and the role, and limit the age of the MFA code.
#[derive(Debug, Default, Args)]
struct Needs {
    /// Refuse (exit 4) unless the session is of this account
    #[arg(long, value_name = "ID")]
    account: Option<String>,
    /// Refuse (exit 4) unless the session is of this role
    #[arg(long, value_name = "NAME")]
    role: Option<String>,
    /// Require a code that is not older than this (`15m`)
    #[arg(long, value_name = "AGE", value_parser = seconds)]
    max_age: Option<u32>,
}

#[derive(Debug, Subcommand)]
enum Command {
    Init(init::Init),
    Login(login::Login),
    Env(env::Env),
    Process(process::Process),
    Exec(exec::Exec),
    Direnv(direnv::Direnv),
    Hook(hook::Hook),
    Status(status::Status),
    #[command(visible_alias = "ls")]
    List(list::List),
    Check(check::Check),
    Console(console::Console),
    Explain(explain::Explain),
    Doctor(doctor::Doctor),
    Wait(wait::Wait),
    Logout(logout::Logout),
    Lock(lock::Lock),
    Unlock(unlock::Unlock),
    Broker(broker::Broker),
    Mfa(mfa::Mfa),
    Policy(policy::Policy),
    Sso(sso::Sso),
    Audit(audit::Audit),
    Keys(keys::KeysCommand),
    Config(config::Config),
    Completions(complete::Completions),
    Man(man::Man),
    #[command(name = "__complete", hide = true)]
    Candidates(candidates::Candidates),
}

/// The environment that a subcommand runs in.
struct Runner<'a> {
    context: Context,
    shared: &'a Shared,
    /// The typed command line, so that hints can repeat its options.
    typed: &'a typed::Line,
    settings: OnceCell<Config>,
}

/// Runs a command line and says how it ended.
pub fn run(arguments: &[OsString], context: Context) -> ExitCode {
    let words = std::iter::once(OsString::from("awsesame")).chain(arguments.iter().cloned());
    let parsed = definition().try_get_matches_from(words);
    let typed = parsed.as_ref().map(|matches| typed::Line::of(matches, arguments)).unwrap_or_default();
    let mut cli = match parsed.and_then(|matches| Cli::from_arg_matches(&matches)) {
        Ok(cli) => cli,
        Err(_) if arguments.is_empty() => return first_screen::show(context),
        Err(error) => return refuse(&error, arguments, context),
    };
    if let Err((what, hint)) = cli.take_word(&typed) {
        if cli.shared.json {
            ui::error_json("usage", None, &what, &hint);
        }
        usage::fail_in_a_shell(arguments, &what, context);
        ui::error(&what, &hint);
        return ExitCode::from(2);
    }
    if cli.command.offers_profiles() {
        let runner = Runner { context, shared: &cli.shared, typed: &typed, settings: OnceCell::new() };
        if let Some(chosen) = picker::pick(&runner) {
            cli.shared.profile = Some(chosen);
        }
    }
    let typed = typed.about(cli.shared.profile.as_deref());
    let runner = Runner { context, shared: &cli.shared, typed: &typed, settings: OnceCell::new() };
    let ended = match &cli.command {
        Command::Init(command) => command.run(&runner),
        Command::Login(command) => command.run(&runner),
        Command::Env(command) => command.run(&runner),
        Command::Process(command) => command.run(&runner),
        Command::Exec(command) => command.run(&runner),
        Command::Direnv(command) => command.run(&runner),
        Command::Hook(command) => command.run(&runner),
        Command::Status(command) => command.run(&runner),
        Command::List(command) => command.run(&runner),
        Command::Check(command) => command.run(&runner),
        Command::Console(command) => command.run(&runner),
        Command::Explain(command) => command.run(&runner),
        Command::Doctor(command) => command.run(&runner),
        Command::Wait(command) => command.run(&runner),
        Command::Logout(command) => command.run(&runner),
        Command::Lock(command) => command.run(&runner),
        Command::Unlock(command) => command.run(&runner),
        Command::Broker(command) => command.run(&runner),
        Command::Mfa(command) => command.run(&runner),
        Command::Policy(command) => command.run(&runner),
        Command::Sso(command) => command.run(&runner),
        Command::Audit(command) => command.run(&runner),
        Command::Keys(command) => command.run(&runner),
        Command::Config(command) => command.run(&runner),
        Command::Completions(command) => command.run(),
        Command::Man(command) => command.run(&runner),
        Command::Candidates(command) => command.run(),
    };
    match ended {
        Ok(code) => {
            if cli.command.offers_profiles() {
                picker::remember(&runner);
            }
            code
        }
        Err(fault) => {
            if cli.shared.json {
                runner.tell_program(&fault);
            }
            let is_finding =
                fault.is_finding() && ["audit", "policy check", "policy probe"].contains(&typed.path());
            if is_finding {
                ui::finding(&fault.to_string(), &runner.hint(&fault));
            } else {
                ui::error(&fault.to_string(), &runner.hint(&fault));
            }
            ExitCode::from(fault.exit() as u8)
        }
    }
}

/// Prints the requested help, or the mistake in the command line.
fn refuse(error: &clap::Error, arguments: &[OsString], context: Context) -> ExitCode {
    use clap::error::ErrorKind;
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => match ui::print(&error.render().to_string()) {
            Ok(()) => ExitCode::SUCCESS,
            Err(fault) => {
                ui::fault(&fault);
                ExitCode::FAILURE
            }
        },
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand if !wants_json(arguments) => {
            ui::talk(&error.render().to_string());
            ExitCode::from(2)
        }
        _ => {
            let (what, hint) = usage::two_lines(error, arguments, context);
            usage::fail_in_a_shell(arguments, &what, context);
            if wants_json(arguments) {
                // A command line that is not understood does not show which profile was meant.
                ui::error_json("usage", None, &what, &hint);
            }
            ui::error(&what, &hint);
            ExitCode::from(2)
        }
    }
}

/// Returns the definition of the command line, with its groups and examples.
fn definition() -> clap::Command {
    help::definition()
}

/// Parses a duration such as `12h`, `1h30m` or `900` into seconds.
fn seconds(text: &str) -> Result<u32, String> {
    awsesame_core::config::seconds(text)
        .ok_or_else(|| "expected a length of time, like `12h`, `15m` or `900` (seconds)".to_owned())
}

impl Runner<'_> {
    /// Writes what went wrong, in the form that `--json` promises.
    fn tell_program(&self, fault: &Fault) {
        let subject = self.context.subject(self.profile());
        ui::error_json(fault.slug(), subject.profile(), &fault.to_string(), &self.hint(fault));
    }

    /// Returns the hint about what to type next, with the parts of this command line that belong to it.
    fn hint(&self, fault: &Fault) -> String {
        if let Fault::LoginNeeded { reason: NoSession::Elsewhere(_), .. } = fault
            && let Some(socket) = self.broker_beside()
        {
            return format!("use the broker there: export AWSESAME_BROKER={}", Typed(&socket));
        }
        if let Fault::OpenFolder { path, .. } = fault
            && let Some(hint) = place::without_modes(path.as_ref(), self.context)
        {
            return hint;
        }
        self.typed.kept_in(fault, self.context.named_profile(None).as_ref())
    }

    /// Returns the socket of the broker that serves this state folder, if one answers.
    fn broker_beside(&self) -> Option<String> {
        let place = crate::broker::place::BrokerPaths::of(&self.state().ok()?);
        crate::broker::start::Running::find(&place).ok()?;
        Some(place.socket().to_string_lossy().into_owned())
    }

    fn state(&self) -> Result<State, Fault> {
        Ok(State::at(self.context.folders().state()?))
    }

    /// Returns the settings, which are read at the first call.
    fn config(&self) -> Result<&Config, Fault> {
        if let Some(config) = self.settings.get() {
            return Ok(config);
        }
        let config = crate::config::read(self.context)?;
        Ok(self.settings.get_or_init(|| config))
    }

    /// Returns the name of the profile whose own settings apply.
    fn profile_name(&self) -> Option<String> {
        self.context.named_profile(self.profile()).map(|name| name.as_str().to_owned())
    }

    /// Returns the profile that the command is about, which is `default` if nothing names one.
    fn meant_profile(&self) -> ProfileName {
        let default = || ProfileName::new(ProfileName::DEFAULT);
        self.context.named_profile(self.profile()).unwrap_or_else(default)
    }

    /// Returns the name of the store of the data key.
    fn store(&self) -> Result<String, Fault> {
        self.store_of(self.profile_name().as_deref())
    }

    fn store_of(&self, profile: Option<&str>) -> Result<String, Fault> {
        Ok(self.config()?.name("store", profile))
    }

    fn profile(&self) -> Option<&str> {
        self.shared.profile.as_deref()
    }

    /// Returns the time limit for a person's answer.
    fn patience(&self) -> Result<Duration, Fault> {
        Ok(self.config()?.duration("prompt_timeout", self.profile_name().as_deref()))
    }

    /// Returns the same for a question that delays something else: the limit is shorter unless the user set one.
    fn patience_or(&self, usual: Duration) -> Result<Duration, Fault> {
        let is_set = self.config()?.is_set("prompt_timeout", self.profile_name().as_deref());
        if is_set { self.patience() } else { Ok(usual) }
    }

    /// Returns the request of a delivery: any fresh session, asked for on the terminal if necessary.
    fn want<'w>(&'w self, needs: &Needs) -> Result<Want<'w>, Fault> {
        Ok(Want {
            profile: self.profile(),
            max_age: needs.max_age.map(i64::from),
            duration: None,
            force: false,
            pin: self.context.pin(needs.account.as_deref(), needs.role.as_deref()),
            asking: Asking {
                given: None,
                may_ask: self.may_ask()?,
                patience: self.patience()?,
                chosen: Some(self.chosen(self.profile_name().as_deref())?),
                by_program: false,
            },
            way: self.way()?,
            must_keep: false,
        })
    }

    /// Returns the way to sign in by browser, as far as the settings define it.
    fn way(&self) -> Result<Way, Fault> {
        let browser = self.config()?.words("console.browser", self.profile_name().as_deref());
        Ok(Way { browser, ..Way::default() })
    }

    fn may_ask(&self) -> Result<bool, Fault> {
        Ok(!self.shared.no_input && !self.config()?.switch("no_input", self.profile_name().as_deref()))
    }

    /// Returns the code source that the settings choose for a profile.
    fn chosen(&self, profile: Option<&str>) -> Result<Chosen, Fault> {
        Chosen::read(self.config()?, profile, self.store()?)
    }

    /// Returns the sessions, with the store that opens them.
    fn vault<'s>(&self, state: &'s State) -> Result<Vault<'s>, Fault> {
        self.vault_for(state, self.may_ask()?)
    }

    /// Opens the vault. `may_ask` says whether the store may ask a person.
    fn vault_for<'s>(&self, state: &'s State, may_ask: bool) -> Result<Vault<'s>, Fault> {
        self.vault_in(state, &self.store()?, may_ask)
    }

    /// Returns the sessions in a named store.
    fn vault_in<'s>(&self, state: &'s State, name: &str, may_ask: bool) -> Result<Vault<'s>, Fault> {
        if matches!(name, store::kernel::NAME | store::file::NAME) {
            return Vault::open(state, name);
        }
        let config = self.config()?;
        let unlock_for = config.duration("unlock_for", None);
        match store::slow(name, StoreContext::new(config, self.context, may_ask)?)? {
            Some(slow) => Ok(Vault::over(state, slow, unlock_for.as_secs())),
            None => Vault::open(state, name),
        }
    }

    /// Returns a session, as `session::story` obtains it.
    fn session(&self, want: &mut Want<'_>) -> Result<ReadySession, Fault> {
        self.session_for(want, self.may_ask()?)
    }

    /// Returns a session. `may_ask` says whether the store may ask a person.
    fn session_for(&self, want: &mut Want<'_>, may_ask: bool) -> Result<ReadySession, Fault> {
        if let Some(socket) = self.context.broker_elsewhere() {
            let subject = self.context.subject(want.profile);
            let session =
                crate::broker::away::session(&socket, &subject, &want.pin, want.max_age, self.context)?;
            return Ok(ReadySession { session, obtained: Obtained::Cached });
        }
        let state = self.state()?;
        let vault = self.vault_for(&state, may_ask)?;
        SessionKeyring { context: self.context, state: &state, vault: &vault }.session(want)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        definition().debug_assert();
    }

    #[test]
    fn lengths_of_time_are_read_as_people_write_them() {
        for (text, expected) in [("12h", 43_200), ("15m", 900), ("1h30m", 5400), ("900", 900), ("900s", 900)]
        {
            assert_eq!(seconds(text), Ok(expected), "{text}");
        }
        for text in ["", "0", "-5m", "soon", "12", "1e9h"].into_iter().filter(|text| *text != "12") {
            assert!(seconds(text).is_err(), "{text}");
        }
    }
}
