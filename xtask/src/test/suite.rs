//! Runs the unit tests, the integration tests and the doctests, with nextest if it is installed, or else with cargo.
//! The tests are counted from the closing lines of the runner. The only tests in this file are those of the counting.

use std::fs;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, bail};

use super::check::BUILD;
use crate::child;
use crate::project::{Project, is_ci};
use crate::step::{Outcome, Remarks, Skip, Tally};
use crate::tools::TERRAFORM;

/// The maximum time that all tests together may take. Some of them race for a minute on purpose.
const SUITE: Duration = Duration::from_mins(30);

/// The maximum time if every test tries all its cases.
const LONG_SUITE: Duration = Duration::from_hours(2);

/// The number of random cases that a test tries in a long run if the test does not set it.
const LONG_CASES: &str = "20000";

/// The number of tests of a run that may fail and are repeated. A test that also fails alone has failed. One that
/// passes then is named as unstable at the end of the run, and is still a fault to be found.
const MOST_UNSTEADY: usize = 2;

/// The number of times that an unstable test must pass alone.
const SECOND_LOOKS: usize = 3;

/// The variable that names the file in which a test that lacks a program writes down what it skipped, one per line:
/// runners hide what a passing test prints.
const SKIPS: &str = "AWSESAME_TEST_SKIPS";

/// The things that may be missing even if everything should be there: Terraform, and the permission to mount.
const EXCUSED: [&str; 2] = [TERRAFORM, "mount"];

/// Runs all tests except for the doctests.
pub(super) fn tests(project: &Project, remarks: &mut Remarks) -> Result<Outcome> {
    run(project, remarks, &[], SUITE)
}

/// Runs all tests with every case of each.
pub(super) fn long_tests(project: &Project, remarks: &mut Remarks) -> Result<Outcome> {
    run(project, remarks, &[("AWSESAME_LONG", "1"), ("PROPTEST_CASES", LONG_CASES)], LONG_SUITE)
}

fn run(
    project: &Project,
    remarks: &mut Remarks,
    variables: &[(&str, &str)],
    limit: Duration,
) -> Result<Outcome> {
    // `--tests` means all targets with a harness; `--bins` would also run those with `test = false`. The tests are
    // built separately, so that the time limit applies to the tests and not to the compiler.
    child::run(project.cargo().args(["test", "--workspace", "--tests", "--locked", "--no-run"]), BUILD)?;
    let mut command = project.cargo();
    if project.find("cargo-nextest").is_some() {
        command.args(["nextest", "run", "--workspace", "--locked", "--no-fail-fast", "--no-tests=pass"]);
    } else {
        command.args(["test", "--workspace", "--tests", "--locked", "--no-fail-fast"]);
    }
    let folder = tempfile::tempdir()?;
    let noted = folder.path().join("skips");
    fs::write(&noted, "")?;
    command.env(SKIPS, &noted).envs(variables.iter().copied());
    let (status, lines) = child::tee(&mut command, limit)?;
    let mut tally = count(&lines);
    let skipped = read_skips(&noted)?;
    let (excused, lacking): (Vec<_>, Vec<_>) =
        skipped.iter().partition(|skip| !is_ci() || EXCUSED.contains(&skip.name.as_str()));
    // A test without its program passes for the runner, but checks nothing. With CI=true it should have failed itself;
    // if it has not, the run fails here.
    let unchecked = tally.passed.min(excused.len() as u64);
    tally.passed -= unchecked;
    tally.skipped += unchecked;
    if !lacking.is_empty() {
        tally.failed = tally.failed.max(1);
    }
    remarks.skips.extend(skipped);
    if tally.failed > 0
        && let Some(names) = worth_a_second_look(&lines, tally)
        && passes_by_itself(project, &names, variables)?
    {
        tally.passed += tally.failed;
        tally.failed = 0;
        remarks.unsteady.extend(names);
        return judge(true, tally);
    }
    judge(status.success(), tally)
}

/// Returns the names of the failed tests if they are few, because on a busy machine one of so many timing tests can
/// fail. Returns None if there are more, or if something other than single tests failed.
fn worth_a_second_look(lines: &[String], tally: Tally) -> Option<Vec<String>> {
    let name = |line: &String| Some(line.strip_prefix("test ")?.strip_suffix(" ... FAILED")?.to_owned());
    let names: Vec<String> = lines.iter().filter_map(name).collect();
    (names.len() <= MOST_UNSTEADY && names.len() as u64 == tally.failed).then_some(names)
}

/// Runs these tests again, one after the other and three times. Returns true if they pass each time.
fn passes_by_itself(project: &Project, names: &[String], variables: &[(&str, &str)]) -> Result<bool> {
    for _ in 0..SECOND_LOOKS {
        let mut command = project.cargo();
        command.args(["test", "--workspace", "--tests", "--locked", "--no-fail-fast", "--"]);
        command.args(["--test-threads=1", "--exact"]).args(names).envs(variables.iter().copied());
        let (status, lines) = child::tee(&mut command, SUITE)?;
        if !status.success() || count(&lines).passed < names.len() as u64 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Runs the examples in the docs.
pub(super) fn doctests(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let (status, lines) = child::tee(
        project.cargo().args(["test", "--workspace", "--doc", "--locked", "--no-fail-fast"]),
        BUILD,
    )?;
    judge(status.success(), count(&lines))
}

/// Decides the result. The exit code of the runner counts too, because it also fails if something did not compile.
fn judge(success: bool, tally: Tally) -> Result<Outcome> {
    if !success && tally.failed == 0 {
        bail!("the runner failed after {} passed tests", tally.passed);
    }
    Ok(Outcome::Done(tally))
}

/// Returns the lines that tests printed as `skipped: NAME: why`.
fn read_skips(file: &Path) -> Result<Vec<Skip>> {
    let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
    Ok(text
        .lines()
        .filter(|line| !line.trim().is_empty())
        .map(|line| {
            let said = line.strip_prefix("skipped: ").unwrap_or(line);
            let (name, why) = said.split_once(": ").unwrap_or((said, "no reason given"));
            Skip { name: name.to_owned(), why: why.to_owned() }
        })
        .collect())
}

/// Reads the closing line of nextest, or adds up those of cargo's own runner. If nextest has printed one, only that
/// line counts, because the output of failed tests above it can look like cargo's runner.
fn count(lines: &[String]) -> Tally {
    let summary = lines.iter().rev().find_map(|line| {
        line.trim()
            .strip_prefix("Summary [")
            .and_then(|line| line.split_once(" run: "))
            .map(|(_, counts)| counts)
    });
    if let Some(counts) = summary {
        return read_counts(counts);
    }
    let mut tally = Tally::default();
    for counts in lines.iter().filter_map(|line| line.trim().strip_prefix("test result: ")) {
        tally.add(read_counts(counts));
    }
    tally
}

fn read_counts(counts: &str) -> Tally {
    Tally {
        passed: number_before(counts, "passed"),
        // nextest names apart the failures by a time limit, and by a program that could not be started.
        failed: ["failed", "timed out", "exec failed"].iter().map(|word| number_before(counts, word)).sum(),
        skipped: ["skipped", "ignored"].iter().map(|word| number_before(counts, word)).sum(),
    }
}

/// Returns the number directly before a word: 3 in `2 passed, 3 failed` for `failed`.
fn number_before(counts: &str, word: &str) -> u64 {
    counts
        .split([',', ';', '.', '('])
        .filter_map(|part| part.trim().strip_suffix(word))
        .filter_map(|number| number.trim().parse::<u64>().ok())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Tally {
        count(&text.lines().map(ToOwned::to_owned).collect::<Vec<_>>())
    }

    #[test]
    fn a_nextest_summary_is_counted() {
        let tally = of(
            "     Summary [   0.512s] 12 tests run: 9 passed (1 slow), 2 failed, 1 timed out, 4 skipped\n",
        );
        assert_eq!(tally, Tally { passed: 9, failed: 3, skipped: 4 });
    }

    #[test]
    fn what_failed_tests_say_above_a_nextest_summary_is_not_counted() {
        let tally = of("test result: FAILED. 0 passed; 1 failed; 0 ignored; 0 measured; 9 filtered out\n\
                        Summary [ 287.147s] 495 tests run: 463 passed (1 slow), 32 failed, 0 skipped\n");
        assert_eq!(tally, Tally { passed: 463, failed: 32, skipped: 0 });
    }

    #[test]
    fn every_binary_of_cargo_test_is_counted() {
        let tally = of(
            "test result: ok. 3 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.01s\n\
                        test result: FAILED. 1 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out\n",
        );
        assert_eq!(tally, Tally { passed: 4, failed: 2, skipped: 1 });
    }

    #[test]
    fn a_line_that_only_looks_like_a_result_is_not_counted() {
        assert_eq!(of("5 passed, 1 failed\nrunning 7 tests\n"), Tally::default());
    }

    #[test]
    fn what_tests_wrote_down_is_read_with_its_reason() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("skips");
        fs::write(&file, "skipped: terraform: not on PATH: install it\n\n").unwrap();
        let why = "not on PATH: install it".to_owned();
        assert_eq!(read_skips(&file).unwrap(), [Skip { name: "terraform".to_owned(), why }]);
    }

    #[test]
    fn few_failed_tests_are_looked_at_again_and_nothing_else_is() {
        let lines = |text: &str| text.lines().map(ToOwned::to_owned).collect::<Vec<_>>();
        let one =
            lines("test live::a ... ok\ntest live::b ... FAILED\ntest result: FAILED. 1 passed; 1 failed;");
        let failed = |failed| Tally { failed, ..Tally::PASSED };
        assert_eq!(worth_a_second_look(&one, failed(1)), Some(vec!["live::b".to_owned()]));
        // The failure is not in a test: a target does not start, or a program is missing.
        assert_eq!(worth_a_second_look(&one, failed(2)), None);
        let three = lines("test a ... FAILED\ntest b ... FAILED\ntest c ... FAILED\n");
        assert_eq!(worth_a_second_look(&three, failed(3)), None);
    }

    #[test]
    fn a_runner_that_fails_without_a_failed_test_fails_the_step() {
        assert!(judge(false, Tally::PASSED).is_err());
        assert!(matches!(judge(true, Tally::PASSED), Ok(Outcome::Done(Tally::PASSED))));
    }
}
