//! `awsesame exec`: one program with credentials.

use std::ffi::OsString;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::pin::Pin;
use awsesame_core::render::Exports;

use super::{Needs, Runner};
use crate::broker::place::Place;
use crate::broker::start::{How, ensure};
use crate::story::Want;
use crate::{deliver, ui};

/// Run a program with credentials
#[derive(Debug, clap::Args)]
pub(super) struct Exec {
    #[command(flatten)]
    needs: Needs,
    /// How the program gets them: as variables, or afresh from the broker whenever it asks
    #[arg(long, value_name = "WAY", default_value = "env", value_parser = ["env", "broker"])]
    via: String,
    /// The program and its arguments
    #[arg(required = true, last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

impl Exec {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let mut want = runner.want(&self.needs)?;
        let exports = if self.via == "broker" {
            via_broker(runner, &mut want)?
        } else {
            let told = runner.session(&mut want)?;
            Exports::of(&told.header, &told.credentials)
        };
        let fault = deliver::exec::replace(&self.command, &exports);
        if runner.shared.json {
            runner.tell_program(&fault);
        }
        ui::fault(&fault);
        Ok(ExitCode::from(deliver::exec::code(&fault)))
    }
}

/// The exports for a program that asks the broker, once there is a session to ask for.
fn via_broker(runner: &Runner<'_>, want: &mut Want<'_>) -> Result<Exports, Fault> {
    if runner.context.broker_elsewhere().is_some() {
        let expected = "env, because `AWSESAME_BROKER` has the sessions elsewhere".to_owned();
        return Err(Fault::BadValue { setting: "--via", value: "broker".to_owned(), expected });
    }
    // Nobody shall give a code for what cannot be delivered.
    deliver::broker::check_default(runner.context)?;
    let (running, _) = ensure(&Place::of(&runner.state()?), How::ON_DEMAND, runner.context)?;
    let header = runner.session(want)?.header;
    let profile = header.subject.profile().ok_or(Fault::BrokerNeedsProfile)?;
    // Whatever becomes of the profile while the program runs, it stays in this account.
    let pin = Pin { account: Some(header.account.clone()), role: want.pin.role.clone() };
    let mut exports = deliver::broker::exports(&running, profile, &pin);
    exports.set_profile(&header.subject, header.region.as_deref(), header.endpoint.as_deref());
    Ok(exports)
}
