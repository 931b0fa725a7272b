//! `awsesame policy`: IAM policies that force MFA: made, judged and proven.

mod check;
mod probe;
mod report;
mod show;

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use super::Runner;

/// Make, judge and prove IAM policies that force MFA
#[derive(Debug, clap::Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Show(show::Show),
    Check(check::Check),
    Probe(probe::Probe),
}

impl Policy {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match &self.command {
            Command::Show(command) => command.run(),
            Command::Check(command) => command.run(runner),
            Command::Probe(command) => command.run(runner),
        }
    }
}

/// Where AWS's accounts are: the partitions that have a command line.
const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

/// The twelve digits of an account.
fn account(text: &str) -> Result<String, String> {
    let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.to_owned()).ok_or_else(|| "expected the twelve digits of an account".to_owned())
}

/// The name of a user, a group or a role, by IAM's own rule.
pub(super) fn iam_name(text: &str) -> Result<String, String> {
    let known = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let good = (1..=128).contains(&text.len()) && text.chars().all(known);
    good.then(|| text.to_owned())
        .ok_or_else(|| "expected 1 to 128 letters, digits or any of `+=,.@_-`".to_owned())
}
