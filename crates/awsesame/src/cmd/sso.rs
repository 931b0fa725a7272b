//! `awsesame sso`: commands about IAM Identity Center. Each of its subcommands has a file of its own.

mod populate;

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use super::Runner;

/// Write profiles for the accounts and roles of an IAM Identity Center portal
#[derive(Debug, clap::Args)]
pub(super) struct Sso {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Populate(populate::Populate),
}

impl Sso {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match &self.command {
            Command::Populate(command) => command.run(runner),
        }
    }
}
