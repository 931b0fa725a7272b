//! `awsesame mfa resync`: resynchronizes a device whose clock or counter differs from AWS's.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::Serial;

use super::super::Runner;
use super::owner::Owner;
use crate::code::pair::Asker;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// Resync a device whose codes AWS no longer accepts, with two codes that follow each other
#[derive(Debug, clap::Args)]
pub(super) struct Resync {
    /// The device's serial number [default: the profile's first]
    #[arg(value_name = "SERIAL")]
    serial: Option<String>,
}

impl Resync {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let mut terminal = super::terminal(runner, "mfa resync")?;
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        // The device is out of step: no code of it can be asked for to begin with.
        let owner = Owner::with_key(runner, &keyring)?;
        let serial = match &self.serial {
            Some(serial) => Serial::new(serial),
            None => owner.configured()?,
        };
        let (subject, patience) = (&owner.plan.subject, runner.patience()?);
        let given_up = super::given_up(runner, "the device stays as it is", "mfa resync");
        let mut asker = Asker { terminal: &mut terminal, given_up, patience, context: runner.context };
        owner.resync(&mut asker, serial.device(), &serial)?;
        ui::say(&format!(
            "`{serial}` is in step again; its next code logs in: awsesame login{}",
            subject.flag()
        ));
        Ok(ExitCode::SUCCESS)
    }
}
