//! Any answer of AWS, or of a server that imitates AWS, becomes an error of two lines.
#![no_main]

use awsesame_core::answer::translate::{
    Answer, Context, Proxy, Refusal, Unreached, UnreachedKind, translate,
};
use awsesame_core::name::{AccessKeyId, ProfileName, RoleArn, Serial, Subject};
use libfuzzer_sys::{arbitrary, fuzz_target};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    operation: u8,
    status: u16,
    code: Result<u8, String>,
    message: Vec<Result<u8, String>>,
    date: Option<i64>,
    unreached: Option<(u8, u64)>,
    profile: String,
    key: Option<String>,
    serial: Option<String>,
    role: Option<String>,
    seconds: Option<u32>,
    now: i64,
    endpoint: String,
    proxy: Option<String>,
    spent: Option<i64>,
}

const OPERATIONS: [&str; 4] = ["GetSessionToken", "AssumeRole", "GetCallerIdentity", "ListMFADevices"];
const CODES: [&str; 9] = [
    "AccessDenied",
    "ValidationError",
    "InvalidClientTokenId",
    "ExpiredToken",
    "SignatureDoesNotMatch",
    "RequestTimeTooSkewed",
    "Throttling",
    "PackedPolicyTooLarge",
    "",
];
const WORDS: [&str; 12] = [
    "Signature expired: ",
    "Signature not yet current: ",
    "20130101T000000Z",
    " is now earlier than 20130101T001000Z (",
    " - 15 min.)",
    "MultiFactorAuthentication failed with invalid MFA one time pass code. ",
    "with session credentials",
    "role chaining",
    "MaxSessionDuration",
    "'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to ",
    "explicit deny in ",
    "'serialNumber'",
];

fn one(list: &[&'static str], at: u8) -> &'static str {
    list[usize::from(at) % list.len()]
}

fuzz_target!(|input: Input| {
    let operation = one(&OPERATIONS, input.operation);
    let part = |words: &[&'static str], part: &Result<u8, String>| match part {
        Ok(at) => one(words, *at).to_owned(),
        Err(text) => text.clone(),
    };
    let message: String = input.message.iter().map(|words| part(&WORDS, words)).collect();
    let answer = match input.unreached {
        None => Answer::Refused(Refusal {
            operation,
            status: input.status,
            code: part(&CODES, &input.code),
            message,
            date: input.date,
        }),
        Some((kind, seconds)) => Answer::Unreached(Unreached {
            operation,
            kind: match kind % 6 {
                0 => UnreachedKind::Connect,
                1 => UnreachedKind::Dns,
                2 => UnreachedKind::Timeout(seconds),
                3 => UnreachedKind::Tls,
                4 => UnreachedKind::Proxy,
                _ => UnreachedKind::Other,
            },
            words: message,
            endpoint: part(&CODES, &input.code),
        }),
    };
    let context = Context {
        subject: Subject::Profile(ProfileName::new(input.profile)),
        key: input.key.map(AccessKeyId::new),
        serial: input.serial.map(Serial::new),
        role: input.role.map(RoleArn::new),
        seconds: input.seconds,
        now: input.now,
        endpoint: input.endpoint,
        proxy: input.proxy.map(|address| Proxy { address, variable: "HTTPS_PROXY" }),
        spent: input.spent,
    };
    let fault = translate(&answer, &context);
    for line in [fault.to_string(), fault.hint()] {
        assert!(!line.is_empty() && !line.contains(|c: char| c.is_control()), "{line:?}");
    }
});
