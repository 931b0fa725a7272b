//! Decides what is wrong with a user. Its input is the credential report and the verdict on the user's policies; its
//! output is a list of findings. Nothing here parses a policy or calls AWS.

use std::fmt::Write as _;

use super::credential_report::{Key, Password, Person};
use super::finding::{Finding, Kind, Severity};
use super::{Devices, Force, Limits, days};

/// Returns the findings about a user, worst first.
pub fn findings(person: &Person, force: &Force, devices: Devices, limits: Limits, now: i64) -> Vec<Finding> {
    let mut found = Found { user: &person.name, findings: Vec::new() };
    if person.is_root() {
        root(person, now, &mut found);
    } else {
        without_mfa(person, force, limits, now, &mut found);
        lacking_device(person, force, &mut found);
        if devices == Devices::SecurityKeys {
            let detail = "has an access key, and no device that gives codes";
            found.add(Severity::Medium, Kind::SecurityKeyOnly, None, detail);
            if let (true, Some(finding)) = (person.has_password(), found.findings.last_mut()) {
                finding.command = Some("awsesame login --web".to_owned());
            }
        }
        if let Password::Set { used, changed } = person.password {
            idle_password(person, used, changed, limits, now, &mut found);
        }
    }
    keys(person, limits, now, &mut found);
    found.findings.sort_by_key(|finding| (finding.severity, finding.kind, finding.key));
    found.findings
}

struct Found<'a> {
    user: &'a str,
    findings: Vec<Finding>,
}

impl Found<'_> {
    fn add(&mut self, severity: Severity, kind: Kind, key: Option<u8>, detail: impl Into<String>) {
        let command = kind.command(self.user);
        self.findings.push(Finding { severity, kind, key, detail: detail.into(), command });
    }
}

fn root(person: &Person, now: i64, found: &mut Found<'_>) {
    for key in person.active_keys() {
        let detail = format!("key {}, {}; {}", key.number, age(key, now), last_use(key, now));
        found.add(Severity::Critical, Kind::RootKey, Some(key.number), detail);
    }
    // An organization can remove the root credentials of a member account.
    if !person.mfa && person.has_password() {
        found.add(Severity::Critical, Kind::RootWithoutMfa, None, "no device is assigned");
    }
}

/// Adds the findings about the actions that a person who only has the key could perform.
fn without_mfa(person: &Person, force: &Force, limits: Limits, now: i64, found: &mut Found<'_>) {
    if person.active_keys().next().is_none() {
        return;
    }
    match force {
        Force::Enforced | Force::NothingAllowed | Force::Unknown => {}
        Force::ButForEnrollment if person.mfa => {
            let detail = "has a device, and anybody who has the key can enroll another without it";
            found.add(Severity::High, Kind::OpenEnrollment, None, detail);
        }
        Force::ButForEnrollment => {
            let detail = "anybody who has the key can enroll the first device";
            found.add(Severity::Medium, Kind::OpenEnrollment, None, detail);
        }
        Force::Unsure(why) => found.add(Severity::Medium, Kind::Unsure, None, why.clone()),
        Force::Open { actions, count, by, escalates, .. } => {
            let severity = if *escalates { Severity::Critical } else { Severity::High };
            let console = person.mfa && person.has_password();
            let kind = if console { Kind::ConsoleOnly } else { Kind::KeyWithoutMfa };
            found.add(severity, kind, None, open(actions, *count, by.as_deref()));
            for key in person.active_keys() {
                let lately = key.used.as_ref().filter(|used| now - used.at < limits.unused_for);
                if lately.is_some() {
                    let detail = format!("key {}, {}", key.number, last_use(key, now));
                    found.add(severity, Kind::UsedWithoutMfa, Some(key.number), detail);
                }
            }
        }
    }
}

/// Returns the text about the actions that work without MFA, and the policy that allows them.
fn open(actions: &[String], count: usize, by: Option<&str>) -> String {
    const SHOWN: usize = 3;
    let mut text = format!("without MFA work {}", actions[..actions.len().min(SHOWN)].join(", "));
    let others = count.saturating_sub(actions.len().min(SHOWN));
    if others > 0 {
        let _ = write!(text, " and {others} more");
    }
    if let Some(policy) = by {
        let _ = write!(text, "; allowed by {policy}");
    }
    text
}

fn lacking_device(person: &Person, force: &Force, found: &mut Found<'_>) {
    if person.mfa {
        return;
    }
    if person.has_password() {
        found.add(
            Severity::High,
            Kind::PasswordWithoutMfa,
            None,
            match force {
                Force::Open { signs_in: true, .. } => {
                    "may sign in without a device, to the console and by `aws login` to the command line"
                }
                _ => "may sign in to the console without a device",
            },
        );
    } else if person.active_keys().next().is_some() {
        // Where MFA is enforced already, the key can only enroll a device.
        let (severity, detail) = match force {
            Force::Enforced | Force::ButForEnrollment => {
                (Severity::Low, "MFA is enforced, so the key does not work without one")
            }
            _ => (Severity::Medium, "has a key, and could do nothing once MFA is enforced"),
        };
        found.add(severity, Kind::NoDevice, None, detail);
    }
}

fn idle_password(
    person: &Person,
    used: Option<i64>,
    changed: Option<i64>,
    limits: Limits,
    now: i64,
    found: &mut Found<'_>,
) {
    // A new password does not count as unused.
    let since = [used, changed, person.created].into_iter().flatten().max();
    let Some(idle) = since.map(|since| now - since).filter(|idle| *idle >= limits.unused_for) else { return };
    let detail = match used {
        Some(used) => format!("last used {} ago", days(now - used)),
        None => format!("never used, set {} ago", days(idle)),
    };
    // Guessed, it is of little use without the device.
    let severity = if person.mfa { Severity::Low } else { Severity::Medium };
    found.add(severity, Kind::PasswordUnused, None, detail);
}

/// Adds the findings about the keys themselves, such as their age. The permissions do not matter here.
fn keys(person: &Person, limits: Limits, now: i64, found: &mut Found<'_>) {
    for key in &person.keys {
        let (number, age_of) = (Some(key.number), key.age(now));
        let words = || format!("key {}, {}", key.number, age(key, now));
        if !key.active {
            found.add(Severity::Low, Kind::Inactive, number, words());
            continue;
        }
        // The keys of root should be deleted, so no other finding about them is of use.
        if person.is_root() {
            continue;
        }
        let older = |limit: i64| age_of.is_some_and(|age| age >= limit);
        match &key.used {
            None if older(limits.unused_for) => {
                found.add(Severity::Medium, Kind::NeverUsed, number, words());
            }
            Some(used) if now - used.at >= limits.unused_for => {
                let detail = format!("{}; {}", words(), last_use(key, now));
                found.add(Severity::Medium, Kind::Unused, number, detail);
            }
            _ if older(limits.older_than) => found.add(Severity::Medium, Kind::Old, number, words()),
            _ => {}
        }
    }
    if !person.is_root() && person.active_keys().count() > 1 {
        let used = person.active_keys().map(|key| format!("key {}: {}", key.number, last_use(key, now)));
        found.add(Severity::Low, Kind::TwoKeys, None, used.collect::<Vec<_>>().join("; "));
    }
}

fn age(key: &Key, now: i64) -> String {
    key.age(now).map_or_else(|| "of unknown age".to_owned(), |age| format!("{} old", days(age)))
}

fn last_use(key: &Key, now: i64) -> String {
    match &key.used {
        Some(used) => {
            format!("last used {} ago ({} in {})", days(now - used.at), used.service, used.region)
        }
        None => "never used".to_owned(),
    }
}
