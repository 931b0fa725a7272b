//! The time of this machine. Debug builds allow tests to change it. Nothing else reads the time.

use std::time::{SystemTime, UNIX_EPOCH};

/// The source of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// The clock of the machine.
    System,
    /// A fixed time, in Unix seconds.
    At(i64),
}

impl Clock {
    /// Returns the time in unix seconds.
    pub fn now(self) -> i64 {
        match self {
            Self::System => {
                let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                moved(i64::try_from(since.as_secs()).unwrap_or(i64::MAX))
            }
            Self::At(moment) => moment,
        }
    }
}

/// Returns the time that a test sets in a file, which also a running program follows: a number of seconds to add, or a
/// fixed time (`=1700000000`). The clock decides which sessions are served, so no release build has this: `cargo xtask
/// dist` searches its programs for the name of the variable, and fails if it finds it.
#[cfg(debug_assertions)]
fn moved(now: i64) -> i64 {
    let file = std::env::var_os("AWSESAME_TEST_CLOCK");
    let Some(text) = file.and_then(|file| std::fs::read_to_string(file).ok()) else { return now };
    match text.strip_prefix('=') {
        Some(stopped) => stopped.parse().unwrap_or(now),
        None => now.saturating_add(text.parse().unwrap_or_default()),
    }
}

#[cfg(not(debug_assertions))]
const fn moved(now: i64) -> i64 {
    now
}
