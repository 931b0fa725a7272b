//! `awsesame mfa`: manages the MFA devices of a user, and prints codes from the configured source.

mod code;
mod enroll;
mod list;
mod owner;
mod remove;
mod resync;
mod seed;
mod setting;

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::plan::{Devices, LongTermKey, Plan};

use super::Runner;
use crate::aws::Aws;
use crate::aws::sts;
use crate::keys;
use crate::os::terminal::Terminal;
use crate::session::login;
use crate::vault::keyring::SessionKeyring;

/// List, enroll, resync and remove MFA devices, and print codes
#[derive(Debug, clap::Args)]
pub(super) struct Mfa {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    List(list::List),
    Enroll(enroll::Enroll),
    Resync(resync::Resync),
    Remove(remove::Remove),
    Code(code::Code),
    Seed(seed::Seed),
}

impl Mfa {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match &self.command {
            Command::List(command) => command.run(runner),
            Command::Enroll(command) => command.run(runner),
            Command::Resync(command) => command.run(runner),
            Command::Remove(command) => command.run(runner),
            Command::Code(command) => command.run(runner),
            Command::Seed(command) => command.run(runner),
        }
    }
}

/// Enrolls the first device of a user, with the default options.
pub(super) fn enrol(runner: &Runner<'_>) -> Result<ExitCode, Fault> {
    enroll::Enroll::default().run(runner)
}

/// Returns the long-term key of a plan, because only a user has devices.
pub(super) fn key(plan: &Plan) -> Result<&LongTermKey, Fault> {
    plan.key().ok_or_else(|| Fault::Unsupported {
        subject: plan.subject.clone(),
        setting: plan.instead_of_a_key().unwrap_or("credential_source"),
    })
}

/// Returns the person at the terminal.
fn terminal(runner: &Runner<'_>, then: &str) -> Result<Terminal, Fault> {
    runner.terminal()?.ok_or_else(|| Fault::NeedsTerminal {
        what: "an MFA device",
        then: then.to_owned(),
        profile: runner.meant_profile(),
    })
}

/// Returns the fault for a person who did not answer, or answered no.
fn given_up(runner: &Runner<'_>, what: &'static str, then: &str) -> Fault {
    Fault::NotConfirmed { what, then: then.to_owned(), profile: runner.meant_profile() }
}

/// Returns the user's ARN, if it is known, and the devices that `login` would try. AWS is asked only if none is
/// configured.
fn devices(
    keyring: &SessionKeyring<'_>,
    plan: &Plan,
    may_ask: bool,
) -> Result<(Option<String>, Devices), Fault> {
    let key = key(plan)?;
    let known = keyring.state.identity(&key.id, plan.client.sts_endpoint.as_deref());
    if let Some(configured) = Devices::of(plan.serials().to_vec()) {
        return Ok((known, configured));
    }
    let aws = Aws::reach(&plan.client, keyring.context)?;
    let signer = keys::signer(keyring, key, may_ask)?;
    let identity = match known {
        Some(identity) => identity,
        None => keyring.caller(plan, &aws, &signer).call(sts::caller_identity)?,
    };
    let devices = login::devices(keyring, plan, &aws, &signer, &identity)?;
    Ok((Some(identity), devices))
}
