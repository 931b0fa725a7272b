//! Groups the active access keys by age, for the chart of the page. The module `page::chart` draws it.

use super::{Audit, Force};

const DAY: i64 = 86_400;

/// The upper limits in days, with their labels.
const ENDS: [(i64, &str); 6] = [
    (30, "up to 30 days"),
    (90, "31 to 90 days"),
    (180, "91 to 180 days"),
    (365, "181 to 365 days"),
    (730, "1 to 2 years"),
    (i64::MAX / DAY, "over 2 years"),
];

/// The keys of one age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Bar {
    /// The label of the age.
    pub label: &'static str,
    /// The number of keys that work only with MFA.
    pub forced: usize,
    /// The number of keys for which it is unknown whether they need MFA.
    pub unsure: usize,
    /// The number of keys that work without MFA.
    pub open: usize,
}

impl Bar {
    /// Returns the number of all keys of the bar.
    pub const fn total(&self) -> usize {
        self.forced + self.unsure + self.open
    }
}

/// Returns every key that works, by its age, youngest first.
pub fn bars(audit: &Audit) -> [Bar; 6] {
    let mut bars = ENDS.map(|(_, label)| Bar { label, ..Bar::default() });
    for user in audit.accounts.iter().flat_map(|account| &account.users) {
        for key in user.person.active_keys() {
            let age = key.age(audit.made).unwrap_or(i64::MAX) / DAY;
            let place = ENDS.iter().position(|(end, _)| age <= *end).unwrap_or(ENDS.len() - 1);
            let bar = &mut bars[place];
            match &user.force {
                // No policy restricts root's keys, so they work without MFA.
                _ if user.person.is_root() => bar.open += 1,
                Force::Enforced | Force::NothingAllowed => bar.forced += 1,
                Force::Open { .. } | Force::ButForEnrollment => bar.open += 1,
                Force::Unsure(_) | Force::Unknown => bar.unsure += 1,
            }
        }
    }
    bars
}
