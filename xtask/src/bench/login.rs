//! Getting a session: ours beside the AWS CLI's, against the same sandbox. Every login needs a code of its own, so
//! every one is another user's.

use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::spread::Spread;
use super::world::{PROFILE, World};
use crate::child;
use crate::project::Project;

/// Our row.
pub(crate) const OURS: &str = "login CODE";

/// The AWS CLI's.
pub(crate) const AWS: &str = "aws sts get-session-token";

/// The longest that one login may take.
const LIMIT: Duration = Duration::from_mins(1);

/// Logs in in turn, so many times each.
pub(crate) fn rows(project: &Project, world: &World, rounds: usize) -> Result<Vec<(String, Spread)>> {
    let aws = project.find("aws").context("aws is missing; `cargo xtask test --only tools` installs it")?;
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    // The first round is not counted: it fills the caches.
    for round in 0..=rounds {
        let home = world.home(&format!("login-{round}"), 1, world.user()?)?;
        let code = world.code(home.user())?;
        let mut command = home.awsesame(&["login", &code]);
        let begun = Instant::now();
        child::run(command.stdout(Stdio::null()).stderr(Stdio::null()), LIMIT)?;
        let time = begun.elapsed();

        let home = world.home(&format!("aws-{round}"), 1, world.user()?)?;
        let code = world.code(home.user())?;
        let mut command = home.command(&aws);
        command.args(["--profile", PROFILE, "--output", "json", "sts", "get-session-token"]);
        command.args(["--serial-number", &home.user().serial(), "--token-code", &code]);
        let begun = Instant::now();
        child::run(command.stdout(Stdio::null()).stderr(Stdio::null()), LIMIT)?;
        if round > 0 {
            ours.push(time);
            theirs.push(begun.elapsed());
        }
    }
    Ok(vec![(OURS.to_owned(), Spread::new(ours)), (AWS.to_owned(), Spread::new(theirs))])
}
