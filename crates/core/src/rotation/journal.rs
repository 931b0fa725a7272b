//! The journal of a rotation. The next run reads from it which step a killed run intended. It contains only IDs and times,
//! and never a secret.

use std::fmt::Write as _;

use crate::fault::Fault;
use crate::name::AccessKeyId;
use crate::text::format_number::is_newer;

/// The first line of the journal, with the version of its format.
const HEAD: &str = "awsesame rotation 1";

/// The record of one rotation.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Journal {
    /// The key that is replaced.
    pub old: AccessKeyId,
    /// The keys of the user at the beginning, including the old one. All others were created since.
    pub before: Vec<AccessKeyId>,
    /// The time when it was begun, in unix seconds by this machine's clock.
    pub begun: i64,
    /// The time when a key was last requested, in unix seconds.
    pub asked: i64,
    /// The ID of the new key, as soon as AWS has returned it.
    pub new: Option<AccessKeyId>,
    /// True if a login was made with it.
    pub used: bool,
    /// True if the old key was activated again.
    pub reopened: bool,
}

impl Journal {
    /// Creates the journal of a new rotation.
    pub fn begin(old: AccessKeyId, before: Vec<AccessKeyId>, now: i64) -> Self {
        Self { old, before, begun: now, asked: now, new: None, used: false, reopened: false }
    }

    /// Returns true if it is about this key.
    pub fn is_about(&self, key: &AccessKeyId) -> bool {
        self.old == *key || self.new.as_ref() == Some(key)
    }

    /// Reads it back; `path` is for the message.
    pub fn parse(text: &str, path: &str) -> Result<Self, Fault> {
        let broken = |line: usize| Fault::KeyListBroken { path: path.to_owned(), line };
        let mut lines = text.lines().zip(1..);
        match lines.next() {
            Some((HEAD, _)) => {}
            Some((head, _)) if is_newer(head, HEAD) => {
                return Err(Fault::NewerFile { path: path.to_owned() });
            }
            _ => return Err(broken(1)),
        }
        let (mut old, mut new, mut begun, mut asked) = (None, None, None, None);
        let mut journal = Self::begin(AccessKeyId::new(""), Vec::new(), 0);
        let mut last = 1;
        for (line, number) in lines {
            last = number;
            let time = |word: &str| word.parse::<i64>().map_err(|_| broken(number));
            match line.split_once(' ').unwrap_or((line, "")) {
                ("old", id) if !id.is_empty() => old = Some(AccessKeyId::new(id)),
                ("new", id) if !id.is_empty() => new = Some(AccessKeyId::new(id)),
                ("before", id) if !id.is_empty() => journal.before.push(AccessKeyId::new(id)),
                ("begun", word) => begun = Some(time(word)?),
                ("asked", word) => asked = Some(time(word)?),
                ("used", "") => journal.used = true,
                ("reopened", "") => journal.reopened = true,
                _ => return Err(broken(number)),
            }
        }
        // An incomplete journal is invalid: it could be confused with one of a rotation that created no key.
        let (Some(old), Some(begun), Some(asked)) = (old, begun, asked) else { return Err(broken(last)) };
        if !journal.before.contains(&old) || !text.ends_with('\n') {
            return Err(broken(last));
        }
        Ok(Self { old, begun, asked, new, ..journal })
    }

    /// Returns the text of the journal file.
    pub fn to_text(&self) -> String {
        let mut text =
            format!("{HEAD}\nold {}\nbegun {}\nasked {}\n", self.old.as_str(), self.begun, self.asked);
        for id in &self.before {
            let _ = writeln!(text, "before {}", id.as_str());
        }
        if let Some(new) = &self.new {
            let _ = writeln!(text, "new {}", new.as_str());
        }
        for (word, set) in [("used", self.used), ("reopened", self.reopened)] {
            if set {
                let _ = writeln!(text, "{word}");
            }
        }
        text
    }
}
