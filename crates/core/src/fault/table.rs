//! Tests every fault once. With ordinary names its two lines must equal those in `lines.txt`; with hostile names they
//! must still be two lines.

mod audit;
mod broker;
mod console;
mod policy;
mod rotate;
mod signin;
mod source;

use super::{Elsewhere, Fault, NoSession, Resource, WriteCause};
use crate::name::{AccessKeyId, AccountId, ProfileName, RoleArn, Serial, Subject};

/// The text from outside that a fault can contain.
struct Outside<'a> {
    profile: &'a str,
    nearest: &'a str,
    path: &'a str,
    url: &'a str,
    words: &'a str,
    name: &'a str,
    role: &'a str,
    serial: &'a str,
}

const ORDINARY: Outside<'static> = Outside {
    profile: "dev",
    nearest: "prod",
    path: "/home/alice/.aws/config",
    url: "https://sts.eu-west-1.amazonaws.com",
    words: "<reason>",
    name: "<name>",
    role: "arn:aws:iam::123456789012:role/Admin",
    serial: "arn:aws:iam::123456789012:mfa/alice",
};

/// Returns an example of each fault without a group of its own.
#[expect(clippy::too_many_lines, reason = "one line a fault")]
fn general_faults(outside: &Outside<'_>) -> Vec<Fault> {
    let text = || outside.words.to_owned();
    let name = || outside.name.to_owned();
    let path = || outside.path.to_owned();
    let url = || outside.url.to_owned();
    let profile = || ProfileName::new(outside.profile);
    let nearest = || ProfileName::new(outside.nearest);
    let subject = || Subject::Profile(profile());
    let environment = || Subject::Environment(AccessKeyId::new("AKIAEXAMPLE"));
    let key = || AccessKeyId::new("AKIAEXAMPLE");
    let role = || RoleArn::new(outside.role);
    let serial = || Serial::new(outside.serial);
    let unwritable =
        |cause| Fault::Unwritable { path: path(), why: text(), cause, folder: "/home/alice".to_owned() };
    vec![
        Fault::UnknownProfile { profile: profile(), nearest: Some(nearest()), path: path() },
        Fault::UnknownProfile { profile: profile(), nearest: None, path: path() },
        Fault::UnknownProfile { profile: ProfileName::new("two words"), nearest: None, path: path() },
        Fault::SourceMissing {
            profile: profile(),
            source_profile: ProfileName::new(outside.nearest),
            nearest: Some(nearest()),
        },
        Fault::SourceMissing {
            profile: profile(),
            source_profile: ProfileName::new(outside.nearest),
            nearest: None,
        },
        Fault::SourceLoop { profile: profile(), chain: text(), path: path() },
        Fault::HalfKey { profile: profile(), missing: "aws_access_key_id" },
        Fault::HalfEnvironmentKey { missing: "MASTER_AWS_ACCESS_KEY_ID" },
        Fault::HalfEnvironmentKey { missing: "MASTER_AWS_SECRET_ACCESS_KEY" },
        Fault::NoCredentials { profile: profile() },
        Fault::RoleWithoutSource { profile: profile() },
        Fault::SourceWithoutRole { profile: profile() },
        Fault::OtherHead {
            profile: profile(),
            head: outside.nearest.to_owned(),
            right: format!("profile {}", outside.nearest),
            path: path(),
        },
        Fault::TwoSources { profile: profile(), path: path() },
        Fault::SourceEnvironmentEmpty { profile: profile() },
        Fault::SessionCredentials { holder: format!("profile `{}`", profile()), profile: Some(profile()) },
        Fault::SessionCredentials { holder: "the environment".to_owned(), profile: None },
        Fault::Unsupported { subject: subject(), setting: "sso_session" },
        Fault::NoKeyPrinted { profile: profile(), why: text() },
        Fault::BadSetting { profile: profile(), key: "region".to_owned(), value: name(), expected: text() },
        Fault::ChainedTooLong { profile: profile(), role: role(), seconds: 7200 },
        Fault::BadPolicy { profile: profile(), place: path(), why: text() },
        Fault::ShapedElsewhere { subject: subject() },
        Fault::TermsRefused { role: role(), why: text(), subject: subject() },
        Fault::NoProfileNamed { one: profile(), path: path() },
        Fault::DefaultIncomplete { one: profile() },
        Fault::KeyInRotation { key: key(), profile: profile() },
        Fault::ProfileTaken { name: profile(), profile: profile(), path: path() },
        Fault::ConfigBroken { path: path(), why: text() },
        Fault::ConfigUnreadable { path: path(), why: text() },
        Fault::ConfigSyntax { path: path(), line: 3, why: text() },
        Fault::ConfigUnknownKey { path: path(), line: 3, key: name(), nearest: Some("store") },
        Fault::ConfigUnknownKey { path: path(), line: 3, key: name(), nearest: None },
        Fault::ConfigValue { path: path(), line: 3, key: name(), expected: "`true` or `false`" },
        Fault::BadKey { why: text() },
        Fault::StoreForgets { store: "kernel".into(), choices: "gpg, pass".into(), one: "gpg".into() },
        Fault::KeyListBroken { path: path(), line: 3 },
        Fault::NewerFile { path: path() },
        Fault::KeyLost { key: key(), store: name(), profile: profile(), damaged: false },
        Fault::KeyLost { key: key(), store: name(), profile: profile(), damaged: true },
        Fault::KeyDiffers { key: key(), store: name(), profile: profile() },
        Fault::SeveralKeys { profile: profile(), path: path() },
        Fault::NoKeyInFiles { profile: profile(), credentials: path(), config: path() },
        Fault::NoKeyInStore { profile: profile() },
        Fault::ChangedMeanwhile { path: path(), then: "keys import".into(), profile: profile() },
        Fault::NeedsTerminal {
            what: "the export of a key",
            then: "keys export".to_owned(),
            profile: profile(),
        },
        Fault::NeedsTerminal {
            what: "the removal of a key",
            then: "keys remove --yes".to_owned(),
            profile: profile(),
        },
        Fault::NotConfirmed {
            what: "nothing was removed",
            then: "keys remove".to_owned(),
            profile: profile(),
        },
        Fault::BadCode { why: text(), profile: None },
        Fault::BadCode { why: text(), profile: Some(profile()) },
        Fault::CodeSpent { serial: serial(), subject: subject(), wait: 12 },
        Fault::CodeRefused { serial: serial(), subject: subject(), reused: false, wait: 12 },
        Fault::CodeRefused { serial: serial(), subject: subject(), reused: true, wait: 12 },
        Fault::WrongSerial { serial: serial(), subject: subject() },
        Fault::WrongSerial { serial: serial(), subject: environment() },
        Fault::DeviceElsewhere {
            serial: serial(),
            account: AccountId::new("999999999999"),
            subject: subject(),
        },
        Fault::FidoOnly { serial: serial() },
        Fault::NoDevice { subject: subject() },
        Fault::DeviceThere { serial: serial(), subject: subject() },
        Fault::DeviceQuota { most: 8, subject: subject() },
        Fault::DeviceUnknown { serial: serial(), subject: subject() },
        Fault::LastDevice { serial: serial(), subject: subject() },
        Fault::PairRefused { serial: serial(), then: "mfa enroll", subject: subject() },
        Fault::DevicesUnknown { subject: subject() },
        Fault::DevicesUnknown { subject: environment() },
        Fault::UnknownCodeSource { name: name(), nearest: Some("yubikey") },
        Fault::UnknownCodeSource { name: name(), nearest: None },
        Fault::CodeSourceUnset {
            name: "command",
            setting: "code.command.command",
            variable: "AWSESAME_CODE_COMMAND_COMMAND",
        },
        Fault::NoCode {
            program: name(),
            why: text(),
            command: vec!["op".to_owned(), name(), "--otp".to_owned()],
        },
        Fault::NoToken { subject: subject() },
        Fault::AccountMissing { serial: serial() },
        Fault::AccountUnclear { serial: serial(), accounts: name() },
        Fault::NoSeed { serial: serial(), store: name(), subject: subject() },
        Fault::BadSeed { why: text() },
        Fault::SeedInTheClear { store: "file".to_owned() },
        Fault::CodesAreTyped { name: "terminal" },
        Fault::Cancelled { subject: subject() },
        Fault::PromptTimeout { subject: subject(), seconds: 60 },
        Fault::Dismissed { subject: subject(), ago: 12, wait: 588 },
        Fault::TokenLocked { subject: subject() },
        Fault::OtherGaveUp { subject: subject(), pid: 4711 },
        Fault::StillWaiting {
            subject: subject(),
            pid: Some(4711),
            terminal: "/dev/pts/3".to_owned(),
            seconds: 300,
        },
        Fault::LockHeld { path: path(), pid: Some(4711), stopped: true, seconds: 2 },
        Fault::LockHeld { path: path(), pid: None, stopped: false, seconds: 60 },
        Fault::ClockSkew { seconds: 1200, ahead: true },
        Fault::ClockSkew { seconds: 1200, ahead: false },
        Fault::ClockUnknown,
        Fault::KeyRejected { key: key(), subject: subject() },
        Fault::KeyRejected { key: key(), subject: environment() },
        Fault::SecretRejected { key: key(), subject: subject() },
        Fault::SessionInherited { subject: subject() },
        Fault::SessionInherited { subject: environment() },
        Fault::SessionRejected { subject: subject() },
        Fault::IamWithoutMfa { subject: subject() },
        Fault::Chaining { role: role(), subject: subject() },
        Fault::Chaining { role: role(), subject: environment() },
        Fault::DurationOutOfRange { seconds: 100, allowed: text(), subject: subject() },
        Fault::DurationOutOfRange { seconds: 100, allowed: text(), subject: environment() },
        Fault::RoleDenied { role: role(), why: text(), subject: subject() },
        Fault::Denied { operation: "ListMFADevices", why: text(), subject: subject() },
        Fault::NoContainer,
        Fault::ContainerAddress { url: url(), why: "it is not an address" },
        Fault::MachineSilent { source_name: "EcsContainer", url: url(), why: text() },
        Fault::NoMfaHere { subject: subject(), source_name: "EcsContainer" },
        Fault::NoNetwork { endpoint: url(), why: text() },
        Fault::Timeout { endpoint: url(), seconds: 10 },
        Fault::Tls { endpoint: url(), why: text() },
        Fault::NoTls { endpoint: url() },
        Fault::CaBundle { path: path(), why: text() },
        Fault::Proxy { proxy: url(), variable: "ALL_PROXY", why: text() },
        Fault::ProxyLogin { proxy: url(), variable: "https_proxy" },
        Fault::NotAws { endpoint: url(), why: "HTTP 200, not in AWS's format".into() },
        Fault::Throttled { operation: "GetSessionToken" },
        Fault::Aws { operation: "GetSessionToken", code: name(), why: text() },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Never },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Expired },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::MfaTooOld },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::TooShort },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Unwanted },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Sealed },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Elsewhere(Elsewhere::Host) },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Elsewhere(Elsewhere::Container) },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Elsewhere(Elsewhere::OtherContainer) },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Elsewhere(Elsewhere::Machine) },
        Fault::LoginNeeded { subject: environment(), reason: NoSession::Damaged },
        Fault::LoginNeeded { subject: subject(), reason: NoSession::Newer },
        Fault::PinnedAccount {
            subject: subject(),
            expected: AccountId::new("111111111111"),
            actual: AccountId::new("222222222222"),
        },
        Fault::PinnedRole { subject: subject(), expected: name(), actual: Some(name()) },
        Fault::PinnedRole { subject: subject(), expected: name(), actual: None },
        Fault::KeyringForbidden { why: text() },
        Fault::KeyringFull,
        Fault::KeyringAbsent,
        Fault::UnknownStore { name: name(), nearest: Some("file".to_owned()) },
        Fault::UnknownStore { name: name(), nearest: None },
        Fault::StoreLocked { store: "age", why: text() },
        Fault::NoKeyring { store: "secret-service", why: text() },
        Fault::StoreElsewhere { store: "keychain", system: "macOS", here: "secret-service" },
        Fault::BusAbsent { why: text() },
        Fault::KeeperAbsent { why: text() },
        Fault::StoreUnset {
            store: "command",
            setting: "stores.command.get",
            variable: "AWSESAME_STORES_COMMAND_GET",
        },
        Fault::StoreFailed { store: "gpg", why: text(), look: "gpg --list-secret-keys" },
        Fault::StoreGarbage { store: "pass", why: text() },
        Fault::StoreBroken { store: "kernel", why: text() },
        Fault::StoreKeyReplaced { store: "age" },
        Fault::NoHome { what: "the sessions", variable: "XDG_STATE_HOME" },
        Fault::RelativeHome { home: "home/alice".to_owned() },
        Fault::TooOpen { path: path(), mode: 0o644 },
        Fault::NotAFile { path: path(), what: "a symbolic link" },
        Fault::NotAFolder { path: path() },
        Fault::LinkedFolder { path: path() },
        Fault::OpenFolder { path: path(), mode: 0o777 },
        Fault::ForeignHome { home: "/home/eve".to_owned(), uid: 1001 },
        Fault::NotOurs { path: path(), uid: 1001 },
        Fault::Unreadable { path: path(), why: text() },
        Fault::Unreadable { path: path(), why: "no such file or directory".to_owned() },
        unwritable(WriteCause::Denied),
        unwritable(WriteCause::Forbidden),
        unwritable(WriteCause::Full),
        unwritable(WriteCause::Quota),
        unwritable(WriteCause::ReadOnly),
        unwritable(WriteCause::Unsupported),
        unwritable(WriteCause::OpenFiles),
        unwritable(WriteCause::FileSize),
        unwritable(WriteCause::NameLength),
        unwritable(WriteCause::Device),
        unwritable(WriteCause::Other),
        Fault::PlaceUnfit {
            path: "/mnt/c/state".to_owned(),
            why: text(),
            instead: Some("/run/user/1000".to_owned()),
            subject: subject(),
        },
        Fault::PlaceUnfit { path: "/mnt/c/state".to_owned(), why: text(), instead: None, subject: subject() },
        Fault::Output { why: text() },
        Fault::Output { why: super::CLOSED.to_owned() },
        Fault::LimitReached { resource: Resource::OpenFiles, most: Some(8) },
        Fault::LimitReached { resource: Resource::Processes, most: Some(20) },
        Fault::LimitReached { resource: Resource::Processes, most: None },
        Fault::LimitReached { resource: Resource::Memory, most: Some(60_000) },
        Fault::CannotRun { program: name(), why: text(), missing: true },
        Fault::CannotRun { program: name(), why: text(), missing: false },
        Fault::ProgramHung { program: name(), seconds: 30, command: vec!["pass".to_owned(), name()] },
        Fault::ProgramFailed { program: name(), why: text(), command: vec!["pass".to_owned(), name()] },
        Fault::ProcessNeedsProfile,
        Fault::BadValue { setting: "AWS_USE_FIPS_ENDPOINT", value: name(), expected: text() },
        Fault::BadValue { setting: "https_proxy", value: name(), expected: text() },
        Fault::BadValue { setting: "--format", value: name(), expected: text() },
        Fault::BadValue { setting: "keys_store", value: name(), expected: text() },
        Fault::UnknownField { field: name(), nearest: Some("left") },
        Fault::UnknownField { field: name(), nearest: None },
        Fault::Bug { what: text() },
    ]
}

/// Returns an example of every fault, in the order of `lines.txt`.
fn every_fault(outside: &Outside<'_>) -> Vec<Fault> {
    let mut every = general_faults(outside);
    every.extend(broker::every(outside).into_iter().map(Fault::from));
    every.extend(policy::every(outside).into_iter().map(Fault::from));
    every.extend(rotate::every(outside).into_iter().map(Fault::from));
    every.extend(signin::every(outside).into_iter().map(Fault::from));
    every.extend(source::every(outside).into_iter().map(Fault::from));
    every.extend(audit::every(outside).into_iter().map(Fault::from));
    every.extend(console::every(outside).into_iter().map(Fault::from));
    every
}

#[test]
fn every_fault_is_in_the_table() {
    let sources = [
        include_str!("../fault.rs"),
        include_str!("broker.rs"),
        include_str!("policy.rs"),
        include_str!("rotate.rs"),
        include_str!("signin.rs"),
        include_str!("source.rs"),
        include_str!("audit.rs"),
        include_str!("console.rs"),
    ];
    let declared = sources
        .iter()
        .flat_map(|source| source.lines())
        .filter(|line| line.starts_with("    #[error(") && !line.contains("transparent"))
        .count();
    let faults = every_fault(&ORDINARY);
    let mut seen: Vec<&str> = faults.iter().map(Fault::slug).collect();
    seen.dedup();
    assert_eq!(seen.len(), declared);
}

#[test]
fn every_fault_says_its_name_for_programs_and_its_two_lines() {
    let lines: Vec<String> = every_fault(&ORDINARY)
        .iter()
        .map(|fault| format!("{}\nerror: {fault}\nhint: {}\n", fault.slug(), fault.hint()))
        .collect();
    let lines = lines.join("\n");
    let expected = include_str!("lines.txt");
    for (said, expected) in lines.lines().zip(expected.lines()) {
        assert_eq!(said, expected);
    }
    assert_eq!(lines, expected);
}

#[test]
fn messages_begin_small_and_end_without_a_full_stop() {
    for fault in every_fault(&ORDINARY) {
        let message = fault.to_string();
        let first = message.split([' ', '`', '\'']).find(|word| !word.is_empty()).unwrap();
        // A name keeps its capitals: AWS, HOME, IAM.
        let name = first.chars().all(|c| c.is_ascii_uppercase());
        assert!(name || !first.starts_with(|c: char| c.is_uppercase()), "{message}");
        assert!(!message.ends_with('.'), "{message}");
        assert!(!fault.hint().is_empty() && !fault.hint().ends_with('.'), "{}", fault.hint());
    }
}

#[test]
fn hostile_names_can_neither_add_a_line_nor_leave_their_quotes() {
    for hostile in
        ["a\nb", "\u{1b}]0;x\u{7}", "\r", "'; reboot; '", "$(reboot)", "`reboot`", "", "\u{202e}x", "-x"]
    {
        let outside = Outside {
            profile: hostile,
            nearest: hostile,
            path: hostile,
            url: hostile,
            words: hostile,
            name: hostile,
            role: hostile,
            serial: hostile,
        };
        for fault in every_fault(&outside) {
            for line in [fault.to_string(), fault.hint()] {
                assert!(!line.chars().any(char::is_control), "{line:?}");
                assert!(!line.contains('\u{202e}'), "{line:?}");
            }
            // A pasted hint runs only the text outside of quotes.
            let command = commands_of(&fault.hint());
            assert!(!command.contains("reboot"), "{} -> {command}", fault.hint());
        }
    }
}

/// A hint without what its quotes protect: `'..'`, and `$'..'` with its escapes.
/// Text in backticks is for the eye, and comes before the command.
fn commands_of(hint: &str) -> String {
    let command = hint.rsplit_once(": ").map_or(hint, |(_, command)| command);
    let command = command.rsplit_once("? ").map_or(command, |(_, command)| command);
    let mut rest = String::new();
    let mut characters = command.chars().peekable();
    while let Some(c) = characters.next() {
        match c {
            '\\' => {
                characters.next();
            }
            '$' if characters.peek() == Some(&'\'') => {
                characters.next();
                while let Some(c) = characters.next() {
                    match c {
                        '\\' => {
                            characters.next();
                        }
                        '\'' => break,
                        _ => {}
                    }
                }
            }
            '\'' => while characters.next().is_some_and(|c| c != '\'') {},
            _ => rest.push(c),
        }
    }
    rest
}

#[test]
fn exit_codes_tell_scripts_what_to_do() {
    use super::Exit;
    let code = |fault: &Fault| fault.exit() as i32;
    for fault in every_fault(&ORDINARY) {
        let expected = match fault.slug() {
            "bad_code"
            | "bad_key"
            | "bad_seed"
            | "bad_value"
            | "unknown_store"
            | "store_elsewhere"
            | "unknown_field"
            | "signin_not_by_browser"
            | "unknown_code_source" => 2,
            "store_locked" | "no_keyring" | "dismissed" | "token_locked" | "login_needed"
            | "other_gave_up" | "still_waiting" | "prompt_timeout" | "signin_over" | "signin_abandoned"
            | "signin_given_up" => 3,
            "pinned_account" | "pinned_role" | "signin_other_identity" => 4,
            "cancelled" => 130,
            "bug" => Exit::Bug as i32,
            _ => 1,
        };
        assert_eq!(code(&fault), expected, "{fault}");
    }
}
