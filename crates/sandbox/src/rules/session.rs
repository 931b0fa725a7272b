//! Tests GetSessionToken, GetCallerIdentity, and the permissions of sessions.

use super::Testbed;

const ALICE: &str = "arn:aws:iam::123456789012:mfa/alice";
const WRONG_CODE: &str = "MultiFactorAuthentication failed with invalid MFA one time pass code. ";
const WRONG_SERIAL: &str = "MultiFactorAuthentication failed, unable to validate MFA code.  Please verify your MFA \
                            serial number is valid and associated with this user.";

#[test]
fn session_is_given_for_a_code_and_ends_when_it_says() {
    let mut bed = Testbed::new();
    let (keys, code) = (bed.keys("alice"), bed.code("alice", 0));
    let fields = [("SerialNumber", ALICE), ("TokenCode", &code), ("DurationSeconds", "900")];
    let reply = bed.sts(&keys, "GetSessionToken", &fields);
    assert_eq!(reply.get("Expiration"), crate::clock::iso(bed.now + 900));
    let session = reply.keys();
    assert!(session.id.starts_with("ASIA"));
    bed.now += 899;
    let who = bed.sts(&session, "GetCallerIdentity", &[]);
    assert_eq!(who.is_ok().get("Arn"), "arn:aws:iam::123456789012:user/alice");
    bed.now += 1;
    let expired = "The security token included in the request is expired";
    bed.sts(&session, "GetCallerIdentity", &[]).is_refused(403, "ExpiredToken", expired);
    bed.iam(&session, "ListUsers", &[]).is_refused(403, "ExpiredToken", expired);
    bed.s3(&session, "GET", "/", &[], b"").is_refused(400, "ExpiredToken", "The provided token has expired.");
}

#[test]
fn wrong_and_reused_codes_get_the_same_answer() {
    let mut bed = Testbed::new();
    let (keys, code) = (bed.keys("alice"), bed.code("alice", 0));
    let wrong = format!("{:06}", (code.parse::<u32>().unwrap() + 1) % 1_000_000);
    let fields = |code| [("SerialNumber", ALICE), ("TokenCode", code)];
    bed.sts(&keys, "GetSessionToken", &fields(&wrong)).is_refused(403, "AccessDenied", WRONG_CODE);
    bed.sts(&keys, "GetSessionToken", &fields(&code)).is_ok();
    bed.sts(&keys, "GetSessionToken", &fields(&code)).is_refused(403, "AccessDenied", WRONG_CODE);
}

#[test]
fn codes_of_the_neighbouring_steps_are_taken_and_no_others() {
    for (offset, good) in [(-2, false), (-1, true), (1, true), (2, false)] {
        let mut bed = Testbed::new();
        let (keys, code) = (bed.keys("alice"), bed.code("alice", offset));
        let reply = bed.sts(&keys, "GetSessionToken", &[("SerialNumber", ALICE), ("TokenCode", &code)]);
        assert_eq!(reply.status == 200, good, "offset {offset}");
    }
}

#[test]
fn serial_numbers_of_others_of_security_keys_and_of_nobody_are_refused_alike() {
    let mut bed = Testbed::new();
    let (keys, code) = (bed.keys("carol"), bed.code("alice", 0));
    for serial in [
        ALICE,
        "arn:aws:iam::123456789012:mfa/nobody",
        "arn:aws:iam::123456789012:u2f/user/carol/security-key-EXAMPLE",
    ] {
        let reply = bed.sts(&keys, "GetSessionToken", &[("SerialNumber", serial), ("TokenCode", &code)]);
        reply.is_refused(403, "AccessDenied", WRONG_SERIAL);
    }
    bed.mfa_session("carol");
}

#[test]
fn malformed_codes_and_durations_are_named() {
    let mut bed = Testbed::new();
    let keys = bed.keys("alice");
    for (field, value, message) in [
        (
            "TokenCode",
            "12345",
            "Value '12345' at 'tokenCode' failed to satisfy constraint: Member must have length greater than or equal \
             to 6",
        ),
        (
            "TokenCode",
            "1234567",
            "Value '1234567' at 'tokenCode' failed to satisfy constraint: Member must have length less than or equal to 6",
        ),
        (
            "TokenCode",
            "12345x",
            r"Value '12345x' at 'tokenCode' failed to satisfy constraint: Member must satisfy regular expression pattern: [\d]*",
        ),
        (
            "DurationSeconds",
            "899",
            "1 validation error detected: Value '899' at 'durationSeconds' failed to satisfy constraint: Member must \
             have value greater than or equal to 900",
        ),
        (
            "DurationSeconds",
            "129601",
            "Value '129601' at 'durationSeconds' failed to satisfy constraint: Member must have value less than or \
             equal to 129600",
        ),
    ] {
        let reply = bed.sts(&keys, "GetSessionToken", &[("SerialNumber", ALICE), (field, value)]);
        reply.is_refused(400, "ValidationError", message);
    }
    bed.sts(&keys, "GetSessionToken", &[("TokenCode", "1"), ("DurationSeconds", "1")]).is_refused(
        400,
        "ValidationError",
        "2 validation errors detected: ",
    );
    bed.sts(&keys, "GetSessionToken", &[("SerialNumber", ALICE)]).is_refused(
        403,
        "AccessDenied",
        "must provide both",
    );
    bed.min_duration = 1;
    bed.sts(&keys, "GetSessionToken", &[("DurationSeconds", "1")]).is_ok();
}

#[test]
fn shortened_session_ends_early_whatever_was_asked_for() {
    let mut bed = Testbed::new();
    bed.world.lifetime = Some(5);
    let session = bed.mfa_session("alice");
    bed.sts(&session, "GetCallerIdentity", &[]).is_ok();
    bed.now += 5;
    bed.sts(&session, "GetCallerIdentity", &[]).is_refused(403, "ExpiredToken", "expired");
}

#[test]
fn session_cannot_get_a_session() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let role = bed
        .sts(
            &session,
            "AssumeRole",
            &[("RoleArn", "arn:aws:iam::123456789012:role/deploy"), ("RoleSessionName", "test")],
        )
        .keys();
    for keys in [&session, &role] {
        let reply = bed.sts(keys, "GetSessionToken", &[]);
        reply.is_refused(403, "AccessDenied", "Cannot call GetSessionToken with session credentials");
    }
    bed.sts(&session, "GetAccessKeyInfo", &[("AccessKeyId", "AKIAIOSALICE7EXAMPLE")]).is_refused(
        403,
        "AccessDenied",
        "Cannot call GetAccessKeyInfo with session credentials",
    );
    let info = bed.sts(&role, "GetAccessKeyInfo", &[("AccessKeyId", "AKIAIOSALICE7EXAMPLE")]);
    assert_eq!(info.is_ok().get("Account"), "123456789012");
}

#[test]
fn session_without_mfa_reaches_no_iam_and_opens_nothing_behind_mfa() {
    let mut bed = Testbed::new();
    let session = bed.plain_session("alice");
    bed.sts(&session, "GetCallerIdentity", &[]).is_ok();
    bed.iam(&session, "ListUsers", &[]).is_refused(403, "InvalidClientTokenId", "security token");
    bed.s3(&session, "GET", "/demo-bucket/hello.txt", &[], b"").is_refused(
        403,
        "AccessDenied",
        "s3:GetObject",
    );
}

/// Tests the two correct patterns of policies, which alice and bob have.
#[test]
fn mfa_opens_what_bare_keys_and_plain_sessions_cannot() {
    for user in ["alice", "bob"] {
        let mut bed = Testbed::new();
        let (bare, plain, mfa) = (bed.keys(user), bed.plain_session(user), bed.mfa_session(user));
        for (keys, open) in [(&bare, false), (&plain, false), (&mfa, true)] {
            let reply = bed.s3(keys, "GET", "/demo-bucket/hello.txt", &[], b"");
            assert_eq!(reply.status == 200, open, "{user}: {}", reply.text());
        }
    }
    let mut bed = Testbed::new();
    let alice = bed.keys("alice");
    bed.iam(&alice, "ListUsers", &[]).is_refused(
        403,
        "AccessDenied",
        "User: arn:aws:iam::123456789012:user/alice is not authorized to perform: iam:ListUsers on resource: \
         arn:aws:iam::123456789012:user/ because no identity-based policy allows the iam:ListUsers action",
    );
    let bob = bed.keys("bob");
    bed.iam(&bob, "ListUsers", &[]).is_refused(
        403,
        "AccessDenied",
        "with an explicit deny in an identity-based policy",
    );
    bed.iam(&bob, "ListMFADevices", &[]).is_ok();
}

#[test]
fn root_gets_an_hour_at_most_and_no_role() {
    let fixture = r#"
        account = [{ id = "123456789012" }]
        [[user]]
        name = "root"
        root = true
        access_key = { id = "AKIAIOSFROOT7EXAMPLE", secret = "secret" }
    "#;
    let mut bed = Testbed::with(fixture);
    let keys = bed.keys("root");
    let reply = bed.sts(&keys, "GetSessionToken", &[("DurationSeconds", "43200")]);
    assert_eq!(reply.is_ok().get("Expiration"), crate::clock::iso(bed.now + 3600));
    let who = bed.sts(&keys, "GetCallerIdentity", &[]);
    assert_eq!(who.get("Arn"), "arn:aws:iam::123456789012:root");
    bed.sts(&keys, "AssumeRole", &[]).is_refused(
        403,
        "AccessDenied",
        "Roles may not be assumed by root accounts.",
    );
}

/// AWS revokes sessions with a policy that denies everything to credentials from before a given time.
#[test]
fn older_sessions_of_a_role_can_be_revoked() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let role = [("RoleArn", "arn:aws:iam::123456789012:role/deploy"), ("RoleSessionName", "test")];
    let old = bed.sts(&session, "AssumeRole", &role).keys();
    bed.now += 60;
    let policy = format!(
        r#"{{"Version":"2012-10-17","Statement":{{"Effect":"Deny","Action":"*","Resource":"*",
        "Condition":{{"DateLessThan":{{"aws:TokenIssueTime":"{}"}}}}}}}}"#,
        crate::clock::iso(bed.now)
    );
    let fields = [
        ("RoleName", "deploy"),
        ("PolicyName", "AWSRevokeOlderSessions"),
        ("PolicyDocument", policy.as_str()),
    ];
    bed.iam(&old, "PutRolePolicy", &fields).is_ok();
    bed.iam(&old, "ListUsers", &[]).is_refused(403, "AccessDenied", "with an explicit deny");
    let new = bed.sts(&session, "AssumeRole", &role).keys();
    bed.iam(&new, "ListUsers", &[]).is_ok();
}

#[test]
fn condition_for_calls_through_a_service_is_false() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*",
        "Condition":{"Bool":{"aws:ViaAWSService":"false"}}}}"#;
    let fields = [("UserName", "alice"), ("PolicyName", "OnlyServices"), ("PolicyDocument", policy)];
    bed.iam(&session, "PutUserPolicy", &fields).is_ok();
    let refused = bed.s3(&session, "GET", "/demo-bucket/hello.txt", &[], b"");
    refused.is_refused(403, "AccessDenied", "with an explicit deny");
}
