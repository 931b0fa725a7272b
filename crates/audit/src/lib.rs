//! The audit of an account: the actions that its users can perform without MFA, and its unused credentials. It turns
//! IAM's credential report and the verdicts on the policies into findings with a remedy.
//!
//! Nothing here parses a policy: a [`Force`] says whether MFA is enforced. The output is text; nothing is asked,
//! written or printed.

pub mod accounts;
pub mod ages;
pub mod credential_report;
pub mod finding;
pub mod json;
pub mod judge;
pub mod page;
pub mod sheet;
pub mod summary;

use credential_report::Person;
use finding::{Finding, Severity};

/// The limits beyond which something counts as old or as unused, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A key older than this is to be rotated.
    pub older_than: i64,
    /// The time after which something that was not used is no longer needed, in seconds.
    pub unused_for: i64,
}

/// The effect of a user's policies on MFA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Force {
    /// No permission of any importance works without MFA.
    Enforced,
    /// Without MFA only a device can be enrolled, so anybody who has the key can get MFA.
    ButForEnrollment,
    /// The listed actions work without MFA.
    Open {
        /// Some of the actions, the most dangerous first.
        actions: Vec<String>,
        /// The number of actions that work.
        count: usize,
        /// The policy that allows the first of them.
        by: Option<String>,
        /// True if these actions are sufficient to get all permissions.
        escalates: bool,
        /// A password alone is enough for credentials on the command line.
        signs_in: bool,
    },
    /// It depends on facts that only AWS has, which the text names.
    Unsure(String),
    /// The policies allow nothing, with MFA or without.
    NothingAllowed,
    /// The policies are unknown: the user is root, or was created or deleted since the report.
    Unknown,
}

impl Force {
    /// Returns the name of the verdict for programs.
    pub const fn word(&self) -> &'static str {
        match self {
            Self::Enforced => "enforced",
            Self::ButForEnrollment => "enforced_but_for_enrollment",
            Self::Open { .. } => "not_enforced",
            Self::Unsure(_) => "unsure",
            Self::NothingAllowed => "nothing_allowed",
            Self::Unknown => "unknown",
        }
    }
}

/// The usefulness of a user's devices on the command line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Devices {
    /// The devices were not requested: there are none, or they do not matter because the user has no active key.
    NotAsked,
    /// One of the devices gives codes.
    GiveCodes,
    /// All of them are security keys or passkeys, which give none.
    SecurityKeys,
}

impl Devices {
    /// Returns true if there are codes, and false if there are none. None if that is not known.
    pub const fn give_codes(self) -> Option<bool> {
        match self {
            Self::NotAsked => None,
            Self::GiveCodes => Some(true),
            Self::SecurityKeys => Some(false),
        }
    }
}

/// One user with the findings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audited {
    /// The user, as the report describes them.
    pub person: Person,
    /// The effect of the policies on MFA.
    pub force: Force,
    /// The usefulness of the devices on the command line.
    pub devices: Devices,
    /// The problems of the user, worst first.
    pub findings: Vec<Finding>,
}

/// One account that was audited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// The account ID, which has twelve digits.
    pub id: String,
    /// The name that the organization or the list gives the account.
    pub name: Option<String>,
    /// The time when AWS created the report, in Unix seconds. The report may be up to four hours old.
    pub reported: i64,
    /// All users of the account, root first.
    pub users: Vec<Audited>,
    /// The users who were created after the report.
    pub newer: Vec<String>,
}

/// An account that was not audited.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The account ID, which has twelve digits.
    pub id: String,
    /// The name that the organization or the list gives the account.
    pub name: Option<String>,
    /// The reason why the account was not audited.
    pub why: String,
}

/// The results of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// The time when the audit was made, in unix seconds.
    pub made: i64,
    /// The limits beyond which something counted as old.
    pub limits: Limits,
    /// The accounts, in the order in which they were requested.
    pub accounts: Vec<Account>,
    /// The accounts that could not be audited.
    pub failed: Vec<Missing>,
    /// The accounts that are closed, and were therefore skipped.
    pub skipped: Vec<Missing>,
}

impl Audit {
    /// Returns every finding with its account and user, worst first; within one severity in the order of accounts and
    /// users.
    pub fn findings(&self) -> Vec<(&Account, &Audited, &Finding)> {
        let mut all: Vec<(&Account, &Audited, &Finding)> = Vec::new();
        for account in &self.accounts {
            for user in &account.users {
                all.extend(user.findings.iter().map(|finding| (account, user, finding)));
            }
        }
        all.sort_by_key(|(_, _, finding)| (finding.severity, finding.kind));
        all
    }

    /// Returns the number of findings of this severity.
    pub fn count(&self, severity: Severity) -> usize {
        let users = self.accounts.iter().flat_map(|account| &account.users);
        users.flat_map(|user| &user.findings).filter(|finding| finding.severity == severity).count()
    }

    /// Returns true if several accounts were requested, so that each must be named.
    pub fn is_of_several(&self) -> bool {
        self.accounts.len() + self.failed.len() + self.skipped.len() > 1
    }
}

/// Formats a duration in whole days.
pub fn days(seconds: i64) -> String {
    match seconds.max(0) / 86_400 {
        0 => "less than a day".to_owned(),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

#[cfg(test)]
mod tests;
