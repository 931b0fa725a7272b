//! `awsesame broker`: the local endpoint for credentials. Each of its subcommands has a file of its own.

mod install;
mod renew;
mod run;
mod start;
mod status;
mod stop;

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use super::Runner;

/// Control the local endpoint that AWS's tools fetch fresh credentials from
#[derive(Debug, clap::Args)]
pub(super) struct Broker {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Run(run::Run),
    Start(start::Start),
    Stop(stop::Stop),
    Status(status::Status),
    Install(install::Install),
    Uninstall(install::Uninstall),
    #[command(hide = true)]
    Renew(renew::Renew),
}

impl Broker {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match &self.command {
            Command::Run(command) => command.run(runner),
            Command::Start(command) => command.run(runner),
            Command::Stop(command) => command.run(runner),
            Command::Status(command) => command.run(runner),
            Command::Install(command) => command.run(runner),
            Command::Uninstall(command) => command.run(runner),
            Command::Renew(command) => command.run(runner),
        }
    }
}
