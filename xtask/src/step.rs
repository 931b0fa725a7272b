//! The steps of a run: the name, the result and the duration of each, and a table of all steps. The module `test` lists
//! the checks.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::say;

/// The numbers of checks that passed, failed, and were left out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
    pub(crate) skipped: u64,
}

impl Tally {
    /// The result of one check that passed.
    pub(crate) const PASSED: Self = Self { passed: 1, failed: 0, skipped: 0 };

    /// Adds the counts of another result.
    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// The outcome of a step, other than an error.
pub(crate) enum Outcome {
    /// The step has run, with this number of checks. It has failed if one of them failed.
    Done(Tally),
    /// The step was not done, and why.
    Skipped(String),
}

/// A check that a step left out: its name and the reason.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Skip {
    pub(crate) name: String,
    pub(crate) why: String,
}

/// The remarks of a run besides its counts.
#[derive(Default)]
pub(crate) struct Remarks {
    /// The checks that were left out.
    pub(crate) skips: Vec<Skip>,
    /// The tests that failed among all the others, and passed when they were run again by themselves.
    pub(crate) unsteady: Vec<String>,
}

/// A step that has run.
struct Finished {
    name: &'static str,
    time: Duration,
    tally: Tally,
    trouble: Option<String>,
}

/// The facts that are known about a run so far.
#[derive(Default)]
pub(crate) struct Report {
    finished: Vec<Finished>,
    remarks: Remarks,
}

impl Report {
    /// Runs one step, and says how it went.
    pub(crate) fn step(
        &mut self,
        name: &'static str,
        about: &str,
        work: impl FnOnce(&mut Remarks) -> Result<Outcome>,
    ) {
        say::heading(name, about);
        let begun = Instant::now();
        let result = work(&mut self.remarks);
        let time = begun.elapsed();
        let (tally, trouble) = match result {
            Ok(Outcome::Done(tally)) => {
                (tally, (tally.failed > 0).then(|| format!("{} failed", tally.failed)))
            }
            Ok(Outcome::Skipped(why)) => {
                self.remarks.skips.push(Skip { name: format!("step {name}"), why });
                (Tally { skipped: 1, ..Tally::default() }, None)
            }
            Err(error) => (Tally { failed: 1, ..Tally::default() }, Some(format!("{error:#}"))),
        };
        let finished = Finished { name, time, tally, trouble };
        say::note(&format!("<== {name}: {} in {}", finished.word(), say::span(time)));
        if let Some(trouble) = &finished.trouble {
            say::note(&format!("    {trouble}"));
        }
        self.finished.push(finished);
    }

    /// Prints the table, everything that was skipped, and the closing line. True if nothing failed.
    pub(crate) fn close(&self) -> bool {
        for line in self.lines() {
            say::line(&line);
        }
        self.total().failed == 0
    }

    fn total(&self) -> Tally {
        let mut total = Tally::default();
        for finished in &self.finished {
            total.add(finished.tally);
        }
        total
    }

    fn lines(&self) -> Vec<String> {
        let mut lines = vec![String::new(), format!("{:<10} {:<8} {:>12}  checks", "step", "result", "time")];
        for finished in &self.finished {
            let Tally { passed, failed, skipped } = finished.tally;
            lines.push(format!(
                "{:<10} {:<8} {:>12}  {passed} passed, {failed} failed, {skipped} skipped",
                finished.name,
                finished.word(),
                say::span(finished.time),
            ));
        }
        let whole: Duration = self.finished.iter().map(|finished| finished.time).sum();
        lines.push(format!("{:<10} {:<8} {:>12}", "all", "", say::span(whole)));
        for finished in &self.finished {
            if let Some(trouble) = &finished.trouble {
                lines.push(format!("failed: {}: {trouble}", finished.name));
            }
        }
        for name in &self.remarks.unsteady {
            lines.push(format!("unsteady: {name}: failed among the others, and passed by itself"));
        }
        let mut skips = self.remarks.skips.clone();
        skips.sort();
        for alike in skips.chunk_by(|a, b| a == b) {
            let Skip { name, why } = &alike[0];
            let times = if alike.len() > 1 { format!(" ({} times)", alike.len()) } else { String::new() };
            lines.push(format!("skipped: {name}: {why}{times}"));
        }
        lines.push(String::new());
        let Tally { passed, failed, skipped } = self.total();
        lines.push(format!("{passed} passed, {failed} failed, {skipped} skipped"));
        lines
    }
}

impl Finished {
    fn word(&self) -> &'static str {
        if self.tally.failed > 0 {
            "FAILED"
        } else if self.tally.passed == 0 && self.tally.skipped > 0 {
            "skipped"
        } else {
            "ok"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_closing_line_adds_up_every_step() {
        let mut report = Report::default();
        report.step("one", "passes", |_| Ok(Outcome::Done(Tally { passed: 7, failed: 0, skipped: 2 })));
        report.step("two", "fails", |_| anyhow::bail!("broken"));
        report.step("three", "is left out", |_| Ok(Outcome::Skipped("no time".to_owned())));
        let lines = report.lines();
        assert_eq!(lines.last().unwrap(), "7 passed, 1 failed, 3 skipped");
        assert!(lines.contains(&"failed: two: broken".to_owned()));
        assert!(lines.contains(&"skipped: step three: no time".to_owned()));
        assert!(!report.close());
    }

    #[test]
    fn a_failed_test_fails_the_run() {
        let mut report = Report::default();
        report.step("tests", "run", |_| Ok(Outcome::Done(Tally { passed: 7, failed: 1, skipped: 0 })));
        assert!(!report.close());
    }

    #[test]
    fn an_unsteady_test_is_named() {
        let mut report = Report::default();
        report.step("tests", "run", |remarks| {
            remarks.unsteady.push("live::a".to_owned());
            Ok(Outcome::Done(Tally::PASSED))
        });
        let said = "unsteady: live::a: failed among the others, and passed by itself".to_owned();
        assert!(report.lines().contains(&said));
        assert!(report.close());
    }

    #[test]
    fn equal_skips_are_named_once_and_counted() {
        let mut report = Report::default();
        report.step("tests", "run", |remarks| {
            let skip = Skip { name: "terraform".to_owned(), why: "not on PATH".to_owned() };
            remarks.skips.extend([skip.clone(), skip]);
            Ok(Outcome::Done(Tally::PASSED))
        });
        assert!(report.lines().contains(&"skipped: terraform: not on PATH (2 times)".to_owned()));
        assert!(report.close());
    }
}
