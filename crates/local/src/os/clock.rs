//! The time of this machine. Debug builds let tests move it; what a moment means is decided in core.

use std::time::{SystemTime, UNIX_EPOCH};

/// Returns the time in unix seconds.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX).saturating_add(moved())
}

/// Returns by how many seconds a test has moved the clock, as a file says it, so that a program that runs already
/// follows. The clock matters to what is served, so no release build has this: `cargo xtask dist` looks for the
/// variable's name in its programs, and fails where it finds it.
#[cfg(debug_assertions)]
fn moved() -> i64 {
    let file = std::env::var_os("AWSESAME_TEST_CLOCK");
    file.and_then(|file| std::fs::read_to_string(file).ok()?.trim().parse().ok()).unwrap_or_default()
}

#[cfg(not(debug_assertions))]
const fn moved() -> i64 {
    0
}
