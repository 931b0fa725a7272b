//! Summarizes an audit in a few numbers and one sentence.

use std::fmt::Write as _;

use super::credential_report::Key;
use super::{Audit, Audited, Force};

/// The numbers of users and keys. Root counts as a user of its account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Summary {
    /// The number of users.
    pub users: usize,
    /// The number of users with an active key.
    pub with_key: usize,
    /// The number of users whose key works without MFA.
    pub open: usize,
    /// The number of users for whom this is unknown.
    pub unsure: usize,
    /// The number of users with a password or a key, but without a device.
    pub without_device: usize,
    /// The number of active keys.
    pub keys: usize,
    /// The number of keys that are older than the limit.
    pub old_keys: usize,
    /// The number of keys that were never used, or not within the limit.
    pub unused_keys: usize,
    /// The number of keys for which it is unknown whether they need MFA.
    pub unsure_keys: usize,
}

impl Summary {
    /// Computes the summary of an audit.
    pub fn of(audit: &Audit) -> Self {
        let mut summary = Self::default();
        for user in audit.accounts.iter().flat_map(|account| &account.users) {
            summary.add(user, audit);
        }
        summary
    }

    fn add(&mut self, user: &Audited, audit: &Audit) {
        let person = &user.person;
        let keys = person.active_keys().count();
        let old = |age: i64| age >= audit.limits.older_than;
        self.users += 1;
        self.keys += keys;
        self.old_keys += person.active_keys().filter(|key| key.age(audit.made).is_some_and(old)).count();
        let idle = |key: &&Key| {
            let since = key.used.as_ref().map(|used| used.at).or(key.created);
            since.is_some_and(|since| audit.made - since >= audit.limits.unused_for)
        };
        self.unused_keys += person.active_keys().filter(idle).count();
        if keys > 0 {
            self.with_key += 1;
            match user.force {
                _ if person.is_root() => self.open += 1,
                Force::Open { .. } | Force::ButForEnrollment => self.open += 1,
                Force::Unsure(_) | Force::Unknown => {
                    self.unsure += 1;
                    self.unsure_keys += keys;
                }
                Force::Enforced | Force::NothingAllowed => {}
            }
        }
        if !person.mfa && (keys > 0 || person.has_password()) {
            self.without_device += 1;
        }
    }

    /// Returns the most important result as one sentence.
    pub fn sentence(&self) -> String {
        let users = |count: usize| if count == 1 { "1 user".to_owned() } else { format!("{count} users") };
        let mut text = match (self.with_key, self.open) {
            (0, _) => "no user has an access key that works".to_owned(),
            (1, 0) => "the one user with an access key needs MFA to use it".to_owned(),
            (all, 0) if self.unsure == 0 => {
                format!("all {} with an access key need MFA to use it", users(all))
            }
            (all, open) => format!("{open} of {} with an access key can use AWS without MFA", users(all)),
        };
        if self.unsure > 0 {
            let _ = write!(text, "; of {} awsesame cannot tell", users(self.unsure));
        }
        text
    }
}
