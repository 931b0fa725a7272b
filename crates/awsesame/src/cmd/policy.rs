//! `awsesame policy`: prints, judges, attaches and tests IAM policies that enforce MFA. The policy crate judges them.

mod attach;
mod check;
mod client;
mod detach;
mod json;
mod probe;
mod report;
mod show;
mod simulated;

use std::process::ExitCode;

use awsesame_core::fault::{Fault, PolicyFault};
use awsesame_core::name::Typed;

use super::Runner;
use super::person::is_yes;
use crate::aws::iam::user_or_group::{UserOrGroup, iam_name};
use crate::os::terminal::Answer;

/// Show, check, attach and prove IAM policies that enforce MFA
#[derive(Debug, clap::Args)]
pub(super) struct Policy {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Show(show::Show),
    Check(check::Check),
    Attach(attach::Attach),
    Detach(detach::Detach),
    Probe(probe::Probe),
}

impl Policy {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match &self.command {
            Command::Show(command) => command.run(),
            Command::Check(command) => command.run(runner),
            Command::Attach(command) => command.run(runner),
            Command::Detach(command) => command.run(runner),
            Command::Probe(command) => command.run(runner),
        }
    }
}

/// The user or the group whose policies are changed.
#[derive(Debug, clap::Args)]
#[group(required = true, multiple = false)]
struct Target {
    /// A user of the account
    #[arg(long, value_name = "NAME", value_parser = iam_name)]
    user: Option<String>,
    /// A group of the account
    #[arg(long, value_name = "NAME", value_parser = iam_name)]
    group: Option<String>,
}

impl Target {
    fn source(&self) -> UserOrGroup<'_> {
        match (&self.user, &self.group) {
            (Some(user), _) => UserOrGroup::User(user),
            (None, group) => UserOrGroup::Group(group.as_deref().unwrap_or_default()),
        }
    }
}

/// Continues only if a person at the terminal agrees. `stays` says what happens without the change.
fn agree(
    runner: &Runner<'_>,
    source: UserOrGroup<'_>,
    command: &'static str,
    question: &str,
    stays: &'static str,
) -> Result<(), Fault> {
    let (flag, names) = source.again();
    let profile = || runner.meant_profile();
    let words: Vec<String> = names.iter().map(|name| Typed(name).to_string()).collect();
    let then = format!("policy {command} {flag}{}", words.join(" "));
    let mut terminal = runner.terminal()?.ok_or_else(|| PolicyFault::NeedsTerminal {
        command,
        flag,
        names,
        profile: profile(),
    })?;
    match terminal.ask(question, Some(runner.patience()?)) {
        Ok(Answer::Line(line)) if is_yes(&line) => Ok(()),
        _ => Err(Fault::NotConfirmed { what: stays, then, profile: profile() }),
    }
}

/// The partitions that AWS's accounts are in: those that have a command line.
const PARTITIONS: [&str; 3] = ["aws", "aws-cn", "aws-us-gov"];

/// Parses the twelve digits of an account.
fn account(text: &str) -> Result<String, String> {
    let digits = text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| text.to_owned()).ok_or_else(|| "expected the twelve digits of an account".to_owned())
}
