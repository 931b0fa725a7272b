//! `cargo xtask mutants`: makes small changes to the code, one at a time in a copy, and checks that a test fails. It is
//! not part of every run, because each file takes minutes. A change that no test can notice, because it changes
//! nothing, is listed with its reason in .cargo/mutants.toml.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::child;
use crate::project::Project;
use crate::say;
use crate::tools;

/// The files to change, and the number of changes at once.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only these files, by their paths from the top of the repository; otherwise those that decide about secrets and
    /// sessions
    #[arg(value_name = "FILE")]
    files: Vec<String>,
    /// Every file of every crate: hours
    #[arg(long, conflicts_with = "files")]
    all: bool,
    /// Run the integration tests on whatever the unit tests let pass
    #[arg(long)]
    deep: bool,
    /// The number of changes that are tried at the same time
    #[arg(long, value_name = "N", default_value_t = 1)]
    jobs: u32,
}

/// The version that this was written against.
const CARGO_MUTANTS: &str = "27.1.0";

/// The files that decide about secrets and sessions. A share of the changes in them must be noticed.
const DECIDING: [&str; 7] = [
    "crates/core/src/session.rs",
    "crates/core/src/session/header.rs",
    "crates/core/src/session/ledger.rs",
    "crates/core/src/session/pin.rs",
    "crates/core/src/session/seal.rs",
    "crates/core/src/answer/proof.rs",
    "crates/core/src/aws_files/own_block.rs",
];

/// The minimum share of noticed changes, in percent.
const LEAST: u64 = 97;

/// The maximum time that a round may take.
const ROUND: Duration = Duration::from_hours(12);

/// The results of the changes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Round {
    pub(crate) caught: u64,
    /// The missed changes, each with its place.
    missed: Vec<String>,
}

/// Tries the changes and names those that no test minded. True if those were few enough.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    let files: Vec<&str> = arguments.files.iter().map(String::as_str).collect();
    let files = if arguments.all || !files.is_empty() { files } else { DECIDING.to_vec() };
    let mut round = try_changes(project, &files, arguments.jobs, false)?;
    if arguments.deep && !round.missed.is_empty() {
        round = try_changes(project, &files, arguments.jobs, true)?;
    }
    say::line(&round.to_string());
    Ok(round.is_good())
}

/// Tries the changes of the files that decide about secrets and sessions.
pub(crate) fn round(project: &Project) -> Result<Round> {
    try_changes(project, &DECIDING, 1, false)
}

/// Runs the unit tests against every change; or the integration tests against those that were missed before.
fn try_changes(project: &Project, files: &[&str], jobs: u32, again: bool) -> Result<Round> {
    if let Some(file) = files.iter().find(|file| !project.root().join(file).is_file()) {
        bail!("there is no file `{file}`");
    }
    tools::cargo(project, "cargo-mutants", CARGO_MUTANTS)?;
    let folder = project.target().join("mutants");
    fs::create_dir_all(&folder).with_context(|| folder.display().to_string())?;
    let mut command = project.cargo();
    command.args(["mutants", "--no-shuffle", "--colors=never", "--jobs", &jobs.to_string(), "--output"]);
    command.arg(&folder);
    for file in files {
        command.args(["--file", file]);
    }
    if again {
        command.args(["--iterate", "--test-package", "awsesame", "--", "--test", "it"]);
    } else {
        command.args(["--", "--lib"]);
    }
    let (status, lines) = child::tee(&mut command, ROUND)?;
    // The exit codes 2 and 3 mean that changes were missed or took too long. The lists name them.
    match status.code() {
        Some(0 | 2 | 3) => read(&folder.join("mutants.out")),
        _ => bail!("cargo-mutants: {status}: {}", lines.last().map_or("", String::as_str)),
    }
}

/// Reads the lists that cargo-mutants leaves. A change by which a test hangs was noticed; one that does not compile was
/// none.
fn read(folder: &Path) -> Result<Round> {
    let list = |name: &str| -> Result<Vec<String>> {
        let file = folder.join(name);
        let text = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
        Ok(text.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect())
    };
    let caught = list("caught.txt")?.len() + list("timeout.txt")?.len();
    // With --iterate, the changes that were noticed earlier are in a separate list.
    let before = list("previously_caught.txt").map_or(0, |list| list.len());
    Ok(Round { caught: (caught + before) as u64, missed: list("missed.txt")? })
}

impl Round {
    /// Returns true if few enough changes were missed.
    pub(crate) fn is_good(&self) -> bool {
        self.caught * 100 >= (self.caught + self.missed.len() as u64) * LEAST
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for missed in &self.missed {
            writeln!(f, "missed: {missed}")?;
        }
        let all = self.caught + self.missed.len() as u64;
        write!(f, "{} of {all} changes were noticed; at least {LEAST} % have to be", self.caught)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_that_decide_are_there() {
        let project = Project::here();
        for file in DECIDING {
            assert!(project.root().join(file).is_file(), "{file}");
        }
    }

    #[test]
    fn changes_that_were_missed_are_named_and_counted() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
        write("caught.txt", &"src/a.rs:1:1: replace a with ()\n".repeat(96));
        write("timeout.txt", "src/a.rs:2:1: replace b with ()\n");
        write("missed.txt", "src/a.rs:3:1: replace < with <= in c\n");
        let round = read(folder.path()).unwrap();
        assert!(round.is_good());
        assert!(
            round.to_string().starts_with("missed: src/a.rs:3:1: replace < with <= in c\n97 of 98"),
            "{round}"
        );
        write("missed.txt", &"src/a.rs:3:1: replace < with <= in c\n".repeat(4));
        assert!(!read(folder.path()).unwrap().is_good());
    }

    #[test]
    fn a_file_that_is_not_there_is_told_before_anything_is_installed() {
        let error = try_changes(&Project::here(), &["crates/core/src/none.rs"], 1, false).unwrap_err();
        assert_eq!(error.to_string(), "there is no file `crates/core/src/none.rs`");
    }
}
