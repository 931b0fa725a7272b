//! Tests actions and resources, and which statement takes precedence.

use awsesame_policy::{Context, Decision, Request, evaluate};
use serde_json::{Value, json};

use crate::{decide, name, policy};

const DO: &str = "s3:GetObject";
const OBJECT: &str = "arn:aws:s3:::b/k";

#[test]
fn actions_match_by_pattern_whatever_their_case() {
    for (element, pattern, action, expected) in [
        ("Action", json!("s3:GetObject"), "S3:getobject", "allow"),
        ("Action", json!("s3:getobject"), "s3:GetObject", "allow"),
        ("Action", json!("s3:GetObject"), "s3:GetObjectAcl", "implicit deny"),
        ("Action", json!("s3:Get*"), "s3:GetObjectAcl", "allow"),
        ("Action", json!("s3:*Object"), "s3:PutObject", "allow"),
        ("Action", json!("iam:*AccessKey*"), "iam:ListAccessKeys", "allow"),
        ("Action", json!("iam:?etUser"), "iam:GetUser", "allow"),
        ("Action", json!("iam:?GetUser"), "iam:GetUser", "implicit deny"),
        ("Action", json!("*"), "sts:AssumeRole", "allow"),
        ("Action", json!(["s3:*", "sts:*"]), "sts:AssumeRole", "allow"),
        ("NotAction", json!(["s3:*", "sts:*"]), "sts:AssumeRole", "implicit deny"),
        ("NotAction", json!("s3:*"), "sts:AssumeRole", "allow"),
    ] {
        let policy = json!({"Statement": {"Effect": "Allow", element: pattern, "Resource": "*"}});
        let decision = decide(&policy, action, "*", &Context::new());
        assert_eq!(name(&decision), expected, "{element} {pattern} {action}");
    }
}

#[test]
fn resources_match_by_pattern_and_case() {
    for (element, pattern, resource, expected) in [
        ("Resource", json!("*"), "arn:aws:s3:::b/k", "allow"),
        ("Resource", json!("arn:aws:s3:::b/*"), "arn:aws:s3:::b/k/l", "allow"),
        ("Resource", json!("arn:aws:s3:::b/*"), "arn:aws:s3:::b", "implicit deny"),
        ("Resource", json!("arn:aws:s3:::B/*"), "arn:aws:s3:::b/k", "implicit deny"),
        ("Resource", json!("arn:aws:s3:::b/?"), "arn:aws:s3:::b/ü", "allow"),
        ("Resource", json!("arn:aws:s3*"), "arn:aws:s3:::b", "allow"),
        ("Resource", json!("arn:aws:logs:*:*:log-group:*"), "arn:aws:logs:x:1:log-group:y", "allow"),
        ("Resource", json!("arn:aws:iam::1:u*"), "arn:aws:iam::1:user/alice", "unsure"),
        ("Resource", json!("arn:aws:iam::1:u*"), "arn:aws:iam::1:role/alice", "implicit deny"),
        ("NotResource", json!("arn:aws:iam::1:u*"), "arn:aws:iam::1:user/alice", "unsure"),
        ("Resource", json!("arn:aws:iam::1:*"), "arn:aws:iam::1:user/alice", "allow"),
        ("Resource", json!("arn:aws:s3:::b/*"), "*", "implicit deny"),
        ("Resource", json!(["arn:aws:s3:::a", "arn:aws:s3:::b"]), "arn:aws:s3:::b", "allow"),
        ("NotResource", json!(["arn:aws:s3:::a", "arn:aws:s3:::b"]), "arn:aws:s3:::b", "implicit deny"),
        ("NotResource", json!("arn:aws:s3:::a"), "arn:aws:s3:::b", "allow"),
    ] {
        let policy = json!({"Statement": {"Effect": "Allow", "Action": "*", element: pattern}});
        let decision = decide(&policy, DO, resource, &Context::new());
        assert_eq!(name(&decision), expected, "{element} {pattern} {resource}");
    }
}

fn statement(effect: &str, action: &str, known: bool) -> Value {
    let operator = if known { "Null" } else { "Riddle" };
    json!({"Effect": effect, "Action": action, "Resource": "*",
        "Condition": {operator: {"app:Absent": "true"}}})
}

#[test]
fn denials_win_and_doubts_yield_only_to_what_settles_them() {
    let (allow, deny) = (statement("Allow", "s3:*", true), statement("Deny", "s3:*", true));
    let (may_allow, may_deny) = (statement("Allow", "s3:*", false), statement("Deny", "s3:*", false));
    let elsewhere = statement("Deny", "iam:*", false);
    for (statements, expected) in [
        (vec![&allow], "allow"),
        (vec![&elsewhere], "implicit deny"),
        (vec![&allow, &deny], "explicit deny"),
        (vec![&deny, &allow], "explicit deny"),
        (vec![&deny], "explicit deny"),
        (vec![&may_allow], "unsure"),
        (vec![&may_allow, &allow], "allow"),
        (vec![&may_allow, &deny], "explicit deny"),
        (vec![&allow, &may_deny], "unsure"),
        (vec![&may_deny, &allow, &deny], "explicit deny"),
        (vec![&may_deny], "unsure"),
        (vec![&allow, &elsewhere], "allow"),
    ] {
        let together = json!({"Statement": statements});
        let decision = decide(&together, DO, OBJECT, &Context::new());
        assert_eq!(name(&decision), expected, "{together}");

        let apart: Vec<_> = statements.iter().map(|s| policy(&json!({"Statement": s}))).collect();
        let request = Request { action: DO, resource: OBJECT, principal: None, context: &Context::new() };
        let decision = evaluate(&apart.iter().collect::<Vec<_>>(), &request);
        assert_eq!(name(&decision), expected, "{together}, each in its own policy");
    }
}

#[test]
fn no_policy_at_all_allows_nothing() {
    let request = Request { action: DO, resource: OBJECT, principal: None, context: &Context::new() };
    assert_eq!(evaluate(&[], &request), Decision::ImplicitDeny);
}

#[test]
fn only_a_certain_allow_is_allowed() {
    assert!(Decision::Allow.is_allowed());
    for refusal in [Decision::ExplicitDeny, Decision::ImplicitDeny, Decision::Unsure(String::new())] {
        assert!(!refusal.is_allowed(), "{refusal:?}");
    }
}

#[test]
fn a_trust_policy_is_no_identity_policy() {
    let trust = json!({"Statement":
        {"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}});
    let unsure = |reason: &str| Decision::Unsure(format!("statement 1: {reason}"));
    let context = Context::new();
    assert_eq!(decide(&trust, DO, OBJECT, &context), unsure("an identity policy names no principal"));
    let bare = json!({"Statement": {"Effect": "Allow", "Action": "*"}});
    assert_eq!(decide(&bare, DO, OBJECT, &context), unsure("an identity policy must name a resource"));
}

#[test]
fn keys_forget_their_case_and_their_former_values() {
    let mut context = Context::new();
    context.set("aws:UserName", "alice");
    context.set("AWS:username", "bob");
    assert_eq!(context.get("aws:username"), Some(&["bob".to_owned()][..]));
    context.set_many("aws:username", Vec::new());
    assert_eq!(context.get("aws:UserName"), None);
}
