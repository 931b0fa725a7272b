//! `awsesame exec`: runs a program with credentials.

mod subshell;

use std::ffi::OsString;
use std::process::ExitCode;

use awsesame_core::fault::{BrokerFault, Fault};
use awsesame_core::render::Exports;
use awsesame_core::session::Header;
use awsesame_core::session::pin::Pin;

use super::{Named, Needs, Runner, picker};
use crate::broker::place::BrokerPaths;
use crate::broker::start::ensure_here;
use crate::deliver;
use crate::deliver::generated;
use crate::os::terminal::Terminal;
use crate::session::story::Want;
use crate::ui;

/// Run a program, or a shell, with credentials
#[derive(Debug, clap::Args)]
pub(super) struct Exec {
    #[command(flatten)]
    pub(super) named: Named,
    #[command(flatten)]
    needs: Needs,
    /// The way in which the program gets them: as variables, or on each request, by `credential_process` or from the
    /// broker
    #[arg(long, value_name = "WAY", default_value = "env", value_parser = ["env", "process", "broker"])]
    via: String,
    /// The program and its arguments [default: `$SHELL`, at a terminal]
    #[arg(last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

impl Exec {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let context = runner.context;
        if self.command.is_empty() && (runner.shared.no_input || Terminal::open().is_none()) {
            if runner.shared.json {
                ui::error_json("usage", None, "`CMD` is missing", "awsesame exec --help");
            }
            ui::error("`CMD` is missing", "awsesame exec --help");
            return Ok(ExitCode::from(2));
        }
        let mut want = runner.want(&self.needs)?;
        let (mut exports, header) = match self.via.as_str() {
            "broker" => via_broker(runner, &mut want)?,
            "process" => via_process(runner, &mut want)?,
            _ => {
                let ready = runner.session(&mut want)?;
                (Exports::of(&ready.session), ready.session.header)
            }
        };
        let shell;
        let command = if self.command.is_empty() {
            shell = subshell::open(runner, &header, &mut exports);
            &shell[..]
        } else {
            &self.command[..]
        };
        picker::remember(runner);
        let fault = deliver::exec::replace(command, exports, context);
        if runner.shared.json {
            runner.tell_program(&fault);
        }
        ui::fault(&fault);
        Ok(ExitCode::from(deliver::exec::code(&fault)))
    }
}

/// Returns the exports for a program that uses `credential_process`, once there is a session.
fn via_process(runner: &Runner<'_>, want: &mut Want<'_>) -> Result<(Exports, Header), Fault> {
    let header = runner.session(want)?.session.header;
    // A program that asks again does so by the profile's name, and without our variables.
    let profile = header.subject.profile().filter(|_| !header.is_of_environments_web_identity());
    let profile = profile.ok_or(Fault::ProcessNeedsProfile)?;
    let files = generated::ensure(runner.context, &runner.state()?, generated::Default::Process)?;
    let mut exports = files.exports(profile);
    exports.set_profile(&header.subject, header.region.as_deref(), header.endpoint.as_deref());
    // Without a pin, the program may use profiles of several accounts.
    if let Some(account) = &want.pin.account {
        exports.set("AWSESAME_ACCOUNT", account.as_str());
    }
    if let Some(role) = &want.pin.role {
        exports.set("AWSESAME_ROLE", role);
    }
    Ok((exports, header))
}

/// Returns the exports for a program that asks the broker, after making sure that there is a session.
fn via_broker(runner: &Runner<'_>, want: &mut Want<'_>) -> Result<(Exports, Header), Fault> {
    let state = runner.state()?;
    let place = BrokerPaths::meant(&state, runner.context);
    let running = ensure_here(&place, runner.context)?;
    let header = runner.session(want)?.session.header;
    let profile = header.subject.profile().ok_or(BrokerFault::NeedsProfile)?;
    // If the profile changes while the program runs, the program must still stay in this account.
    let pin = Pin { account: Some(header.account.clone()), role: want.pin.role.clone() };
    let mut exports = deliver::broker::exports(&running, profile, &pin);
    deliver::broker::hide_others(&mut exports, &state, runner.context)?;
    exports.set_profile(&header.subject, header.region.as_deref(), header.endpoint.as_deref());
    Ok((exports, header))
}
