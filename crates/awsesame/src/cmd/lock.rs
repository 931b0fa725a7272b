//! `awsesame lock`: the key that opens the sessions is dropped.

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use super::Runner;
use crate::ui;

/// Drop the key that opens the sessions; the next use needs a login
#[derive(Debug, clap::Args)]
pub(super) struct Lock {}

impl Lock {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let there = runner.vault(&state)?.lock()?;
        for stem in state.session_stems()? {
            state.touch(&state.named_stamp(&stem))?;
        }
        ui::say(if there {
            "locked: the sessions on disk cannot be opened any more"
        } else {
            "there was nothing to lock"
        });
        Ok(ExitCode::SUCCESS)
    }
}
