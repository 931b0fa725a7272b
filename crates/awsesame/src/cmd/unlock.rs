//! `awsesame unlock`: fetches the key that opens the sessions from its store.

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use super::Runner;
use crate::ui;
use crate::vault::Unlocked;

/// Get the key that decrypts the sessions from its store again
#[derive(Debug, clap::Args)]
pub(super) struct Unlock {}

impl Unlock {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let (state, name) = (runner.state()?, runner.store()?);
        match runner.vault(&state)?.unlock()? {
            Unlocked::Yes => {
                for stem in state.session_stems()? {
                    state.touch(&state.named_stamp(&stem))?;
                }
                ui::say(&format!("unlocked: the key of the {name} store is in memory"));
            }
            Unlocked::NoKey => ui::say(&format!("the {name} store has no key yet; type: awsesame login")),
            Unlocked::NeedsNone => {
                ui::say(&format!("the {name} store has nothing to unlock; for a session: awsesame login"));
            }
        }
        Ok(ExitCode::SUCCESS)
    }
}
