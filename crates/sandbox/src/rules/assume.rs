//! Tests AssumeRole: who may call it, for how long, and with which parameters.

use super::{Keys, Reply, Testbed};

const ACCOUNT: &str = "arn:aws:iam::123456789012";
const NOT_AUTHORIZED: &str = "is not authorized to perform: sts:AssumeRole on resource: arn:aws:iam::";

fn assume(bed: &mut Testbed, keys: &Keys, role: &str, more: &[(&str, &str)]) -> Reply {
    let arn = if role.starts_with("arn:") { role.to_owned() } else { format!("{ACCOUNT}:role/{role}") };
    let mut fields = vec![("RoleArn", arn.as_str()), ("RoleSessionName", "test")];
    fields.extend(more);
    bed.sts(keys, "AssumeRole", &fields)
}

#[test]
fn trust_that_asks_for_mfa_refuses_bare_keys_and_plain_sessions() {
    let mut bed = Testbed::new();
    let (bare, plain, mfa) = (bed.keys("alice"), bed.plain_session("alice"), bed.mfa_session("alice"));
    assume(&mut bed, &bare, "deploy", &[]).is_refused(403, "AccessDenied", NOT_AUTHORIZED);
    assume(&mut bed, &plain, "deploy", &[]).is_refused(403, "AccessDenied", NOT_AUTHORIZED);
    let reply = assume(&mut bed, &mfa, "deploy", &[]);
    assert_eq!(reply.is_ok().get("Arn"), "arn:aws:sts::123456789012:assumed-role/deploy/test");
    let who = bed.sts(&reply.keys(), "GetCallerIdentity", &[]);
    assert_eq!(who.get("Arn"), "arn:aws:sts::123456789012:assumed-role/deploy/test");
    assert_eq!(who.get("UserId"), reply.get("AssumedRoleId"));
}

#[test]
fn trust_that_names_the_user_needs_no_other_permission() {
    let mut bed = Testbed::new();
    let (alice, dave) = (bed.keys("alice"), bed.keys("dave"));
    let keys = assume(&mut bed, &alice, "readonly", &[]).keys();
    assume(&mut bed, &dave, "readonly", &[]).is_refused(403, "AccessDenied", NOT_AUTHORIZED);
    bed.s3(&keys, "GET", "/demo-bucket/hello.txt", &[], b"").is_ok();
    bed.s3(&keys, "PUT", "/demo-bucket/hello.txt", &[], b"x").is_refused(403, "AccessDenied", "s3:PutObject");
}

#[test]
fn explicit_deny_beats_a_trust_that_names_the_user() {
    let mut bed = Testbed::new();
    let trust = Testbed::new().world.accounts["123456789012"].roles["readonly"]
        .trust
        .text
        .replace("user/carol", "user/bob");
    let role = bed.world.accounts.get_mut("123456789012").unwrap().roles.get_mut("readonly").unwrap();
    role.trust.policy = awsesame_policy::Policy::parse(&trust).unwrap();
    let bob = bed.keys("bob");
    assume(&mut bed, &bob, "readonly", &[]).is_refused(
        403,
        "AccessDenied",
        "with an explicit deny in an identity-based policy",
    );
    let session = bed.mfa_session("bob");
    assume(&mut bed, &session, "readonly", &[]).is_ok();
}

#[test]
fn code_given_with_the_call_opens_a_role_for_twelve_hours() {
    let mut bed = Testbed::new();
    // Bob's policies allow the call only with MFA; the code makes it one.
    let (keys, code) = (bed.keys("bob"), bed.code("bob", 0));
    let serial = format!("{ACCOUNT}:mfa/bob");
    let fields = [("SerialNumber", serial.as_str()), ("TokenCode", &code), ("DurationSeconds", "43200")];
    let reply = assume(&mut bed, &keys, "longhaul", &fields);
    assert_eq!(reply.is_ok().get("Expiration"), crate::clock::iso(bed.now + 43_200));
    assume(&mut bed, &keys, "longhaul", &fields).is_refused(
        403,
        "AccessDenied",
        "invalid MFA one time pass code. ",
    );
}

#[test]
fn chained_roles_end_after_an_hour_and_do_not_clamp() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    assume(&mut bed, &session, "longhaul", &[("DurationSeconds", "3601")]).is_refused(
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
    );
    assume(&mut bed, &session, "longhaul", &[("DurationSeconds", "3600")]).is_ok();
}

#[test]
fn role_s_own_maximum_holds() {
    let mut bed = Testbed::new();
    let (keys, code) = (bed.keys("alice"), bed.code("alice", 0));
    let serial = format!("{ACCOUNT}:mfa/alice");
    let fields = [("SerialNumber", serial.as_str()), ("TokenCode", &code), ("DurationSeconds", "3601")];
    assume(&mut bed, &keys, "deploy", &fields).is_refused(
        400,
        "ValidationError",
        "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
    );
    assume(&mut bed, &keys, "deploy", &[("DurationSeconds", "43201")]).is_refused(
        400,
        "ValidationError",
        "less than or equal to 43200",
    );
}

#[test]
fn chained_is_open_to_deploy_alone() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    assume(&mut bed, &session, "chained", &[]).is_refused(403, "AccessDenied", NOT_AUTHORIZED);
    let deploy = assume(&mut bed, &session, "deploy", &[]).keys();
    assume(&mut bed, &deploy, "chained", &[]).is_ok();
    // The credentials of a role contain no MFA, so a trust policy that requires it refuses them.
    assume(&mut bed, &deploy, "longhaul", &[]).is_refused(403, "AccessDenied", NOT_AUTHORIZED);
}

#[test]
fn partner_account_wants_its_external_id() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let role = "arn:aws:iam::210987654321:role/partner";
    assume(&mut bed, &session, role, &[]).is_refused(403, "AccessDenied", NOT_AUTHORIZED);
    assume(&mut bed, &session, role, &[("ExternalId", "other")]).is_refused(
        403,
        "AccessDenied",
        NOT_AUTHORIZED,
    );
    let keys = assume(&mut bed, &session, role, &[("ExternalId", "sesame-4711")]).keys();
    assert_eq!(bed.sts(&keys, "GetCallerIdentity", &[]).get("Account"), "210987654321");
    // The bucket belongs to another account, so the permissions in the role's own account do not matter.
    bed.s3(&keys, "GET", "/demo-bucket/hello.txt", &[], b"").is_refused(403, "AccessDenied", "Access Denied");
}

#[test]
fn session_policy_narrows_and_never_widens() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let policy = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*"}}"#;
    let reply = assume(&mut bed, &session, "readonly", &[("Policy", policy)]);
    assert_eq!(reply.get("PackedPolicySize"), (policy.len() * 100 / 2048).to_string());
    let keys = reply.keys();
    bed.s3(&keys, "GET", "/demo-bucket/hello.txt", &[], b"").is_ok();
    bed.s3(&keys, "PUT", "/demo-bucket/hello.txt", &[], b"x").is_refused(403, "AccessDenied", "s3:PutObject");
    bed.iam(&keys, "ListUsers", &[]).is_refused(403, "AccessDenied", "iam:ListUsers");
    assume(&mut bed, &session, "readonly", &[("Policy", "{")]).is_refused(400, "MalformedPolicyDocument", "");
    let arn = format!("{ACCOUNT}:policy/SandboxReadOnly");
    assume(&mut bed, &session, "deploy", &[("PolicyArns.member.1.arn", &arn)]).is_ok();
}

#[test]
fn session_names_tags_and_missing_fields_are_checked() {
    let mut bed = Testbed::new();
    let session = bed.mfa_session("alice");
    let role = format!("{ACCOUNT}:role/deploy");
    for (name, message) in [
        ("x", "length greater than or equal to 2"),
        ("has space", r"regular expression pattern: [\w+=,.@-]*"),
        ("", "Value null at 'roleSessionName' failed to satisfy constraint: Member must not be null"),
    ] {
        let reply = bed.sts(&session, "AssumeRole", &[("RoleArn", &role), ("RoleSessionName", name)]);
        reply.is_refused(400, "ValidationError", message);
    }
    let tags = [("Tags.member.1.Key", "project"), ("Tags.member.1.Value", "sesame")];
    assume(&mut bed, &session, "deploy", &tags).is_ok();
    // A trust policy that admits a caller does not allow tags yet.
    assume(&mut bed, &session, "readonly", &tags).is_refused(
        403,
        "AccessDenied",
        "is not authorized to perform: sts:TagSession",
    );
    assume(&mut bed, &session, "deploy", &[("Tags.member.1.Key", "project")]).is_refused(
        400,
        "ValidationError",
        "tags",
    );
    assume(&mut bed, &session, "missing", &[]).is_refused(403, "AccessDenied", NOT_AUTHORIZED);
}
