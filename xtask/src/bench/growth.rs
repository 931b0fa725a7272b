//! Measures the commands that read all of AWS's files, with a thousand, ten thousand and a hundred thousand profiles.

use std::fs;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context, Result, ensure};

use super::spread::Spread;
use super::world::{Home, World};
use crate::child;

/// The numbers of profiles that are measured.
const SIZES: [usize; 3] = [1_000, 10_000, 100_000];

/// The number of profiles that `init --all` sets up. It writes as many again.
const SET_UP: usize = 8_000;

/// The users that the homes need.
pub(crate) const USERS: usize = SIZES.len() + 1;

/// The number of times that each command is measured.
const ROUNDS: usize = 3;

/// The aim for each command.
const AIM: Duration = Duration::from_secs(2);

/// The time limit for one command.
const LIMIT: Duration = Duration::from_mins(2);

/// The commands, each with its exit code. `doctor` finds the long-term key in the clear.
const COMMANDS: [(&str, &[&str], i32); 6] = [
    ("list", &["list"], 0),
    ("doctor", &["doctor"], 1),
    ("exec --via process", &["exec", "--via", "process", "--", "/bin/true"], 0),
    ("exec --via broker", &["exec", "--via", "broker", "--", "/bin/true"], 0),
    ("Tab key behind -p", &["__complete", "zsh", "--", "awsesame", "login", "-p", "customer-1"], 0),
    ("Tab key", &["__complete", "zsh", "--", "awsesame", "login", "customer-1"], 0),
];

/// The row with all of them, where they cannot be measured.
pub(crate) const ALL: &str = "commands with many profiles";

/// Returns the rows that are aimed at, and the time.
pub(crate) fn aims() -> impl Iterator<Item = (String, Duration)> {
    let most = SIZES[SIZES.len() - 1];
    let rows = COMMANDS.into_iter().map(move |(name, ..)| row(name, most));
    rows.chain([row(INIT, SET_UP)]).map(|row| (row, AIM))
}

const INIT: &str = "init --all";

/// Measures each command with each number of profiles.
pub(crate) fn rows(world: &World) -> Result<Vec<(String, Spread)>> {
    let mut rows = Vec::new();
    for profiles in SIZES {
        let home = world.home(&format!("many-{profiles}"), profiles, world.user()?)?;
        home.log_in().with_context(|| format!("login with {profiles} profiles"))?;
        for (name, words, status) in COMMANDS {
            let times = (0..ROUNDS).map(|_| timed(&home, words, status)).collect::<Result<_>>()?;
            rows.push((row(name, profiles), Spread::new(times)));
        }
        child::collect(&mut home.awsesame(&["broker", "stop"]), LIMIT)?;
    }
    let home = world.home("to-be-set-up", SET_UP, world.user()?)?;
    let mut times = Vec::new();
    for _ in 0..ROUNDS {
        times.push(timed(&home, &["init", "--all"], 0)?);
        timed(&home, &["init", "--undo"], 0)?;
    }
    rows.push((row(INIT, SET_UP), Spread::new(times)));
    Ok(rows)
}

/// Measures a command after a change of AWS's config file, so that nothing derived from the old file can be used.
fn timed(home: &Home<'_>, words: &[&str], status: i32) -> Result<Duration> {
    let config = home.folder().join(".aws/config");
    fs::File::options().write(true).open(&config)?.set_modified(SystemTime::now())?;
    let mut command = home.awsesame(words);
    let begun = Instant::now();
    let (ended, _, err) = child::collect(&mut command, LIMIT)?;
    let time = begun.elapsed();
    let last = err.trim().lines().last().unwrap_or_default();
    ensure!(ended.code() == Some(status), "{words:?}: {ended} instead of {status}: {last}");
    Ok(time)
}

fn row(name: &str, profiles: usize) -> String {
    format!("{name}, {profiles} profiles")
}
