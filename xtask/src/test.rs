//! `cargo xtask test`: every check of the project, in order, with its time; and everything that was skipped, by name.
//! The command first installs what the checks need. It runs the slow checks only with `--long`.

mod book;
mod check;
mod imports;
mod long;
mod rooms;
mod suite;
mod wording;

use anyhow::{Result, bail};

use crate::project::{Project, is_ci};
use crate::say;
use crate::step::{Outcome, Remarks, Report, Skip, Tally};
use crate::tools;

/// The checks to run.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Run this step alone; may be given several times
    #[arg(long, value_name = "STEP")]
    only: Vec<String>,
    /// Try every case of every test, build the release, install it elsewhere, fuzz, and change the code to see
    /// whether a test minds: hours
    #[arg(long)]
    long: bool,
    /// List the steps and run none
    #[arg(long)]
    list: bool,
}

/// A check: its name, its description, and its function.
struct Check {
    name: &'static str,
    about: &'static str,
    work: Work,
}

type Work = fn(&Project, &mut Remarks) -> Result<Outcome>;

/// The checks in their order. The fast ones come first, so that a mistake is reported early.
const CHECKS: [Check; 17] = [
    Check { name: "space", about: "the disk has room for what is built", work: check::space },
    Check { name: "tools", about: "install what the checks need", work: install },
    Check { name: "fmt", about: "the code is formatted", work: check::fmt },
    Check { name: "typos", about: "no misspelt words", work: check::typos },
    Check { name: "wording", about: "plain English in what users read", work: wording::check },
    Check {
        name: "book",
        about: "the links of the docs lead somewhere, and their book builds",
        work: book::check,
    },
    Check { name: "shell", about: "the shell scripts and templates are sound", work: check::shell },
    Check { name: "rooms", about: "each room imports only rooms below it", work: rooms::check },
    Check { name: "machete", about: "no unused dependencies", work: check::machete },
    Check { name: "deny", about: "dependencies: bans, licenses, sources", work: check::deny },
    Check { name: "clippy", about: "lints, with warnings denied", work: check::clippy },
    Check { name: "build", about: "all programs", work: check::build },
    Check { name: "picture", about: "the README's picture is what the programs print", work: check::picture },
    Check { name: "demo", about: "the demo does what it says", work: check::demo },
    Check { name: "tests", about: "unit and integration tests", work: suite::tests },
    Check { name: "doctests", about: "the examples in the docs", work: suite::doctests },
    Check { name: "docs", about: "the docs build, with warnings denied", work: check::docs },
];

/// The additional checks of `--long`.
const LONG: [Check; 5] = [
    Check { name: "long-tests", about: "all tests again, every case of each", work: suite::long_tests },
    Check { name: "dist", about: "the release build", work: long::dist },
    Check { name: "install", about: "an installation into another root works there", work: long::install },
    Check { name: "fuzz", about: "a minute of random text for each parser", work: long::fuzz },
    Check { name: "mutants", about: "a test minds when the code is changed", work: long::mutants },
];

/// Runs the checks. True if none failed.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    let all = || CHECKS.iter().chain(&LONG);
    if arguments.list {
        for check in all() {
            let long = if LONG.iter().any(|long| long.name == check.name) { " (with --long)" } else { "" };
            say::line(&format!("{:<10} {}{long}", check.name, check.about));
        }
        return Ok(true);
    }
    if let Some(name) = arguments.only.iter().find(|name| all().all(|check| check.name != **name)) {
        bail!("there is no step `{name}`; `cargo xtask test --list` names them");
    }
    let length = if arguments.long || !arguments.only.is_empty() { LONG.len() } else { 0 };
    let mut report = Report::default();
    for check in CHECKS.iter().chain(&LONG[..length]) {
        if arguments.only.is_empty() || arguments.only.iter().any(|name| name == check.name) {
            report.step(check.name, check.about, |remarks| (check.work)(project, remarks));
        }
    }
    Ok(report.close())
}

/// Installs the outside programs. With CI=true, a program that cannot be installed makes the run fail, except for
/// Terraform. The other steps still run, so that one run shows everything.
fn install(project: &Project, remarks: &mut Remarks) -> Result<Outcome> {
    let missing = tools::install(project);
    for Skip { name, why } in &missing {
        say::note(&format!("missing: {name}: {why}"));
    }
    let needed: Vec<String> =
        missing.iter().map(|skip| skip.name.clone()).filter(|name| name != tools::TERRAFORM).collect();
    remarks.skips.extend(missing);
    if is_ci() && !needed.is_empty() {
        bail!("missing: {}", needed.join(", "));
    }
    Ok(Outcome::Done(Tally::PASSED))
}

/// Returns the outcome of a step that lacks its program: it is skipped, or with CI=true it fails.
fn lacking(program: &str) -> Result<Outcome> {
    if is_ci() {
        bail!("`{program}` is missing; `cargo xtask test --only tools` installs it");
    }
    Ok(Outcome::Skipped(format!("`{program}` is missing; `cargo xtask test --only tools` installs it")))
}
