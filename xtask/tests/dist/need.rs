//! Handles outside programs that a test cannot do without.

use std::env;
use std::fs::OpenOptions;
use std::io::Write;
use std::path::PathBuf;

/// Returns where a program is; None if it is nowhere, after that was written down. With CI=true that is a failure.
pub(crate) fn need(program: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path).map(|folder| folder.join(program)).find(|file| file.is_file());
    if found.is_none() {
        skip(program, "not on PATH");
    }
    found
}

/// Returns true if the long checks are to run.
pub(crate) fn long() -> bool {
    env::var_os("AWSESAME_LONG").is_some_and(|value| value == "1")
}

/// Writes down that a test was left out; with CI=true it fails instead.
pub(crate) fn skip(name: &str, why: &str) {
    assert!(env::var_os("CI").is_none_or(|value| value != "true"), "{name}: {why}");
    if let Some(file) = env::var_os("AWSESAME_TEST_SKIPS") {
        let mut file = OpenOptions::new().append(true).open(file).unwrap();
        writeln!(file, "skipped: {name}: {why}").unwrap();
    }
}
