//! Tests the judgment whether policies enforce MFA, for every action, resource and circumstance.

use awsesame_policy::{Credential, Policies, Policy, Proof, Verdict, decide};
use serde_json::{Value, json};

use crate::{alice, policy};

/// The time of the tests, 1 October 2026.
pub(crate) const NOW: i64 = 1_790_812_800;

pub(crate) fn proof(policies: &[Value]) -> Proof {
    let policies: Vec<Policy> = policies.iter().map(policy).collect();
    decide(&Policies::of(&policies.iter().collect::<Vec<_>>()), &alice(), NOW)
}

pub(crate) fn everything() -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
}

/// Returns a Deny without MFA of this element.
pub(crate) fn deny(element: &str, value: &Value) -> Value {
    let mut statement = json!({"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}});
    if let Some(plain) = element.strip_prefix("Not") {
        statement.as_object_mut().expect("a statement is an object").remove(plain);
    }
    statement[element] = value.clone();
    json!({"Version": "2012-10-17", "Statement": [statement]})
}

fn open(proof: &Proof) -> Vec<String> {
    proof
        .open
        .iter()
        .map(|opened| format!("{} {}/{}", opened.service, opened.actions.len(), opened.all))
        .collect()
}

#[test]
fn a_denial_of_everything_without_mfa_enforces_it() {
    let proof = proof(&[everything(), deny("Action", &json!("*"))]);
    assert_eq!(proof.verdict, Verdict::Enforced, "{proof:?}");
    assert!(!proof.rests_on_allow && !proof.nothing_allowed);
}

#[test]
fn an_allow_under_mfa_enforces_it_and_rests_on_itself() {
    let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}});
    let proof = proof(&[allow]);
    assert_eq!(proof.verdict, Verdict::Enforced, "{proof:?}");
    assert!(proof.rests_on_allow && !proof.nothing_allowed);
}

#[test]
fn nothing_at_all_is_enforced_and_told() {
    let proof = proof(&[deny("Action", &json!("*"))]);
    assert_eq!(proof.verdict, Verdict::Enforced);
    assert!(proof.nothing_allowed && !proof.rests_on_allow);
}

#[test]
fn a_denial_of_some_services_leaves_the_others() {
    let proof = proof(&[everything(), deny("Action", &json!(["iam:*", "ec2:*", "s3:*"]))]);
    assert_eq!(proof.verdict, Verdict::NotEnforced);
    let open = open(&proof);
    assert!(open.iter().any(|service| service.starts_with("dynamodb ")), "{open:?}");
    assert!(!open.iter().any(|service| service.starts_with("s3 ")), "{open:?}");
    assert!(proof.takes_over, "AssumeRoot is not of these services");
}

#[test]
fn an_exempted_service_is_open() {
    let proof = proof(&[everything(), deny("NotAction", &json!(["dynamodb:*", "iam:GetUser"]))]);
    assert_eq!(proof.verdict, Verdict::NotEnforced);
    let [dynamodb] = &proof.open[..] else { panic!("{:?}", open(&proof)) };
    assert!(dynamodb.service == "dynamodb" && dynamodb.is_whole());
    assert_eq!(proof.harmless, ["iam:GetUser"]);
}

#[test]
fn an_exempted_resource_is_open_to_the_actions_that_take_it() {
    let proof = proof(&[everything(), deny("NotResource", &json!("arn:aws:dynamodb:*:*:table/public"))]);
    assert_eq!(proof.verdict, Verdict::NotEnforced);
    for witness in &proof.witnesses {
        assert!(witness.action.starts_with("dynamodb:"), "{witness:?}");
        assert!(witness.resource.ends_with(":table/public"), "{witness:?}");
        assert_eq!(witness.credential, Credential::BareKey);
    }
}

#[test]
fn a_further_condition_is_a_way_around() {
    let mut deny = deny("Action", &json!("*"));
    deny["Statement"][0]["Condition"]["Bool"] = json!({"aws:SecureTransport": "true"});
    let proof = proof(&[everything(), deny]);
    assert_eq!(proof.verdict, Verdict::NotEnforced);
    let around = vec![("aws:SecureTransport".to_owned(), vec!["false".to_owned()])];
    assert!(proof.witnesses.iter().all(|witness| witness.circumstance == around), "{:?}", proof.witnesses[0]);
}

#[test]
fn what_nobody_here_knows_is_unsure() {
    let mut deny = deny("Action", &json!("*"));
    deny["Statement"][0]["Condition"]["NotIpAddress"] = json!({"aws:SourceIp": "203.0.113.0/24"});
    let proof = proof(&[everything(), deny]);
    assert_eq!(proof.verdict, Verdict::Unsure);
    assert!(proof.depends[0].contains("`aws:SourceIp`"), "{:?}", proof.depends);
}

#[test]
fn a_list_of_denials_may_miss_what_aws_adds() {
    let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:Assume*", "Resource": "*"}});
    let denied = json!(["sts:AssumeRole", "sts:AssumeRoot"]);
    let proof = proof(&[allow, deny("Action", &denied)]);
    assert_eq!(proof.verdict, Verdict::EnforcedToday, "{proof:?}");
    assert_eq!(proof.new_actions[0].pattern, "sts:Assume*");
}

#[test]
fn enrollment_is_a_way_to_mfa() {
    let steps = json!(["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices"]);
    let proof = proof(&[everything(), deny("NotAction", &steps)]);
    assert_eq!(proof.verdict, Verdict::ButForEnrollment, "{proof:?}");
    assert_eq!(proof.enrollment.len(), 2);
    let first = self::proof(&[everything(), deny("NotAction", &json!(["iam:CreateVirtualMFADevice"]))]);
    assert_eq!(first.verdict, Verdict::Enforced, "a device that nobody can enable is none");
}

#[test]
fn a_moment_that_is_over_does_not_come_back() {
    let dated = |operator: &str, moment: &str| {
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
            "Condition": {operator: {"aws:CurrentTime": moment}}}})
    };
    assert_eq!(proof(&[dated("DateLessThan", "2020-01-01T00:00:00Z")]).verdict, Verdict::Enforced);
    let later = proof(&[dated("DateGreaterThan", "2030-01-01T00:00:00Z")]);
    assert_eq!(later.verdict, Verdict::NotEnforced);
}

#[test]
fn sessions_that_are_revoked_are_no_help_against_a_bare_key() {
    let revoked = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-09-01T00:00:00Z"}}}});
    assert_eq!(proof(&[everything(), revoked]).verdict, Verdict::NotEnforced);
}

#[test]
fn what_iam_refuses_is_never_enforced() {
    let with_principal = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": "*"}});
    let without_resource = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*"}});
    let unknown = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"BoolIfExist": {"aws:MultiFactorAuthPresent": "false"}}}});
    let plain = json!({"Version": "2008-10-17", "Statement": {"Effect": "Deny", "Action": "s3:*",
        "Resource": "arn:aws:s3:::${aws:username}"}});
    for defective in [with_principal, without_resource, unknown, plain] {
        let proof = proof(&[everything(), deny("Action", &json!("*")), defective.clone()]);
        assert_eq!(proof.verdict, Verdict::Unsure, "{defective}");
        assert_eq!(proof.defects.len(), 1, "{defective}");
    }
}

#[test]
fn two_conditions_that_are_harmless_apart_can_close_the_way_together() {
    let only = |secure: &str| {
        let mut deny = deny("Action", &json!("*"));
        deny["Statement"][0]["Condition"]["Bool"] = json!({"aws:SecureTransport": secure});
        deny
    };
    assert_eq!(proof(&[everything(), only("true"), only("false")]).verdict, Verdict::Enforced);
}

#[test]
fn a_key_of_one_service_is_absent_from_the_others() {
    let deny = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"},
            "StringNotEquals": {"ec2:InstanceType": "t3.micro"}}}});
    let proof = proof(&[everything(), deny]);
    assert_eq!(open(&proof).len(), 1, "{:?}", open(&proof));
    assert_eq!(proof.open[0].service, "ec2");
}

#[test]
fn another_layer_closes_what_the_identity_leaves_open() {
    let everything = policy(&everything());
    let limit = policy(
        &json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}}),
    );
    let identity: &[&Policy] = &[&everything];
    let within = Policies { boundary: Some(&limit), ..Policies::of(identity) };
    assert_eq!(decide(&within, &alice(), NOW).verdict, Verdict::Enforced);
    let level: &[&Policy] = &[&limit];
    let free: &[&Policy] = &[&everything];
    let within = Policies { organization: &[free, level], ..Policies::of(identity) };
    assert_eq!(decide(&within, &alice(), NOW).verdict, Verdict::Enforced);
    let session: &[&Policy] = &[&limit];
    let within = Policies { session, ..Policies::of(identity) };
    assert_eq!(decide(&within, &alice(), NOW).verdict, Verdict::Enforced);
}
