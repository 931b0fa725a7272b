//! A password for signing in: it records when it was set and used, and checks a text.

use sha2::{Digest, Sha256};

use super::fixture::PasswordEntry;
use crate::clock::days_before;

/// A password. Without a text in the fixture, nobody can sign in with it.
#[derive(Debug)]
pub(crate) struct Password {
    pub(crate) set: i64,
    pub(crate) last_used: Option<i64>,
    pub(crate) text: Option<String>,
    /// The number of times that it was changed. A sign-in is for one password only.
    pub(crate) changes: u32,
}

impl Password {
    pub(super) fn from_entry(entry: &PasswordEntry, now: i64) -> Self {
        Self {
            set: days_before(now, entry.age_days),
            last_used: entry.used_days_ago.map(|days| days_before(now, days)),
            text: entry.text.clone(),
            changes: 0,
        }
    }

    /// Changes the password.
    pub(crate) fn change(&mut self, text: &str, now: i64) {
        (self.set, self.text) = (now, Some(text.to_owned()));
        self.changes += 1;
    }

    /// Returns true if `given` is the password. Hashes are compared, so that the time taken says nothing of it.
    pub(crate) fn is(&self, given: &str) -> bool {
        self.text.as_ref().is_some_and(|text| Sha256::digest(text) == Sha256::digest(given))
    }
}
