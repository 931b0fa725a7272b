//! Starts programs in turn, and measures the time until each has ended. The other benchmarks choose the programs and
//! judge the times.
//!
//! The standard library starts a child by `posix_spawn`, which borrows our memory instead of copying it, so our own
//! size does not count. Nothing is read from the child, because a reader would be part of the measurement.

use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};

use super::spread::Spread;
use crate::child;

/// The maximum time that a program may take to answer.
const ANSWER: Duration = Duration::from_mins(1);

/// Starts that are not counted: they fill the caches.
const WARM_UP: usize = 5;

/// A program that is measured.
pub(crate) struct Contestant {
    /// The name of its row in the table.
    pub(crate) name: String,
    command: Command,
    status: i32,
}

impl Contestant {
    /// Adds a program that exits with this status and prints this text. It is checked once, because a program that does
    /// not do its work must not win.
    pub(crate) fn new(
        name: impl Into<String>,
        mut command: Command,
        status: i32,
        says: &str,
    ) -> Result<Self> {
        let name = name.into();
        command.stdin(Stdio::null());
        let (ended, out, err) = child::collect(&mut command, ANSWER).with_context(|| name.clone())?;
        ensure!(ended.code() == Some(status), "{name}: {ended} instead of {status}: {}", err.trim());
        ensure!(out.contains(says) || err.contains(says), "{name}: does not say `{says}`: {}", err.trim());
        command.stdout(Stdio::null()).stderr(Stdio::null());
        Ok(Self { name, command, status })
    }

    fn time(&mut self) -> Result<Duration> {
        let begun = Instant::now();
        let mut child = self.command.spawn().with_context(|| self.name.clone())?;
        let Some(status) = child::wait_at_most(&mut child, ANSWER)? else {
            child::stop(&mut child);
            bail!("{}: no end", self.name);
        };
        let time = begun.elapsed();
        ensure!(status.code() == Some(self.status), "{}: {status} instead of {}", self.name, self.status);
        Ok(time)
    }
}

/// Runs every program once per round, for a number of rounds, so that other activity of the machine affects all
/// programs alike. Each round has another order, or one program would always follow the one that leaves the worst
/// caches.
pub(crate) fn in_turn(contestants: &mut [Contestant], rounds: usize) -> Result<Vec<(String, Spread)>> {
    let mut times = vec![Vec::with_capacity(rounds); contestants.len()];
    let mut order: Vec<usize> = (0..contestants.len()).collect();
    let mut dice = Dice(0x9E37_79B9_7F4A_7C15);
    for round in 0..WARM_UP + rounds {
        dice.shuffle(&mut order);
        for &index in &order {
            let time = contestants[index].time()?;
            if round >= WARM_UP {
                times[index].push(time);
            }
        }
    }
    let names = contestants.iter().map(|contestant| contestant.name.clone());
    Ok(names.zip(times.into_iter().map(Spread::new)).collect())
}

/// Marsaglia's xorshift, which is sufficient for an order and gives the same one in every run.
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % limit as u64).expect("a remainder is below its limit")
    }

    fn shuffle(&mut self, order: &mut [usize]) {
        for last in (1..order.len()).rev() {
            order.swap(last, self.below(last + 1));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        command
    }

    #[test]
    fn every_program_is_timed_as_often_as_asked() {
        let mut two = [
            Contestant::new("quick", shell("echo ready"), 0, "ready").unwrap(),
            Contestant::new("slow", shell("sleep 0.02; echo ready"), 0, "ready").unwrap(),
        ];
        let rows = in_turn(&mut two, 3).unwrap();
        assert!(rows.iter().all(|(_, spread)| spread.count() == 3));
        assert!(rows[1].1.median() >= Duration::from_millis(20));
    }

    #[test]
    fn every_place_in_the_order_is_had_by_everybody() {
        let mut dice = Dice(1);
        let mut order = vec![0, 1, 2, 3];
        let mut had = [[0; 4]; 4];
        for _ in 0..400 {
            dice.shuffle(&mut order);
            for (place, who) in order.iter().enumerate() {
                had[place][*who] += 1;
            }
        }
        assert!(had.iter().flatten().all(|times| (60..140).contains(times)), "{had:?}");
    }

    #[test]
    fn a_program_that_does_not_do_its_work_may_not_take_part() {
        assert!(Contestant::new("fails", shell("exit 3"), 0, "").is_err());
        assert!(Contestant::new("says nothing", shell("exit 0"), 0, "AWS_SESSION_TOKEN").is_err());
        assert!(Contestant::new("is meant to fail", shell("echo needed; exit 3"), 3, "needed").is_ok());
    }
}
