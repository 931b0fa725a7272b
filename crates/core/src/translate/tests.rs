//! AWS's real wordings, and what they become.

use super::{Answer, Context, Refusal, Unreached, UnreachedKind, translate};
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
        key: AccessKeyId::new("AKIADEV"),
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
    Context { key: AccessKeyId::new("ASIADEV"), serial: None, ..context() }
}

fn of_role() -> Context {
    Context { role: Some(RoleArn::new(ROLE)), ..of_session() }
}

fn through_proxy() -> Context {
    Context { proxy: Some("http://proxy:3128".to_owned()), ..context() }
}

fn refusal(operation: &'static str, status: u16, code: &str, message: &str) -> Refusal {
    Refusal { operation, status, code: code.to_owned(), message: message.to_owned(), date: None }
}

fn said(refusal: Refusal, context: &Context) -> String {
    translate(&Answer::Refused(refusal), context).to_string()
}

const BAD_CODE: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const BAD_SERIAL: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA serial number is valid and associated with this user. ";

#[test]
fn refused_codes_devices_and_keys_are_told_apart() {
    for (operation, code, message, context, expected) in [
        ("GetSessionToken", "AccessDenied", BAD_CODE, context(), format!("AWS refused the code of `{PHONE}`")),
        (
            "AssumeRole",
            "AccessDenied",
            BAD_CODE,
            Context { role: Some(RoleArn::new(ROLE)), ..context() },
            format!("AWS refused the code of `{PHONE}`"),
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            BAD_SERIAL,
            context(),
            format!("AWS does not know `{PHONE}` as a device of this user"),
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            BAD_SERIAL,
            Context { serial: Some(Serial::new(PASSKEY)), ..context() },
            format!("`{PASSKEY}` is a FIDO device or passkey, and those cannot give a code to the AWS API"),
        ),
        (
            "GetSessionToken",
            "ValidationError",
            "1 validation error detected: Value 'a b' at 'serialNumber' failed to satisfy constraint: Member must satisfy regular expression pattern: [\\w+=/:,.@-]*",
            context(),
            format!("AWS does not know `{PHONE}` as a device of this user"),
        ),
        (
            "GetSessionToken",
            "ValidationError",
            "1 validation error detected: Value '12345' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal to 6",
            context(),
            "that is not a token code: AWS takes six digits".to_owned(),
        ),
        (
            "GetSessionToken",
            "AccessDenied",
            "Cannot call GetSessionToken with session credentials",
            context(),
            "profile `dev` reached AWS with session credentials, and AWS gives sessions to long-term keys only".to_owned(),
        ),
        (
            "GetSessionToken",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            context(),
            "AWS does not accept the access key `AKIADEV`".to_owned(),
        ),
        (
            "GetSessionToken",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            of_session(),
            "profile `dev` reached AWS with session credentials, and AWS gives sessions to long-term keys only".to_owned(),
        ),
        (
            "ListMFADevices",
            "InvalidClientTokenId",
            "The security token included in the request is invalid",
            of_session(),
            "AWS refuses IAM calls from a session without MFA".to_owned(),
        ),
        (
            "AssumeRole",
            "ExpiredToken",
            "The security token included in the request is expired",
            of_role(),
            "AWS no longer accepts the session of profile `dev`".to_owned(),
        ),
        (
            "AssumeRole",
            "InvalidClientTokenId",
            "The security token included in the request is invalid.",
            of_role(),
            "AWS no longer accepts the session of profile `dev`".to_owned(),
        ),
        (
            "GetSessionToken",
            "SignatureDoesNotMatch",
            "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.",
            context(),
            "the secret access key does not belong to `AKIADEV`".to_owned(),
        ),
    ] {
        assert_eq!(said(refusal(operation, 403, code, message), &context), expected);
    }
}

#[test]
fn only_the_ledger_tells_a_reused_code_from_a_wrong_one() {
    let step = NOW / 30;
    for (spent, expected) in
        [(None, false), (Some(step - 2), false), (Some(step - 1), true), (Some(step), true)]
    {
        let context = Context { spent, ..context() };
        let fault =
            translate(&Answer::Refused(refusal("GetSessionToken", 403, "AccessDenied", BAD_CODE)), &context);
        let crate::fault::Fault::CodeRefused { reused, wait, .. } = fault else { panic!("{fault:?}") };
        assert_eq!((reused, wait), (expected, 20), "{spent:?}");
    }
}

#[test]
fn roles_say_which_side_refused() {
    let denied = |tail: &str| {
        format!("User: {ALICE} is not authorized to perform: sts:AssumeRole on resource: {ROLE}{tail}")
    };
    let unknown = "its trust policy or your own policies do not allow it, or it does not exist";
    for (message, expected) in [
        (denied(""), unknown),
        (
            denied(" because no identity-based policy allows the sts:AssumeRole action"),
            "none of your own policies allows `sts:AssumeRole` on it",
        ),
        (
            denied(" because no resource-based policy allows the sts:AssumeRole action"),
            "its trust policy does not let you in",
        ),
        (
            denied(" because no role trust policy allows the sts:AssumeRole action"),
            "its trust policy does not let you in",
        ),
        (
            denied(" with an explicit deny in a service control policy"),
            "an explicit deny in a service control policy forbids it",
        ),
        (
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code."
                .to_owned(),
            "MultiFactorAuthentication failed, must provide both MFA serial number and one time pass code",
        ),
    ] {
        assert_eq!(
            said(refusal("AssumeRole", 403, "AccessDenied", &message), &of_role()),
            format!("`{ROLE}` cannot be assumed: {expected}")
        );
    }
}

#[test]
fn durations_say_what_is_allowed() {
    let seconds = |seconds| Context { seconds: Some(seconds), ..of_role() };
    for (message, context, expected) in [
        (
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining",
            seconds(7200),
            format!("`{ROLE}` is assumed with session credentials, so AWS allows 3600 s at most"),
        ),
        (
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
            seconds(43_200),
            "AWS does not give sessions of 43200 s here: the role's own maximum (MaxSessionDuration) is less".to_owned(),
        ),
        (
            "1 validation error detected: Value '200000' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or equal to 129600",
            seconds(200_000),
            "AWS does not give sessions of 200000 s here: 129600 s is the most".to_owned(),
        ),
        (
            "1 validation error detected: Value '1' at 'durationSeconds' failed to satisfy constraint: Member must have value greater than or equal to 900",
            seconds(1),
            "AWS does not give sessions of 1 s here: 900 s is the least".to_owned(),
        ),
        (
            "Invalid DurationSeconds.",
            seconds(1),
            "AWS does not give sessions of 1 s here: Invalid DurationSeconds".to_owned(),
        ),
        (
            "1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2",
            seconds(3600),
            "AWS answered AssumeRole with `ValidationError`: 1 validation error detected: Value 'x' at 'roleSessionName' failed to satisfy constraint: Member must have length greater than or equal to 2".to_owned(),
        ),
    ] {
        assert_eq!(said(refusal("AssumeRole", 400, "ValidationError", message), &context), expected);
    }
}

#[test]
fn clock_skew_is_measured_by_awss_own_times_or_by_the_header() {
    let expired = "Signature expired: 20130101T000000Z is now earlier than 20130101T003000Z (20130101T004500Z - 15 min.)";
    let early = "Signature not yet current: 20130101T001000Z is still later than 20130101T000500Z (20130101T000000Z + 5 min.)";
    let garbled = "Signature expired: 2013 is now earlier than (then";
    for (code, message, date, expected) in [
        ("SignatureDoesNotMatch", expired, None, "this machine's clock is 2700 s behind AWS's"),
        ("SignatureDoesNotMatch", early, None, "this machine's clock is 600 s ahead of AWS's"),
        ("InvalidSignatureException", expired, Some(NOW), "this machine's clock is 2700 s behind AWS's"),
        (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            Some(NOW - 1000),
            "this machine's clock is 1000 s ahead of AWS's",
        ),
        (
            "RequestExpired",
            "Request has expired.",
            Some(NOW + 1000),
            "this machine's clock is 1000 s behind AWS's",
        ),
        (
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time is too large.",
            None,
            "this machine's clock is more than 15 minutes away from AWS's",
        ),
        ("SignatureDoesNotMatch", garbled, Some(NOW + 1000), "this machine's clock is 1000 s behind AWS's"),
    ] {
        let refusal = Refusal { date, ..refusal("GetSessionToken", 403, code, message) };
        assert_eq!(said(refusal, &context()), expected, "{message}");
    }
}

#[test]
fn whatever_else_aws_says_is_passed_on() {
    for (operation, status, code, message, context, expected) in [
        (
            "GetSessionToken",
            400,
            "Throttling",
            "Rate exceeded",
            context(),
            "AWS is throttling GetSessionToken",
        ),
        (
            "AssumeRole",
            400,
            "ThrottlingException",
            "Rate exceeded",
            of_role(),
            "AWS is throttling AssumeRole",
        ),
        ("GetCallerIdentity", 429, "", "", context(), "AWS is throttling GetCallerIdentity"),
        (
            "ListMFADevices",
            403,
            "AccessDenied",
            "User: arn:aws:iam::111111111111:user/alice is not authorized to perform: iam:ListMFADevices on resource: user alice with an explicit deny in an identity-based policy",
            context(),
            "profile `dev` has no `mfa_serial`, and AWS does not let this key list its devices",
        ),
        (
            "GetCallerIdentity",
            403,
            "AccessDenied",
            "Not\nallowed.",
            context(),
            "AWS does not allow GetCallerIdentity: Not allowed",
        ),
        (
            "GetSessionToken",
            403,
            "RegionDisabledException",
            "STS is not activated in this region for account:111111111111. Your administrator can activate STS in this region using the IAM Console.",
            context(),
            "AWS answered GetSessionToken with `RegionDisabledException`: STS is not activated in this region for account:111111111111. Your administrator can activate STS in this region using the IAM Console",
        ),
        (
            "GetSessionToken",
            503,
            "",
            "",
            context(),
            "AWS answered GetSessionToken with HTTP status 503: no reason was given",
        ),
        (
            "GetSessionToken",
            407,
            "",
            "Proxy Authentication Required",
            through_proxy(),
            "the proxy `http://proxy:3128` wants a user name and a password",
        ),
        (
            "GetSessionToken",
            502,
            "",
            "Bad Gateway",
            through_proxy(),
            "the proxy `http://proxy:3128` does not let us through: HTTP 502, Bad Gateway",
        ),
        (
            "GetSessionToken",
            503,
            "ServiceUnavailable",
            "later",
            through_proxy(),
            "AWS answered GetSessionToken with `ServiceUnavailable`: later",
        ),
    ] {
        assert_eq!(said(refusal(operation, status, code, message), &context), expected);
    }
}

#[test]
fn the_way_to_aws_fails_in_its_own_words() {
    for (kind, words, context, expected) in [
        (
            UnreachedKind::Connect,
            "tcp connect error: Connection refused (os error 111)",
            context(),
            format!("cannot reach `{ENDPOINT}`: tcp connect error: Connection refused (os error 111)"),
        ),
        (
            UnreachedKind::Connect,
            "Connection refused",
            through_proxy(),
            "the proxy `http://proxy:3128` does not let us through: Connection refused".to_owned(),
        ),
        (
            UnreachedKind::Dns,
            "Name or service not known",
            context(),
            format!("cannot reach `{ENDPOINT}`: its name has no address (Name or service not known)"),
        ),
        (UnreachedKind::Timeout(10), "", context(), format!("`{ENDPOINT}` did not answer within 10 s")),
        (
            UnreachedKind::Tls,
            "invalid peer certificate:\n UnknownIssuer.",
            through_proxy(),
            format!("the certificate of `{ENDPOINT}` is not trusted: nobody here knows who issued it"),
        ),
        (
            UnreachedKind::Proxy,
            "tunnel failed",
            through_proxy(),
            "the proxy `http://proxy:3128` does not let us through: tunnel failed".to_owned(),
        ),
        (
            UnreachedKind::Proxy,
            "not a URL",
            context(),
            "the proxy `HTTPS_PROXY` does not let us through: not a URL".to_owned(),
        ),
        (UnreachedKind::Other, "", context(), format!("cannot reach `{ENDPOINT}`: no reason was given")),
    ] {
        let answer = Answer::Unreached(Unreached {
            operation: "GetSessionToken",
            kind,
            words: words.to_owned(),
            endpoint: ENDPOINT.to_owned(),
        });
        assert_eq!(translate(&answer, &context).to_string(), expected);
    }
}

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
