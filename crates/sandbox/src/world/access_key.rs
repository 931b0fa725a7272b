//! A long-term access key, and its last use.

use std::borrow::Cow;

use super::fixture::{KeyEntry, UseEntry};
use crate::clock::days_before;

/// A long-term access key of a user.
#[derive(Debug)]
pub(crate) struct AccessKey {
    pub(crate) account: String,
    pub(crate) user: String,
    pub(crate) secret: String,
    pub(crate) active: bool,
    pub(crate) created: i64,
    /// The last use: its time, service and Region.
    pub(crate) last_used: Option<(i64, Cow<'static, str>, String)>,
    /// The number of calls that are still refused as if the key did not exist, because IAM is eventually consistent.
    pub(crate) unknown_for: u32,
}

impl AccessKey {
    pub(super) fn from_entry(entry: &KeyEntry, account: &str, user: &str, now: i64) -> Self {
        let last_use = |last: &UseEntry| {
            (days_before(now, last.days_ago), Cow::Owned(last.service.clone()), last.region.clone())
        };
        Self {
            account: account.to_owned(),
            user: user.to_owned(),
            secret: entry.secret.clone(),
            active: !entry.inactive,
            created: days_before(now, entry.age_days),
            last_used: entry.used.as_ref().map(last_use),
            unknown_for: 0,
        }
    }
}
