//! `awsesame hook SHELL`: prints a prompt hook that notices when the session ends.

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use super::Runner;
use crate::ui;

/// Print a prompt hook: `eval "$(awsesame hook bash)"` in the shell's start-up file
#[derive(Debug, clap::Args)]
pub(super) struct Hook {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "elvish", "nu"])]
    shell: String,
}

impl Hook {
    pub(super) fn run(&self, _runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        ui::print(match self.shell.as_str() {
            "zsh" => include_str!("../../templates/hook.zsh"),
            "fish" => include_str!("../../templates/hook.fish"),
            "elvish" => include_str!("../../templates/hook.elv"),
            "nu" => include_str!("../../templates/hook.nu"),
            _ => include_str!("../../templates/hook.bash"),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
