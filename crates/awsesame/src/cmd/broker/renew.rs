//! `awsesame broker renew`: the child process in which the broker renews a session, so that the broker itself does not
//! load the SDK. It prints nothing but errors.

use awsesame_core::fault::Fault;
use awsesame_core::session::pin::Pin;
use std::process::ExitCode;

use super::super::Runner;
use crate::code::chosen::Chosen;
use crate::session::login::Asking;
use crate::session::story::Want;
use crate::signin::Way;
use crate::vault::keyring::SessionKeyring;

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
        let profile = runner.profile_name();
        let profile = profile.as_deref();
        // A person is asked only if the settings say that one is at the desktop.
        let may_ask = self.codes && runner.config()?.switch("broker.ask", profile);
        let vault = runner.vault_for(&state, may_ask)?;
        let chosen = if may_ask {
            Some(Chosen::on_the_desktop(runner.config()?, profile, runner.store()?)?)
        } else if self.codes {
            Some(runner.chosen(profile)?).filter(Chosen::is_automatic)
        } else {
            None
        };
        let patience = runner.patience()?;
        let mut want = Want {
            profile: runner.profile(),
            max_age: None,
            duration: None,
            force: false,
            pin: Pin::default(),
            asking: Asking { given: None, may_ask, patience, chosen, by_program: false },
            way: Way { at_once: may_ask, ..runner.way()? },
            must_keep: true,
        };
        SessionKeyring { context: runner.context, state: &state, vault: &vault }.session(&mut want)?;
        Ok(ExitCode::SUCCESS)
    }
}
