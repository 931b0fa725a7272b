//! Tests signatures, dates, tokens and keys: requests that are refused before any permission is checked.

use super::{Keys, Testbed, form, sign_call};
use crate::clock;

const MISMATCH: &str = "The request signature we calculated does not match the signature you provided.";

fn identity(bed: &mut Testbed, keys: &Keys) -> super::Reply {
    bed.sts(keys, "GetCallerIdentity", &[])
}

#[test]
fn wrong_secret_is_a_wrong_signature_and_wrong_key_an_unknown_one() {
    let mut bed = Testbed::new();
    let mut keys = bed.keys("alice");
    keys.secret.push('x');
    identity(&mut bed, &keys).is_refused(403, "SignatureDoesNotMatch", MISMATCH);
    bed.s3(&keys, "GET", "/", &[], b"").is_refused(403, "SignatureDoesNotMatch", MISMATCH);
    keys.id = "AKIAIOSNOBODYEXAMPLE".to_owned();
    let invalid = "The security token included in the request is invalid.";
    identity(&mut bed, &keys).is_refused(403, "InvalidClientTokenId", invalid);
    bed.s3(&keys, "GET", "/", &[], b"").is_refused(
        403,
        "InvalidAccessKeyId",
        "does not exist in our records",
    );
}

#[test]
fn nothing_that_was_signed_can_be_changed() {
    let mut bed = Testbed::new();
    let keys = bed.keys("alice");
    let body = form("2011-06-15", "GetCallerIdentity", &[]);
    let changes: [fn(&mut crate::wire::call::Call); 4] = [
        |call| call.body = form("2011-06-15", "GetSessionToken", &[]).into(),
        |call| call.query = "a=b".to_owned(),
        |call| call.headers[0].1 = "sts.amazonaws.com".to_owned(),
        |call| call.headers[1].1 = "20270115T080001Z".to_owned(),
    ];
    for (index, change) in changes.into_iter().enumerate() {
        let mut call = bed.signed(&keys, "sts", "POST", "/", &[], body.as_bytes());
        change(&mut call);
        let reply = bed.send(&call);
        assert_eq!(reply.status, 403, "change {index}: {}", reply.text());
    }
}

#[test]
fn session_token_is_needed_and_cannot_be_made_up() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let other = bed.mfa_session("bob");
    let long_term = Keys { token: session.token.clone(), ..bed.keys("alice") };
    let stripped = Keys { token: None, ..session.clone() };
    let mut tampered = session.clone();
    tampered.token.as_mut().unwrap().replace_range(30..31, "-");
    let swapped = Keys { token: other.token, ..session };
    for keys in [&stripped, &tampered, &swapped, &long_term] {
        identity(&mut bed, keys).is_refused(403, "InvalidClientTokenId", "security token");
        bed.s3(keys, "GET", "/", &[], b"").is_refused(400, "InvalidToken", "malformed or otherwise invalid");
    }
}

#[test]
fn clock_may_be_off_by_fifteen_minutes() {
    for (skew, good) in [(-901, false), (-900, true), (900, true), (901, false)] {
        let mut bed = Testbed::new();
        let (keys, server) = (bed.keys("alice"), bed.now);
        bed.now = server + skew;
        let body = form("2011-06-15", "GetCallerIdentity", &[]);
        let sts = bed.signed(&keys, "sts", "POST", "/", &[], body.as_bytes());
        let s3 = bed.signed(&keys, "s3", "GET", "/", &[], b"");
        bed.now = server;
        let (sts, s3) = (bed.send(&sts), bed.send(&s3));
        if good {
            sts.is_ok();
            assert_eq!(s3.get("Code"), "AccessDenied", "only the missing MFA is in the way");
            continue;
        }
        let (sent, now) = (clock::basic(server + skew), clock::basic(server));
        let message = if skew < 0 {
            let limit = clock::basic(server - 900);
            format!("Signature expired: {sent} is now earlier than {limit} ({now} - 15 min.)")
        } else {
            let limit = clock::basic(server + 900);
            format!("Signature not yet current: {sent} is still later than {limit} ({now} + 15 min.)")
        };
        sts.is_refused(403, "SignatureDoesNotMatch", &message);
        s3.is_refused(
            403,
            "RequestTimeTooSkewed",
            "The difference between the request time and the current time",
        );
        assert_eq!(s3.get("ServerTime"), clock::iso(server));
    }
}

#[test]
fn scope_must_fit_the_call() {
    let mut bed = Testbed::new();
    let keys = bed.keys("alice");
    bed.query(&keys, "iam", "2011-06-15", "GetCallerIdentity", &[]).is_refused(
        403,
        "SignatureDoesNotMatch",
        "Credential should be scoped to correct service: 'sts'.",
    );
    let body = form("2011-06-15", "GetCallerIdentity", &[]);
    for (from, to, message) in [
        ("/aws4_request", "/aws5_request", "valid terminator"),
        ("/us-east-1/", "//", "valid region"),
        ("/20270115/", "/20270114/", "Date in Credential scope does not match"),
    ] {
        let mut call = bed.signed(&keys, "sts", "POST", "/", &[], body.as_bytes());
        let header = &mut call.headers.last_mut().unwrap().1;
        assert!(header.contains(from), "{header}");
        *header = header.replace(from, to);
        bed.send(&call).is_refused(403, "SignatureDoesNotMatch", message);
    }
}

#[test]
fn unsigned_and_half_signed_requests_are_told_apart() {
    let mut bed = Testbed::new();
    let keys = bed.keys("alice");
    let body = form("2011-06-15", "GetCallerIdentity", &[]);
    let mut call = bed.signed(&keys, "sts", "POST", "/", &[], body.as_bytes());
    call.headers.last_mut().unwrap().1 = "AWS4-HMAC-SHA256 Credential=x".to_owned();
    bed.send(&call).is_refused(400, "IncompleteSignature", "");
    call.headers.pop();
    bed.send(&call).is_refused(403, "MissingAuthenticationToken", "Request is missing Authentication Token");
    let mut call = bed.signed(&keys, "s3", "GET", "/demo-bucket/hello.txt", &[], b"");
    call.headers.pop();
    bed.send(&call).is_refused(403, "AccessDenied", "Access Denied");
    // Some clients still use version 2 for presigned URLs.
    call.query = "AWSAccessKeyId=AKIAIOSALICE7EXAMPLE&Signature=x&Expires=2000000000".to_owned();
    bed.send(&call).is_refused(400, "InvalidRequest", "Please use AWS4-HMAC-SHA256.");
}

#[test]
fn s3_wants_its_headers_signed_and_its_payload_true() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let mut call = bed.signed(&session, "s3", "PUT", "/demo-bucket/k", &[], b"body");
    call.headers.push(("x-amz-meta-note".to_owned(), "slipped in".to_owned()));
    bed.send(&call).is_refused(
        403,
        "AccessDenied",
        "There were headers present in the request which were not signed",
    );
    call.headers.pop();
    call.body = "other".into();
    bed.send(&call).is_refused(400, "XAmzContentSHA256Mismatch", "x-amz-content-sha256");
    bed.s3(&session, "PUT", "/demo-bucket/k", &[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")], b"body")
        .is_ok();
    call.headers.retain(|(name, _)| name != "x-amz-content-sha256");
    sign_call(&mut call, &session, "s3");
    bed.send(&call).is_refused(400, "InvalidRequest", "x-amz-content-sha256");
}
