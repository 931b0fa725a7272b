//! Measures how long it takes to get a session, with awsesame and with the AWS CLI, from the same sandbox. Every login
//! needs a code of its own, so each is made by another user.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::libraries;
use super::spread::Spread;
use super::world::{Home, PROFILE, World};
use crate::child;
use crate::dist::FRONT;
use crate::project::Project;

/// The name of our row.
pub(crate) const OURS: &str = "login CODE";

/// The name of the AWS CLI's row.
pub(crate) const AWS: &str = "aws sts get-session-token";

/// The name of the row of the same call alone: without config and store, and without keeping the session.
pub(crate) const RAW: &str = "curl, the same call alone";

/// The maximum time that one login may take.
const LIMIT: Duration = Duration::from_mins(1);

/// Measures logins in turn, the given number of times each. `others` is the folder of our programs that are linked with
/// the system's C library.
pub(crate) fn rows(
    project: &Project,
    world: &World,
    others: Option<&Path>,
    rounds: usize,
) -> Result<Vec<(String, Spread)>> {
    let aws = project.find("aws").context("aws is missing; `cargo xtask test --only tools` installs it")?;
    let timed = |command: &mut Command| {
        let begun = Instant::now();
        child::run(command.stdout(Stdio::null()).stderr(Stdio::null()), LIMIT)?;
        Ok::<_, anyhow::Error>(begun.elapsed())
    };
    let curl = project.find("curl");
    let (mut ours, mut otherwise, mut theirs, mut raw) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for round in 0..=rounds {
        let home = world.home(&format!("login-{round}"), 1, world.user()?)?;
        ours.push(timed(&mut home.awsesame(&["login", &home.code()?]))?);

        if let Some(others) = others {
            let home = world.home(&format!("login-otherwise-{round}"), 1, world.user()?)?;
            let mut command = home.command(others.join(FRONT));
            otherwise.push(timed(command.args(["login", &home.code()?]))?);
        }

        if let Some(curl) = &curl {
            let home = world.home(&format!("curl-{round}"), 1, world.user()?)?;
            raw.push(timed(&mut call_alone(&home, curl)?)?);
        }

        let home = world.home(&format!("aws-{round}"), 1, world.user()?)?;
        let code = home.code()?;
        let mut command = home.command(&aws);
        command.args(["--profile", PROFILE, "--output", "json", "sts", "get-session-token"]);
        command.args(["--serial-number", &home.user().serial(), "--token-code", &code]);
        theirs.push(timed(&mut command)?);
        if round == 0 {
            // The first round is not counted: it fills the caches.
            for times in [&mut ours, &mut otherwise, &mut theirs, &mut raw] {
                times.clear();
            }
        }
    }
    let mut rows = vec![(OURS.to_owned(), Spread::new(ours)), (AWS.to_owned(), Spread::new(theirs))];
    if others.is_some() {
        rows.insert(1, (libraries::login_row(OURS), Spread::new(otherwise)));
    }
    if curl.is_some() {
        rows.push((RAW.to_owned(), Spread::new(raw)));
    }
    Ok(rows)
}

/// Returns the command by which curl signs and sends `GetSessionToken` with a code.
fn call_alone(home: &Home<'_>, curl: &Path) -> Result<Command> {
    let (id, secret) = home.user().key();
    let mut command = home.command(curl);
    command.args(["--silent", "--fail", "--aws-sigv4", "aws:amz:us-east-1:sts"]);
    command.args(["--user", &format!("{id}:{secret}")]);
    command.args(["--data", "Action=GetSessionToken&Version=2011-06-15&DurationSeconds=43200"]);
    command.args(["--data-urlencode", &format!("SerialNumber={}", home.user().serial())]);
    command.args(["--data", &format!("TokenCode={}", home.code()?), &home.endpoint()]);
    Ok(command)
}
