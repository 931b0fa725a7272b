//! The checks that pass or fail as a whole: formatting, spelling, lints, dependencies and docs. The checks that count
//! single tests are in suite.rs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::lacking;
use crate::child;
use crate::demo::{self, picture};
use crate::project::Project;
use crate::say;
use crate::step::{Outcome, Remarks, Skip, Tally};

/// The maximum time that a build from nothing may take on two cores.
pub(super) const BUILD: Duration = Duration::from_mins(20);

/// The maximum time that a check which builds nothing may take.
const LOOK: Duration = Duration::from_mins(3);

/// The maximum time of the demo, which takes about eighty seconds on two idle cores.
const DEMO: Duration = Duration::from_mins(10);

/// The space that a run from nothing needs without incremental compilation, in bytes: about four gigabytes and a
/// margin.
const ROOM: u64 = 9 << 29;

/// Checks the free space before a build, because a disk that fills up during the build looks like a broken compiler.
pub(super) fn space(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let disk = rustix::fs::statvfs(project.root()).context("the disk's free space")?;
    let built = project.target().join("debug/awsesame-full").exists();
    has_room(disk.f_bavail.saturating_mul(disk.f_frsize), built)?;
    Ok(Outcome::Done(Tally::PASSED))
}

/// Fails if a run needs more than this many free bytes. If a part is built already, the need is unknown, and only an
/// almost full disk fails.
fn has_room(free: u64, built: bool) -> Result<()> {
    let gigabytes = |bytes: u64| format!("{}.{} GiB", bytes >> 30, ((bytes % (1 << 30)) * 10) >> 30);
    let needed = if built { ROOM / 12 } else { ROOM };
    say::note(&format!("{} free", gigabytes(free)));
    if free < needed {
        bail!("only {} of the disk are free, and the checks need {}", gigabytes(free), gigabytes(needed));
    }
    Ok(())
}

pub(super) fn fmt(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    child::run(project.cargo().args(["fmt", "--all", "--check"]), LOOK)?;
    Ok(Outcome::Done(Tally::PASSED))
}

pub(super) fn typos(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let Some(program) = project.find("typos") else { return lacking("typos") };
    child::run(&mut project.command(program), LOOK)?;
    Ok(Outcome::Done(Tally::PASSED))
}

pub(super) fn machete(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let Some(program) = project.find("cargo-machete") else { return lacking("cargo-machete") };
    // The metadata is needed because the name of a crate and of its library can differ: md-5 is `md5` in the code. With
    // CARGO in the environment, the program assumes that cargo called it, and requires its own name as the first
    // argument.
    let mut command = project.command(program);
    child::run(
        command.env("CARGO", project.cargo().get_program()).args(["machete", "--with-metadata"]),
        LOOK,
    )?;
    Ok(Outcome::Done(Tally::PASSED))
}

/// Runs cargo-deny without the advisories. They are in a git repository, which a machine with access only to package
/// registries cannot fetch. `cargo deny check advisories` checks them by hand.
pub(super) fn deny(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let Some(program) = project.find("cargo-deny") else { return lacking("cargo-deny") };
    let mut command = project.command(program);
    child::run(
        command.args(["--workspace", "check", "--hide-inclusion-graph", "bans", "licenses", "sources"]),
        LOOK,
    )?;
    Ok(Outcome::Done(Tally::PASSED))
}

pub(super) fn clippy(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let mut command = project.cargo();
    child::run(
        command.args(["clippy", "--workspace", "--all-targets", "--locked", "--", "-D", "warnings"]),
        BUILD,
    )?;
    // The fuzz targets are a workspace of their own, which nothing else builds. It uses our target folder, where most
    // of it is built already.
    let mut fuzz = project.cargo();
    fuzz.args(["clippy", "--manifest-path", "fuzz/Cargo.toml", "--locked", "--target-dir"])
        .arg(project.target());
    child::run(fuzz.args(["--", "-D", "warnings"]), BUILD)?;
    Ok(Outcome::Done(Tally::PASSED))
}

pub(super) fn build(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    child::run(project.cargo().args(["build", "--workspace", "--all-targets", "--locked"]), BUILD)?;
    Ok(Outcome::Done(Tally::PASSED))
}

pub(super) fn docs(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let mut command = project.cargo();
    command.env("RUSTDOCFLAGS", "-D warnings").args(["doc", "--workspace", "--no-deps", "--locked"]);
    child::run(&mut command, BUILD)?;
    Ok(Outcome::Done(Tally::PASSED))
}

/// Records the README's picture again with the built programs.
pub(super) fn picture(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    if project.find("direnv").is_none() {
        return lacking("direnv");
    }
    picture::check(project)?;
    Ok(Outcome::Done(Tally::PASSED))
}

/// Runs the demo with the programs that are built already.
pub(super) fn demo(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    if let Some(program) = demo::NEEDED.iter().find(|program| project.find(program).is_none()) {
        return lacking(program);
    }
    // The step `build` has made this program anew, so the file that this process was started from may be gone.
    let xtask = project.target().join("debug/xtask");
    let (status, out, err) = child::collect(project.command(xtask).args(["demo", "--built"]), DEMO)?;
    if !status.success() {
        // The last lines of the output show the failure.
        say::note(&format!("{out}{err}"));
        bail!("`cargo xtask demo`: {status}");
    }
    Ok(Outcome::Done(Tally::PASSED))
}

/// Checks every script in the repository with its own shell, and those for bash with shellcheck too.
pub(super) fn shell(project: &Project, remarks: &mut Remarks) -> Result<Outcome> {
    let mut tally = Tally::default();
    let mut faults = Vec::new();
    for (file, dialect) in scripts(project.root())? {
        for (program, arguments) in dialect.readers() {
            let Some(found) = project.find(program) else {
                match lacking(program)? {
                    Outcome::Skipped(why) => {
                        remarks.skips.push(Skip { name: format!("{program} on {}", file.display()), why });
                    }
                    Outcome::Done(_) => {}
                }
                tally.skipped += 1;
                continue;
            };
            match child::run(project.command(found).args(arguments).arg(&file), LOOK) {
                Ok(()) => tally.passed += 1,
                Err(error) => {
                    tally.failed += 1;
                    faults.push(format!("{}: {error:#}", file.display()));
                }
            }
        }
    }
    if !faults.is_empty() {
        bail!("{}", faults.join("; "));
    }
    Ok(Outcome::Done(tally))
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dialect {
    Bash,
    Zsh,
    Fish,
}

impl Dialect {
    fn of(file: &Path) -> Option<Self> {
        if file.ends_with(".ci/run") {
            return Some(Self::Bash);
        }
        match file.extension()?.to_str()? {
            // direnv reads its library, named *.sh, with bash.
            "bash" | "sh" => Some(Self::Bash),
            "zsh" => Some(Self::Zsh),
            "fish" => Some(Self::Fish),
            _ => None,
        }
    }

    /// Returns the programs that read a script of this dialect without running it, and their arguments.
    fn readers(self) -> Vec<(&'static str, Vec<&'static str>)> {
        match self {
            Self::Bash => vec![("bash", vec!["-n"]), ("shellcheck", vec!["--shell=bash"])],
            Self::Zsh => vec![("zsh", vec!["-n"])],
            Self::Fish => vec![("fish", vec!["--no-execute"])],
        }
    }
}

/// Returns all scripts of ours, wherever a crate keeps them.
fn scripts(root: &Path) -> Result<Vec<(PathBuf, Dialect)>> {
    let mut found = Vec::new();
    for folder in ["crates", "xtask", "packaging", ".ci"] {
        walk(&root.join(folder), &mut found)?;
    }
    found.sort_by(|a, b| a.0.cmp(&b.0));
    Ok(found)
}

fn walk(folder: &Path, found: &mut Vec<(PathBuf, Dialect)>) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            walk(&path, found)?;
        } else if let Some(dialect) = Dialect::of(&path) {
            found.push((path, dialect));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_without_room_fails_before_anything_is_built() {
        assert!(has_room(ROOM, false).is_ok());
        let error = has_room(4 << 30, false).unwrap_err();
        assert_eq!(error.to_string(), "only 4.0 GiB of the disk are free, and the checks need 4.5 GiB");
        assert!(has_room(3 << 30, true).is_ok());
        assert!(has_room(5 << 20, true).is_err());
    }

    #[test]
    fn the_script_that_starts_this_is_among_those_checked() {
        let project = Project::here();
        let found = scripts(project.root()).unwrap();
        assert!(found.contains(&(project.root().join(".ci/run"), Dialect::Bash)));
    }

    #[test]
    fn a_script_is_known_by_its_name() {
        assert_eq!(Dialect::of(Path::new("templates/hook.zsh")), Some(Dialect::Zsh));
        assert_eq!(Dialect::of(Path::new("templates/hook.fish")), Some(Dialect::Fish));
        assert_eq!(Dialect::of(Path::new("src/main.rs")), None);
    }
}
