//! Measures a sign-in by browser with a sandbox. A program replaces the person and the browser, so the time that a
//! person thinks is not included.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::served::Served;
use super::spread::Spread;
use crate::child;
use crate::dist::{FRONT, SANDBOX};
use crate::project::Project;

/// The row of AWS Sign-In.
pub(crate) const OURS: &str = "login by browser, less the person";
/// The row of Identity Center.
const PORTAL: &str = "login by browser at a portal, less the person";

/// The maximum time that one login may take.
const LIMIT: Duration = Duration::from_mins(1);

/// Measures sign-ins, the given number of times each. The time includes the start of the person's program and its
/// sign-in.
pub(crate) fn rows(project: &Project, programs: &Path, rounds: usize) -> Result<Vec<(String, Spread)>> {
    let folder = tempfile::Builder::new().prefix("awsesame-sign-in-").tempdir()?;
    let home = folder.path();
    let sandbox = Served::start(project.command(programs.join(SANDBOX)), home, None)?;
    fs::create_dir(home.join(".aws"))?;
    let common = format!("region = us-east-1\nendpoint_url = {}\n", sandbox.url());
    fs::write(
        home.join(".aws/config"),
        format!(
            "[profile console]\n{common}login_session = arn:aws:iam::123456789012:user/erin\n\n\
             [sso-session corp]\nsso_start_url = https://d-1234567890.awsapps.com/start\nsso_region = us-east-1\n\n\
             [profile portal]\n{common}sso_session = corp\nsso_account_id = 123456789012\nsso_role_name = ReadOnly\n"
        ),
    )?;
    let login = |profile: &str, user: &str| -> Result<Duration> {
        let mut command = Command::new(programs.join(FRONT));
        command.env_clear().env("PATH", programs).env("HOME", home).stdin(Stdio::null());
        command.env("BROWSER", format!("{} sign-in {user}", programs.join(SANDBOX).display()));
        command.args(["login", "--force", "-p", profile]).stdout(Stdio::null()).stderr(Stdio::null());
        let begun = Instant::now();
        child::run(&mut command, LIMIT).with_context(|| format!("signing in to {profile}"))?;
        Ok(begun.elapsed())
    };
    let mut rows = Vec::new();
    for (row, profile, user) in [(OURS, "console", "erin"), (PORTAL, "portal", "nina")] {
        // The first round is not counted: it registers the client, and fills the caches.
        login(profile, user)?;
        let times = (0..rounds).map(|_| login(profile, user)).collect::<Result<Vec<_>>>()?;
        rows.push((row.to_owned(), Spread::new(times)));
    }
    // This removes the key of the home from the kernel's keyring.
    let mut lock = Command::new(programs.join(FRONT));
    lock.env_clear().env("PATH", programs).env("HOME", home).arg("lock").stderr(Stdio::null());
    child::run(lock.stdin(Stdio::null()).stdout(Stdio::null()), LIMIT)?;
    Ok(rows)
}
