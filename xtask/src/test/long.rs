//! The checks that `--long` adds. Each is a chore that can also be run on its own.

use std::time::Duration;

use anyhow::{Result, ensure};

use super::check::BUILD;
use crate::project::Project;
use crate::step::{Outcome, Remarks, Tally};
use crate::{child, dist, fuzz, mutants};

/// The time for which each fuzz target runs, in seconds.
const FUZZ: u64 = 60;

/// Makes the release build, which also checks the programs.
pub(super) fn dist(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    dist::build(project, &[dist::FRONT, dist::FULL], dist::Purpose::Here)?;
    Ok(Outcome::Done(Tally::PASSED))
}

/// Runs the installation command of README with a separate root, and checks that both programs are there and find each
/// other.
pub(super) fn install(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let root = tempfile::tempdir()?;
    let mut command = project.cargo();
    command.args(["install", "--quiet", "--locked", "--path", "crates/awsesame", "--root"]).arg(root.path());
    child::run(&mut command, BUILD)?;
    let program = root.path().join("bin").join(dist::FRONT);
    // The front has no help of its own, so this shows that it started the full program.
    let said = child::read(project.command(program).arg("--help"), Duration::from_secs(30))?;
    ensure!(said.contains("Usage: awsesame"), "the program that was installed says: {said}");
    Ok(Outcome::Done(Tally::PASSED))
}

pub(super) fn fuzz(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    ensure!(fuzz::run(project, &fuzz::Arguments::each_for(FUZZ))?, "a target found something");
    Ok(Outcome::Done(Tally::PASSED))
}

pub(super) fn mutants(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let round = mutants::round(project)?;
    ensure!(round.is_good(), "{round}");
    Ok(Outcome::Done(Tally { passed: round.caught, ..Tally::default() }))
}
