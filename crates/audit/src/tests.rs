//! Tests of the findings, as tables: a user and what is found.

use super::credential_report::{Key, Password, Person, Use};
use super::finding::{Kind, Severity};
use super::judge::findings;
use super::summary::Summary;
use super::{Account, Audit, Audited, Devices, Force, Limits, ages};

const DAY: i64 = 86_400;
const NOW: i64 = 1_800_000_000;
const LIMITS: Limits = Limits { older_than: 90 * DAY, unused_for: 45 * DAY };

/// Returns a key that was created and last used this many days ago.
pub(super) fn key(number: u8, age: i64, used: Option<i64>) -> Key {
    let used =
        used.map(|days| Use { at: NOW - days * DAY, service: "s3".into(), region: "eu-west-1".into() });
    Key { number, active: true, created: Some(NOW - age * DAY), used }
}

/// Returns a user with a device, created a year ago, who may not sign in to the console.
pub(super) fn person(keys: Vec<Key>) -> Person {
    Person {
        name: "bob".into(),
        arn: "arn:aws:iam::123456789012:user/bob".into(),
        created: Some(NOW - 365 * DAY),
        password: Password::None,
        mfa: true,
        keys,
    }
}

pub(super) fn root(keys: Vec<Key>) -> Person {
    Person {
        name: "<root_account>".into(),
        password: Password::Set { used: None, changed: None },
        ..person(keys)
    }
}

fn password(used: Option<i64>, changed: i64) -> Password {
    Password::Set { used: used.map(|days| NOW - days * DAY), changed: Some(NOW - changed * DAY) }
}

pub(super) fn open(escalates: bool) -> Force {
    let actions = ["s3:ListAllMyBuckets", "s3:GetObject", "ec2:RunInstances", "sqs:SendMessage"];
    Force::Open {
        actions: actions.map(str::to_owned).to_vec(),
        by: Some("group Staff, inline X".into()),
        count: 4,
        escalates,
        signs_in: false,
    }
}

/// Returns the findings, one line each.
fn found(person: &Person, force: &Force) -> Vec<String> {
    let findings = findings(person, force, Devices::GiveCodes, LIMITS, NOW);
    findings
        .iter()
        .map(|finding| format!("{} {}: {}", finding.severity.word(), finding.kind.word(), finding.detail))
        .collect()
}

#[test]
fn young_used_key_that_needs_mfa_is_not_a_finding() {
    let bob = person(vec![key(1, 30, Some(1))]);
    assert_eq!(found(&bob, &Force::Enforced), [""; 0]);
    assert_eq!(found(&bob, &Force::NothingAllowed), [""; 0]);
    let bob = Person { password: password(Some(3), 300), ..bob };
    assert_eq!(found(&bob, &Force::Enforced), [""; 0]);
}

#[test]
fn mfa_on_the_console_does_not_help_a_key_that_works_without() {
    let bob = Person { password: password(Some(3), 300), ..person(vec![key(1, 30, Some(1))]) };
    assert_eq!(
        found(&bob, &open(false)),
        [
            "high console_only_mfa: without MFA work s3:ListAllMyBuckets, s3:GetObject, ec2:RunInstances and 1 more; \
             allowed by group Staff, inline X",
            "high used_without_mfa: key 1, last used 1 day ago (s3 in eu-west-1)",
        ]
    );
    let words = |person: &Person, force: &Force| -> Vec<String> {
        found(person, force).iter().map(|line| line.split(':').next().unwrap().to_owned()).collect()
    };
    assert_eq!(words(&bob, &open(true)), ["critical console_only_mfa", "critical used_without_mfa"]);
    let program = person(vec![key(1, 30, Some(60))]);
    assert_eq!(words(&program, &open(false)), ["high key_without_mfa", "medium key_unused"]);
    let bare = Person { mfa: false, ..program };
    assert_eq!(words(&bare, &open(false)), ["high key_without_mfa", "medium no_device", "medium key_unused"]);
    assert_eq!(words(&bare, &Force::Enforced), ["medium key_unused", "low no_device"]);
    assert_eq!(words(&bare, &Force::Unsure("x".into()))[0], "medium unsure");
    // A key that does not work lets nobody in.
    let off = person(vec![Key { active: false, ..key(1, 30, Some(1)) }]);
    assert_eq!(words(&off, &open(true)), ["low key_inactive"]);
}

#[test]
fn keys_are_never_used_unused_or_old_and_only_one_of_these() {
    for (key, expected) in [
        (key(1, 44, None), None),
        (key(1, 45, None), Some("medium key_never_used: key 1, 45 days old")),
        (key(1, 400, None), Some("medium key_never_used: key 1, 400 days old")),
        (key(1, 89, Some(44)), None),
        (
            key(1, 89, Some(45)),
            Some("medium key_unused: key 1, 89 days old; last used 45 days ago (s3 in eu-west-1)"),
        ),
        (key(1, 90, Some(0)), Some("medium key_old: key 1, 90 days old")),
    ] {
        let found = found(&person(vec![key.clone()]), &Force::Enforced);
        assert_eq!(found.first().map(String::as_str), expected, "{key:?}");
        assert!(found.len() < 2, "{found:?}");
    }
    assert_eq!(
        found(&person(vec![key(1, 80, Some(1)), key(2, 3, None)]), &Force::Enforced),
        ["low two_keys: key 1: last used 1 day ago (s3 in eu-west-1); key 2: never used"]
    );
}

#[test]
fn passwords_are_worth_a_device_and_a_use() {
    let with = |password, mfa| Person { password, mfa, ..person(Vec::new()) };
    for (bob, expected) in [
        (with(password(Some(1), 300), true), vec![]),
        (
            with(password(Some(1), 300), false),
            vec!["high password_without_mfa: may sign in to the console without a device"],
        ),
        (with(password(Some(60), 300), true), vec!["low password_unused: last used 60 days ago"]),
        (with(password(None, 45), true), vec!["low password_unused: never used, set 45 days ago"]),
        // One that was reset for somebody who is to come back.
        (with(password(Some(60), 2), true), vec![]),
        (with(Password::None, false), vec![]),
    ] {
        assert_eq!(found(&bob, &Force::Enforced), expected, "{bob:?}");
    }
}

#[test]
fn a_password_alone_is_enough_for_the_command_line_where_sign_in_is_open() {
    let bob = Person { password: password(Some(1), 300), mfa: false, ..person(Vec::new()) };
    let Force::Open { actions, count, by, .. } = open(false) else { panic!("it is open") };
    let force = Force::Open { actions, count, by, escalates: false, signs_in: true };
    assert_eq!(
        found(&bob, &force),
        [
            "high password_without_mfa: may sign in without a device, to the console and by `aws login` to the command line"
        ]
    );
    // With a device the console asks for it.
    assert_eq!(found(&Person { mfa: true, ..bob }, &force), [""; 0]);
}

#[test]
fn device_without_codes_counts_as_missing_for_the_command_line() {
    let bob = person(vec![key(1, 10, Some(1))]);
    let kinds = |devices| -> Vec<Kind> {
        let found = findings(&bob, &Force::Enforced, devices, LIMITS, NOW);
        found.iter().map(|finding| finding.kind).collect()
    };
    assert_eq!(kinds(Devices::SecurityKeys), [Kind::SecurityKeyOnly]);
    // At the web console a security key works.
    let may_sign_in = Person { password: password(Some(1), 10), ..bob.clone() };
    for (bob, expected) in [(&bob, "awsesame mfa enroll --another"), (&may_sign_in, "awsesame login --web")] {
        let found = findings(bob, &Force::Enforced, Devices::SecurityKeys, LIMITS, NOW);
        assert_eq!(found[0].command.as_deref(), Some(expected));
    }
    assert_eq!((kinds(Devices::GiveCodes), kinds(Devices::NotAsked)), (vec![], vec![]));
}

#[test]
fn root_needs_a_device_and_no_key() {
    assert_eq!(found(&root(vec![]), &Force::Unknown), [""; 0]);
    let careless = Person { mfa: false, ..root(vec![key(1, 800, Some(2))]) };
    assert_eq!(
        found(&careless, &Force::Unknown),
        [
            "critical root_key: key 1, 800 days old; last used 2 days ago (s3 in eu-west-1)",
            "critical root_without_mfa: no device is assigned",
        ]
    );
    // An organization may have taken root's credentials away.
    let gone = Person { mfa: false, password: Password::None, ..root(vec![]) };
    assert_eq!(found(&gone, &Force::Unknown), [""; 0]);
}

#[test]
fn commands_name_the_user_as_one_word() {
    let user = Person { name: "$(reboot)".into(), ..person(vec![key(1, 400, None)]) };
    for finding in findings(&user, &open(true), Devices::GiveCodes, LIMITS, NOW) {
        let command = finding.command.unwrap();
        assert!(command.contains("'$(reboot)'"), "{command}");
        assert_eq!(command.matches("reboot").count(), command.matches("'$(reboot)'").count(), "{command}");
    }
}

#[test]
fn every_kind_of_finding_has_different_texts() {
    let words: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.word()).collect();
    let titles: std::collections::BTreeSet<_> = Kind::ALL.iter().map(|kind| kind.title()).collect();
    assert_eq!((words.len(), titles.len()), (Kind::ALL.len(), Kind::ALL.len()));
}

/// Returns an audit of one account with these users.
pub(super) fn audit(users: Vec<(Person, Force)>) -> Audit {
    let users = users.into_iter().map(|(person, force)| {
        let findings = findings(&person, &force, Devices::GiveCodes, LIMITS, NOW);
        Audited { person, force, devices: Devices::GiveCodes, findings }
    });
    let account = Account {
        id: "123456789012".into(),
        name: None,
        reported: NOW - 600,
        users: users.collect(),
        newer: Vec::new(),
    };
    Audit { made: NOW, limits: LIMITS, accounts: vec![account], failed: Vec::new(), skipped: Vec::new() }
}

#[test]
fn one_sentence_says_how_many_need_no_mfa() {
    let with_key = || person(vec![key(1, 10, Some(1))]);
    for (users, expected) in [
        (vec![(person(vec![]), Force::Enforced)], "no user has an access key that works"),
        (vec![(with_key(), Force::Enforced)], "the one user with an access key needs MFA to use it"),
        (
            vec![(with_key(), Force::Enforced), (with_key(), Force::NothingAllowed)],
            "all 2 users with an access key need MFA to use it",
        ),
        (
            vec![(with_key(), Force::Enforced), (with_key(), open(false))],
            "1 of 2 users with an access key can use AWS without MFA",
        ),
        (
            vec![(with_key(), Force::Enforced), (with_key(), Force::Unsure("x".into()))],
            "0 of 2 users with an access key can use AWS without MFA; of 1 user awsesame cannot tell",
        ),
        // No policy of the account restrains root.
        (
            vec![(root(vec![key(1, 10, None)]), Force::Unknown)],
            "1 of 1 user with an access key can use AWS without MFA",
        ),
    ] {
        assert_eq!(Summary::of(&audit(users)).sentence(), expected);
    }
}

#[test]
fn keys_are_counted_by_age_and_by_what_they_need() {
    let audit = audit(vec![
        (person(vec![key(1, 30, None), key(2, 31, None)]), Force::Enforced),
        (person(vec![key(1, 731, None)]), open(false)),
        (person(vec![Key { created: None, ..key(1, 0, None) }]), Force::Unsure("x".into())),
        (person(vec![Key { active: false, ..key(1, 5, None) }]), open(false)),
        (root(vec![key(1, 365, None)]), Force::Unknown),
    ]);
    let bars = ages::bars(&audit).map(|bar| (bar.forced, bar.unsure, bar.open));
    assert_eq!(bars, [(1, 0, 0), (1, 0, 0), (0, 0, 0), (0, 0, 1), (0, 0, 0), (0, 1, 1)]);
}

#[test]
fn worst_findings_come_first_for_all_users() {
    let audit = audit(vec![
        (person(vec![key(1, 400, Some(1))]), Force::Enforced),
        (root(vec![key(1, 10, None)]), Force::Unknown),
    ]);
    let kinds: Vec<Kind> = audit.findings().iter().map(|(_, _, finding)| finding.kind).collect();
    assert_eq!(kinds, [Kind::RootKey, Kind::Old]);
    assert_eq!(audit.count(Severity::Critical), 1);
    assert_eq!(audit.count(Severity::Low), 0);
}
