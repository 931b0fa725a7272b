//! `awsesame mfa remove`: deactivates a device, and deletes it if it is virtual.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::{Serial, Typed};

use super::super::Runner;
use super::super::person::is_yes;
use super::owner::Owner;
use crate::os::terminal::Answer;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// Remove an MFA device from the user; a virtual one is deleted
#[derive(Debug, clap::Args)]
pub(super) struct Remove {
    /// The device's serial number, as `mfa list` shows it
    #[arg(value_name = "SERIAL")]
    serial: String,
    /// Even if it is the last device that gives codes
    #[arg(long)]
    force: bool,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Remove {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let owner = Owner::of(runner, &keyring)?;
        let (serial, subject) = (Serial::new(&self.serial), owner.plan.subject.clone());
        let own = owner.listed()?;
        if !own.contains(&serial) {
            return Err(Fault::DeviceUnknown { serial, subject });
        }
        let others = own.iter().any(|other| *other != serial && other.gives_codes());
        if serial.gives_codes() && !others && !self.force {
            return Err(Fault::LastDevice { serial, subject });
        }
        if !self.yes {
            confirm(runner, &owner.user, &serial)?;
        }
        owner.deactivate(&serial)?;
        // Others have a body, and are only no longer this user's.
        if awsesame_core::answer::enroll::named(&serial).is_some() {
            owner.delete(&serial)?;
        }
        ui::say(&format!("`{serial}` is no longer a device of {}", owner.user));
        if owner.plan.serials().contains(&serial) {
            ui::say(&format!("it is still in the settings of {subject}, as `mfa_serial`"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn confirm(runner: &Runner<'_>, user: &str, serial: &Serial) -> Result<(), Fault> {
    let mut terminal = super::terminal(runner, &format!("mfa remove {} --yes", Typed(serial.as_str())))?;
    let question = format!("delete `{serial}` of {user}? [y/N] ");
    match terminal.ask(&question, Some(runner.patience()?)) {
        Ok(Answer::Line(line)) if is_yes(&line) => Ok(()),
        _ => Err(super::given_up(
            runner,
            "the device stays",
            &format!("mfa remove {}", Typed(serial.as_str())),
        )),
    }
}
