//! Tests the translation of refusals with the messages that AWS really sends.

mod codes;
mod others;
mod roles;
mod way;

use super::{Answer, Context, Proxy, Refusal, Unreached, UnreachedKind, translate};
use crate::name::{AccessKeyId, ProfileName, RoleArn, Serial, Subject};

const ALICE: &str = "arn:aws:iam::111111111111:user/alice";
const ROLE: &str = "arn:aws:iam::222222222222:role/Admin";
const PHONE: &str = "arn:aws:iam::111111111111:mfa/phone";
const PASSKEY: &str = "arn:aws:iam::111111111111:u2f/user/alice/yubi";
const ENDPOINT: &str = "https://sts.eu-west-1.amazonaws.com";
/// 2013-01-01 00:00:10 UTC: ten seconds into a step.
const NOW: i64 = 1_356_998_410;

fn context() -> Context {
    Context {
        subject: Subject::Profile(ProfileName::new("dev")),
        key: Some(AccessKeyId::new("AKIADEV")),
        serial: Some(Serial::new(PHONE)),
        role: None,
        seconds: Some(43_200),
        now: NOW,
        endpoint: ENDPOINT.to_owned(),
        proxy: None,
        spent: None,
    }
}

fn of_session() -> Context {
    Context { key: Some(AccessKeyId::new("ASIADEV")), serial: None, ..context() }
}

fn of_role() -> Context {
    Context { role: Some(RoleArn::new(ROLE)), ..of_session() }
}

fn through_proxy() -> Context {
    let proxy = Proxy { address: "http://proxy:3128".to_owned(), variable: "HTTPS_PROXY" };
    Context { proxy: Some(proxy), ..context() }
}

fn refusal(operation: &'static str, status: u16, code: &str, message: &str) -> Refusal {
    Refusal { operation, status, code: code.to_owned(), message: message.to_owned(), date: None }
}

fn said(refusal: Refusal, context: &Context) -> String {
    translate(&Answer::Refused(refusal), context).to_string()
}

const BAD_CODE: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const BAD_SERIAL: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user. ";

proptest::proptest! {
    #[test]
    fn no_answer_breaks_the_line_or_the_program(
        code in "AccessDenied|ValidationError|RequestExpired|SignatureDoesNotMatch|InvalidClientTokenId|\\PC*",
        message in "(Signature expired: )?\\PC{0,20}[\n\r\t ]?(durationSeconds|MultiFactorAuthentication failed|\\()?\\PC{0,20}",
        status in 0u16..700,
        date in proptest::option::of(proptest::num::i64::ANY),
        now in proptest::num::i64::ANY,
        spent in proptest::option::of(0i64..100_000_000),
    ) {
        let refusal = Refusal { date, ..refusal("AssumeRole", status, &code, &message) };
        let now = now % 4_000_000_000;
        let fault = translate(&Answer::Refused(refusal), &Context { now, spent, ..of_role() });
        for line in [fault.to_string(), fault.hint()] {
            proptest::prop_assert!(!line.is_empty() && !line.chars().any(char::is_control), "{line:?}");
        }
    }
}
