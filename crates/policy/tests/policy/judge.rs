//! Whether policies as a whole force MFA.

use awsesame_policy::{Judgement, Outcome, Policies, Policy, Subject, Verdict, judge};
use serde_json::{Value, json};

use crate::policy;

pub(crate) fn alice() -> Subject {
    Subject { partition: "aws".into(), account: "123456789012".into(), user: "alice".into() }
}

fn judged(policies: &[Value]) -> Judgement {
    within(policies, None)
}

fn within(policies: &[Value], boundary: Option<&Value>) -> Judgement {
    let policies: Vec<Policy> = policies.iter().map(policy).collect();
    let boundary = boundary.map(policy);
    let identity: Vec<&Policy> = policies.iter().collect();
    judge(
        Policies { identity: &identity, boundary: boundary.as_ref(), session: &[], ..Policies::default() },
        &alice(),
    )
}

fn statement(effect: &str, condition: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement":
        [{"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}]})
}

/// Everything, with nothing asked.
fn everything() -> Value {
    statement("Allow", &json!({}))
}

fn row(judgement: &Judgement, action: &str) -> Vec<&'static str> {
    let row = judgement.rows.iter().find(|row| row.act.action == action).expect("the action was tried");
    let word = |outcome: &Outcome| match outcome {
        Outcome::Allowed => "allowed",
        Outcome::Refused => "refused",
        Outcome::Unsure(_) => "unsure",
    };
    row.outcomes.iter().map(word).collect()
}

#[test]
fn an_allow_with_mfa_forces_it() {
    let judgement = judged(&[statement("Allow", &json!({"Bool": {"aws:MultiFactorAuthPresent": true}}))]);
    assert_eq!(judgement.verdict, Verdict::Forced);
    assert_eq!(
        row(&judgement, "s3:ListAllMyBuckets"),
        ["refused", "refused", "allowed", "allowed", "refused"]
    );
}

#[test]
fn an_age_limit_refuses_an_old_session() {
    let age = json!({"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}});
    let judgement = judged(&[statement("Allow", &age)]);
    assert_eq!(judgement.verdict, Verdict::Forced);
    assert_eq!(row(&judgement, "iam:CreateUser"), ["refused", "refused", "allowed", "refused", "refused"]);
}

#[test]
fn enrolling_may_stay_open() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Resource": "*",
        "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "sts:GetSessionToken"],
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]});
    let judgement = judged(&[everything(), deny]);
    assert_eq!(judgement.verdict, Verdict::Forced);
    assert_eq!(row(&judgement, "iam:EnableMFADevice")[0], "allowed");
    assert_eq!(row(&judgement, "iam:ListMFADevices")[0], "refused");
}

#[test]
fn what_works_without_is_named() {
    let deny = json!({"Version": "2012-10-17", "Statement": [{
        "Effect": "Deny", "Resource": "*", "NotAction": ["iam:EnableMFADevice", "iam:DeactivateMFADevice"],
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]});
    let judgement = judged(&[everything(), deny]);
    assert_eq!(judgement.verdict, Verdict::NotForced(vec!["iam:DeactivateMFADevice".into()]));
}

#[test]
fn an_allow_on_one_resource_is_found_there() {
    let reader = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": ["s3:GetObject", "dynamodb:Query"],
        "Resource": ["arn:aws:s3:::home-${aws:username}/*", "arn:aws:dynamodb:*:*:table/?a"]}});
    let judgement = judged(&[reader]);
    let expected = Verdict::NotForced(vec!["s3:GetObject".into(), "dynamodb:Query".into()]);
    assert_eq!(judgement.verdict, expected);
    let get = judgement.rows.iter().find(|row| row.act.action == "s3:GetObject").unwrap();
    assert_eq!(get.act.resource, "arn:aws:s3:::home-alice/example");
}

#[test]
fn what_depends_on_something_else_is_unsure() {
    let office = json!({"IpAddress": {"aws:SourceIp": "203.0.113.0/24"}});
    let judgement = judged(&[statement("Allow", &office)]);
    assert!(matches!(&judgement.verdict, Verdict::Unsure(actions) if actions.len() > 10));
    // Who may do nothing at all may do nothing from anywhere.
    let nobody = statement("Deny", &json!({"NotIpAddress": {"aws:SourceIp": "203.0.113.0/24"}}));
    assert_eq!(judged(&[nobody]).verdict, Verdict::NothingAllowed);
}

#[test]
fn an_unknown_operator_is_never_an_allow() {
    let judgement = judged(&[
        everything(),
        statement("Deny", &json!({"BoolIfExist": {"aws:MultiFactorAuthPresent": "false"}})),
    ]);
    assert!(matches!(judgement.verdict, Verdict::Unsure(_)));
}

#[test]
fn a_boundary_can_force_mfa_too() {
    let boundary = statement("Allow", &json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}));
    assert_eq!(within(&[everything()], Some(&boundary)).verdict, Verdict::Forced);
    assert!(matches!(within(&[everything()], None).verdict, Verdict::NotForced(_)));
    let narrow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "ec2:*", "Resource": "*"}});
    let expected = Verdict::NotForced(vec!["ec2:DescribeInstances".into(), "ec2:TerminateInstances".into()]);
    assert_eq!(within(&[everything()], Some(&narrow)).verdict, expected);
}
