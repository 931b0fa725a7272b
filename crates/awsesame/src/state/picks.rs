//! The number of times that each profile was named by a user, so that the list in the picker begins with the most
//! frequent ones. The file holds names and counts, and nothing depends on it: if it cannot be read or written, every
//! count is zero.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use awsesame_core::name::ProfileName;

use crate::os::file::{self, Durability};
use crate::state::State;

/// The maximum size of the file.
const MOST_BYTES: usize = 64 * 1024;

/// The counts of one user.
pub struct Picks {
    path: PathBuf,
    counts: BTreeMap<String, u32>,
}

impl Picks {
    /// Reads the counts from the file.
    pub fn of(state: &State) -> Self {
        let path = state.folder().join("picks");
        let text =
            file::read_own(&path, MOST_BYTES).ok().flatten().and_then(|bytes| String::from_utf8(bytes).ok());
        let count = |line: &str| {
            let (count, name) = line.split_once(' ')?;
            Some((name.to_owned(), count.parse().ok()?))
        };
        let counts = text.unwrap_or_default().lines().filter_map(count).collect();
        Self { path, counts }
    }

    /// Returns the number of times that a profile was asked for.
    pub fn count(&self, profile: &str) -> u32 {
        self.counts.get(profile).copied().unwrap_or(0)
    }

    /// Increases the count of a profile.
    pub fn add(mut self, profile: &ProfileName) {
        if profile.as_str().contains(char::is_control) {
            return;
        }
        let count = self.counts.entry(profile.as_str().to_owned()).or_default();
        *count = count.saturating_add(1);
        let mut text = String::new();
        for (name, count) in &self.counts {
            let _ = writeln!(text, "{count} {name}");
        }
        if text.len() <= MOST_BYTES {
            // A list in another order is the whole loss.
            let _ = file::write_own(&self.path, text.as_bytes(), Durability::Process);
        }
    }
}
