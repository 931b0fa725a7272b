//! `awsesame broker renew`: what the broker has done for it, so that the SDK need not be
//! in its own memory. Prints nothing but a fault.

use std::process::ExitCode;
use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::pin::Pin;

use super::super::Runner;
use crate::login::Asking;
use crate::stage::Stage;
use crate::story::Want;

/// Bring a session, for the broker
#[derive(Debug, clap::Args)]
pub(super) struct Renew {
    /// Codes may be fetched, where the settings say so
    #[arg(long)]
    codes: bool,
}

impl Renew {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let vault = runner.vault_for(&state, false)?;
        let chosen = self.codes.then(|| runner.chosen(runner.profile_name().as_deref())).transpose()?;
        let chosen = chosen.filter(crate::code::chosen::Chosen::is_automatic);
        let mut want = Want {
            profile: runner.profile(),
            max_age: None,
            duration: None,
            force: false,
            pin: Pin::default(),
            asking: Asking { given: None, may_ask: false, patience: Duration::ZERO, chosen },
            must_keep: true,
        };
        Stage { context: runner.context, state: &state, vault: &vault }.session(&mut want)?;
        Ok(ExitCode::SUCCESS)
    }
}
