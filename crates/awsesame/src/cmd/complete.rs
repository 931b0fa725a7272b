//! `awsesame completions`: prints the completion script of a shell.

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use crate::ui;

/// Print completions for a shell, profile names included
///
/// The first lines say how they are loaded.
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "elvish", "nu", "powershell"])]
    shell: String,
}

impl Completions {
    pub(super) fn run(&self) -> Result<ExitCode, Fault> {
        ui::print(match self.shell.as_str() {
            "zsh" => include_str!("../../templates/complete.zsh"),
            "fish" => include_str!("../../templates/complete.fish"),
            "elvish" => include_str!("../../templates/complete.elv"),
            "nu" => include_str!("../../templates/complete.nu"),
            "powershell" => include_str!("../../templates/complete.ps1"),
            _ => include_str!("../../templates/complete.bash"),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
