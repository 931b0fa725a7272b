//! Converts an audit to JSON for programs. It includes every user, also those without findings.

use serde_json::{Value, json};

use super::ages::bars;
use super::credential_report::{Key, Password};
use super::finding::{Finding, Severity};
use super::summary::Summary;
use super::{Account, Audit, Audited, Force, Missing};
use awsesame_core::render::iso;

/// Returns the whole audit as one object.
pub fn object(audit: &Audit) -> Value {
    let summary = Summary::of(audit);
    let severities: serde_json::Map<String, Value> =
        Severity::ALL.iter().map(|one| (one.word().to_owned(), json!(audit.count(*one)))).collect();
    let ages: Vec<Value> = bars(audit)
        .iter()
        .map(|bar| {
            json!({ "age": bar.label, "enforced": bar.forced, "not_enforced": bar.open, "unsure": bar.unsure })
        })
        .collect();
    json!({
        "made": iso(audit.made),
        "older_than_seconds": audit.limits.older_than,
        "unused_for_seconds": audit.limits.unused_for,
        "summary": {
            "users": summary.users, "users_with_key": summary.with_key, "users_with_open_key": summary.open,
            "users_unsure": summary.unsure, "users_without_device": summary.without_device,
            "active_keys": summary.keys, "old_keys": summary.old_keys, "unused_keys": summary.unused_keys, "findings": severities,
        },
        "key_ages": ages,
        "accounts": audit.accounts.iter().map(account).collect::<Vec<_>>(),
        "failed": audit.failed.iter().map(missing).collect::<Vec<_>>(),
        "skipped": audit.skipped.iter().map(missing).collect::<Vec<_>>(),
    })
}

fn account(account: &Account) -> Value {
    json!({
        "account": account.id, "name": account.name, "reported": iso(account.reported),
        "users": account.users.iter().map(user).collect::<Vec<_>>(),
        "newer_than_report": account.newer,
    })
}

fn missing(missing: &Missing) -> Value {
    json!({ "account": missing.id, "name": missing.name, "why": missing.why })
}

fn user(user: &Audited) -> Value {
    let person = &user.person;
    let (last_used, changed) = match person.password {
        Password::Set { used, changed } => (used, changed),
        Password::None => (None, None),
    };
    let (actions, count, by): (&[String], usize, Option<&str>) = match &user.force {
        Force::Open { actions, count, by, .. } => (actions, *count, by.as_deref()),
        _ => (&[], 0, None),
    };
    json!({
        "user": person.shown(), "arn": person.arn, "root": person.is_root(), "created": person.created.map(iso),
        "password": person.has_password(), "password_used": last_used.map(iso), "password_changed": changed.map(iso),
        "mfa_device": person.mfa, "device_gives_codes": user.devices.give_codes(), "keys": person.keys.iter().map(key).collect::<Vec<_>>(),
        "mfa": user.force.word(), "without_mfa": actions, "without_mfa_count": count, "allowed_by": by,
        "findings": user.findings.iter().map(finding).collect::<Vec<_>>(),
    })
}

fn key(key: &Key) -> Value {
    let used = key.used.as_ref();
    json!({
        "number": key.number, "active": key.active, "created": key.created.map(iso),
        "used": used.map(|used| iso(used.at)), "service": used.map(|used| &used.service),
        "region": used.map(|used| &used.region),
    })
}

fn finding(finding: &Finding) -> Value {
    json!({
        "severity": finding.severity.word(), "finding": finding.kind.word(), "key": finding.key,
        "detail": finding.detail, "remedy": finding.kind.remedy(), "command": finding.command,
    })
}
