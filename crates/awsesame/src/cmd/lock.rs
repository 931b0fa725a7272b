//! `awsesame lock`: deletes the key that opens the sessions from the keyring.

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use super::Runner;
use crate::ui;

/// Remove the key that decrypts the sessions from memory, until the next unlock or login
#[derive(Debug, clap::Args)]
pub(super) struct Lock {
    /// Delete the key from its store too: the sessions that it encrypts can never be used again
    #[arg(long)]
    forget: bool,
}

impl Lock {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let there = if self.forget { vault.forget()? } else { vault.lock()? };
        for stem in state.session_stems()? {
            state.touch(&state.named_stamp(&stem))?;
        }
        ui::say(match (there, vault.rests_in_a_store() && !self.forget) {
            (true, false) => "locked: the sessions on disk can no longer be decrypted",
            (true, true) => "locked: only the key in the store can decrypt the sessions on disk",
            (false, _) => "there was nothing to lock",
        });
        Ok(ExitCode::SUCCESS)
    }
}
