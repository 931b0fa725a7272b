//! Tests that policies are attached and removed, and that each change takes effect at once.

use super::{Keys, Testbed};

const FORCED: &str = r#"{"Version": "2012-10-17", "Statement": {
    "Effect": "Deny", "NotAction": "iam:List*", "Resource": "*",
    "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}}"#;

const BUCKETS: &str = r#"{"Version": "2012-10-17", "Statement": {
    "Effect": "Allow", "Action": ["s3:*", "iam:ListUsers", "sts:*"], "Resource": "*"}}"#;

/// Returns the keys of a user who may change policies, and a bare key whose user has everything allowed.
fn admin_and_erin(bed: &mut Testbed) -> (Keys, Keys) {
    let admin = bed.mfa_session("alice");
    bed.iam(&admin, "CreateUser", &[("UserName", "erin")]).is_ok();
    let everything = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;
    let fields = [("UserName", "erin"), ("PolicyName", "Everything"), ("PolicyDocument", everything)];
    bed.iam(&admin, "PutUserPolicy", &fields).is_ok();
    let made = bed.iam(&admin, "CreateAccessKey", &[("UserName", "erin")]);
    let erin = Keys { id: made.get("AccessKeyId"), secret: made.get("SecretAccessKey"), token: None };
    (admin, erin)
}

#[test]
fn mfa_is_forced_from_the_call_on_that_attaches_the_policy() {
    let mut bed = Testbed::new();
    let (admin, erin) = admin_and_erin(&mut bed);
    bed.iam(&erin, "ListRoles", &[]).is_ok();
    bed.s3(&erin, "GET", "/", &[], b"").is_ok();

    bed.iam(&admin, "CreateGroup", &[("GroupName", "people")]).is_ok();
    let fields = [("GroupName", "people"), ("PolicyName", "ForceMfa"), ("PolicyDocument", FORCED)];
    bed.iam(&admin, "PutGroupPolicy", &fields).is_ok();
    bed.iam(&admin, "AddUserToGroup", &[("GroupName", "people"), ("UserName", "erin")]).is_ok();
    assert!(bed.iam(&admin, "GetGroup", &[("GroupName", "people")]).text().contains("user/erin"));

    // The context of a long-term key has no MFA key, and `BoolIfExists` treats that as false.
    bed.iam(&erin, "ListRoles", &[]).is_ok();
    bed.s3(&erin, "GET", "/", &[], b"").is_refused(403, "AccessDenied", "explicit deny in an identity-based");

    let (group, user) = (("GroupName", "people"), ("UserName", "erin"));
    bed.iam(&admin, "DeleteGroup", &[group]).is_refused(409, "DeleteConflict", "delete policies first");
    bed.iam(&admin, "DeleteGroupPolicy", &[group, ("PolicyName", "ForceMfa")]).is_ok();
    bed.s3(&erin, "GET", "/", &[], b"").is_ok();
    bed.iam(&admin, "DeleteGroup", &[group]).is_refused(409, "DeleteConflict", "remove users");
    bed.iam(&admin, "RemoveUserFromGroup", &[group, user]).is_ok();
    bed.iam(&admin, "DeleteGroup", &[group]).is_ok();
    bed.iam(&admin, "DeleteUser", &[user]).is_refused(409, "DeleteConflict", "delete access keys first");
}

#[test]
fn a_boundary_limits_whatever_is_allowed() {
    let mut bed = Testbed::new();
    let (admin, erin) = admin_and_erin(&mut bed);
    let made = bed.iam(&admin, "CreatePolicy", &[("PolicyName", "Within"), ("PolicyDocument", BUCKETS)]);
    let arn = made.is_ok().get("Arn");
    let user = ("UserName", "erin");
    let bounded = [user, ("PermissionsBoundary", arn.as_str())];
    bed.iam(&admin, "PutUserPermissionsBoundary", &bounded).is_ok();
    assert_eq!(bed.iam(&admin, "GetUser", &[user]).get("PermissionsBoundaryArn"), arn);

    bed.s3(&erin, "GET", "/", &[], b"").is_ok();
    bed.iam(&erin, "ListUsers", &[]).is_ok();
    bed.iam(&erin, "ListRoles", &[]).is_refused(
        403,
        "AccessDenied",
        "because no permissions boundary allows the iam:ListRoles action",
    );
    // A boundary limits and gives nothing.
    bed.iam(&admin, "DeleteUserPolicy", &[user, ("PolicyName", "Everything")]).is_ok();
    bed.iam(&erin, "ListUsers", &[]).is_refused(403, "AccessDenied", "no identity-based policy allows");
    bed.iam(&admin, "DeletePolicy", &[("PolicyArn", &arn)]).is_refused(409, "DeleteConflict", "attached");
    bed.iam(&admin, "DeleteUserPermissionsBoundary", &[user]).is_ok();
    bed.iam(&admin, "AttachUserPolicy", &[user, ("PolicyArn", &arn)]).is_ok();
    bed.iam(&erin, "ListUsers", &[]).is_ok();
    bed.iam(&admin, "DetachUserPolicy", &[user, ("PolicyArn", &arn)]).is_ok();
    bed.iam(&admin, "DetachUserPolicy", &[user, ("PolicyArn", &arn)]).is_refused(
        404,
        "NoSuchEntity",
        "Within",
    );
    bed.iam(&admin, "DeletePolicy", &[("PolicyArn", &arn)]).is_ok();
    assert!(!bed.iam(&admin, "ListPolicies", &[]).text().contains("Within"));
}

#[test]
fn what_is_no_policy_or_too_much_of_one_is_not_taken() {
    let mut bed = Testbed::new();
    let (admin, _) = admin_and_erin(&mut bed);
    let mut put = |name: &str, document: &str| {
        let fields = [("UserName", "erin"), ("PolicyName", name), ("PolicyDocument", document)];
        bed.iam(&admin, "PutUserPolicy", &fields)
    };
    put("Broken", "{").is_refused(400, "MalformedPolicyDocument", "Syntax errors in policy");
    let long = format!(
        r#"{{"Statement": {{"Effect": "Allow", "Action": "s3:{}", "Resource": "*"}}}}"#,
        "a".repeat(2000)
    );
    put("Long", &long).is_refused(409, "LimitExceeded", "2048 bytes exceeded for user");
    bed.iam(&admin, "CreateUser", &[("UserName", "erin")]).is_refused(409, "EntityAlreadyExists", "erin");
    bed.iam(&admin, "CreateUser", &[("UserName", "two words")]).is_refused(
        400,
        "ValidationError",
        "userName",
    );
    let bare = bed.keys("alice");
    let fields = [("UserName", "erin"), ("PolicyName", "X"), ("PolicyDocument", BUCKETS)];
    bed.iam(&bare, "PutUserPolicy", &fields).is_refused(403, "AccessDenied", "iam:PutUserPolicy");
}

#[test]
fn simulator_says_what_would_be_enforced() {
    let mut bed = Testbed::new();
    let (admin, _) = admin_and_erin(&mut bed);
    let user = "arn:aws:iam::123456789012:user/bob";
    let mut ask = |keys: &[(&str, &str)], action: &str| {
        let mut fields = vec![("PolicySourceArn", user), ("ActionNames.member.1", action)];
        fields.extend(keys);
        bed.iam(&admin, "SimulatePrincipalPolicy", &fields)
    };
    let bare = ask(&[], "s3:ListAllMyBuckets");
    assert_eq!(bare.is_ok().get("EvalDecision"), "explicitDeny");
    assert!(
        bare.text().contains("<MissingContextValues><member>aws:MultiFactorAuthPresent</member>"),
        "{}",
        bare.text()
    );
    let with = [
        ("ContextEntries.member.1.ContextKeyName", "aws:multifactorauthpresent"),
        ("ContextEntries.member.1.ContextKeyType", "boolean"),
        ("ContextEntries.member.1.ContextKeyValues.member.1", "true"),
    ];
    let mfa = ask(&with, "s3:ListAllMyBuckets");
    assert_eq!(mfa.get("EvalDecision"), "allowed");
    assert!(!mfa.text().contains("<member>aws:MultiFactorAuthPresent"), "{}", mfa.text());

    let within = [("PermissionsBoundaryPolicyInputList.member.1", BUCKETS)];
    let limited = ask(&[&with[..], &within[..]].concat(), "iam:ListRoles");
    assert_eq!(limited.get("EvalDecision"), "implicitDeny");
    assert_eq!(limited.get("AllowedByPermissionsBoundary"), "false");

    let custom = [
        ("PolicyInputList.member.1", BUCKETS),
        ("ActionNames.member.1", "s3:GetObject"),
        ("ActionNames.member.2", "ec2:RunInstances"),
    ];
    let text = bed.iam(&admin, "SimulateCustomPolicy", &custom).is_ok().text();
    assert_eq!(crate::wire::xml::elements(&text, "EvalDecision"), ["allowed", "implicitDeny"]);
    let nobody =
        [("PolicySourceArn", "arn:aws:iam::123456789012:user/nobody"), ("ActionNames.member.1", "s3:*")];
    bed.iam(&admin, "SimulatePrincipalPolicy", &nobody).is_refused(404, "NoSuchEntity", "nobody");
}

#[test]
fn an_organization_binds_even_the_root_user() {
    let fixture = r#"
        [[account]]
        id = "123456789012"
        control = ['''{"Statement": [{"Effect": "Allow", "Action": ["iam:*", "sts:*"], "Resource": "*"},
            {"Effect": "Deny", "Action": "iam:ListRoles", "Resource": "*"}]}''']
        [[user]]
        name = "root"
        root = true
        access_key = { id = "AKIAIOSFODNN1EXAMPLE", secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCY1EXAMPLEKEY" }
    "#;
    let mut bed = Testbed::with(fixture);
    let root = bed.keys("root");
    bed.iam(&root, "ListUsers", &[]).is_ok();
    bed.iam(&root, "ListRoles", &[]).is_refused(
        403,
        "AccessDenied",
        "an explicit deny in a service control policy",
    );
    bed.s3(&root, "GET", "/", &[], b"").is_refused(
        403,
        "AccessDenied",
        "because no service control policy allows the s3:ListAllMyBuckets action",
    );
}
