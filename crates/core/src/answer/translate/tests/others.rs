//! Tests refusals that concern the clock, and unknown refusals.

use super::*;

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
            "this machine's clock differs from AWS's by more than 15 minutes",
        ),
        ("SignatureDoesNotMatch", garbled, Some(NOW + 1000), "this machine's clock is 1000 s behind AWS's"),
    ] {
        let refusal = Refusal { date, ..refusal("GetSessionToken", 403, code, message) };
        assert_eq!(said(refusal, &context()), expected, "{message}");
    }
}

#[test]
fn other_refusals_of_aws_are_shown_as_they_are() {
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
            "the proxy `http://proxy:3128` (HTTPS_PROXY) asks for a user name and a password",
        ),
        (
            "GetSessionToken",
            502,
            "",
            "Bad Gateway",
            through_proxy(),
            "the proxy `http://proxy:3128` (HTTPS_PROXY) does not let awsesame through: HTTP 502, Bad Gateway",
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
