//! Records that a person closed a window that asked for a code: the time, for each access key. Without it, a program
//! that runs us at every call would open the window again and again.

use std::path::PathBuf;

use awsesame_core::fault::Fault;

use super::State;
use crate::os::file::{self, Durability};

/// The time for which programs open no other window, in seconds.
pub const QUIET: i64 = 10 * 60;

/// The contents of the folder `dismissed`.
pub trait Dismissed {
    /// Records that the person closed the window of this lock.
    fn dismiss(&self, id: &str, now: i64) -> Result<(), Fault>;
    /// Returns how many seconds ago it was dismissed, if that was a short time ago.
    fn dismissed(&self, id: &str, now: i64) -> Option<i64>;
    /// Deletes the record after a login.
    fn forgive(&self, id: &str);
}

impl Dismissed for State {
    fn dismiss(&self, id: &str, now: i64) -> Result<(), Fault> {
        file::write_own(&path(self, id), now.to_string().as_bytes(), Durability::Process)
    }

    fn dismissed(&self, id: &str, now: i64) -> Option<i64> {
        let bytes = file::read_own(&path(self, id), 32).ok().flatten()?;
        let at: i64 = std::str::from_utf8(&bytes).ok()?.parse().ok()?;
        // If the clock was set back, the window may open again.
        Some(now.saturating_sub(at)).filter(|ago| (0..QUIET).contains(ago))
    }

    fn forgive(&self, id: &str) {
        // One that stays is over soon.
        let _ = std::fs::remove_file(path(self, id));
    }
}

fn path(state: &State, id: &str) -> PathBuf {
    state.folder().join("dismissed").join(id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_stays_away_for_a_while_and_not_for_ever() {
        let home = tempfile::tempdir().unwrap();
        let state = State::at(home.path().join("awsesame"));
        assert_eq!(state.dismissed("lock-1", 1000), None);
        state.dismiss("lock-1", 1000).unwrap();
        let seen = [999, 1000, 1000 + QUIET - 1, 1000 + QUIET].map(|now| state.dismissed("lock-1", now));
        assert_eq!(seen, [None, Some(0), Some(QUIET - 1), None]);
        assert_eq!(state.dismissed("lock-2", 1000), None);
        state.forgive("lock-1");
        assert_eq!(state.dismissed("lock-1", 1000), None);
    }
}
