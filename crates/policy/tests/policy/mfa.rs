//! Tests policies that enforce MFA, and those that only seem to, with every kind of caller.

use serde_json::{Value, json};

use crate::{context, decide, name};

/// Returns the policy's decisions for four callers: a bare long-term key, which has no MFA keys in its context; a
/// session without MFA; an MFA session of a minute ago; an MFA session of eleven hours ago.
fn verdicts(policy: &Value, action: &str) -> [&'static str; 4] {
    [
        context(&[]),
        context(&[("aws:MultiFactorAuthPresent", "false")]),
        context(&[("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", "60")]),
        context(&[("aws:MultiFactorAuthPresent", "true"), ("aws:MultiFactorAuthAge", "39600")]),
    ]
    .map(|context| name(&decide(policy, action, "arn:aws:s3:::a-bucket", &context)))
}

fn allow_under(condition: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}})
}

fn deny_under(condition: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Resource": "*", "Condition": condition,
         "NotAction": ["iam:EnableMFADevice", "iam:ListMFADevices", "sts:GetSessionToken"]}]})
}

const ALLOW: &str = "allow";
const DENIED: &str = "explicit deny";
const NOT_ALLOWED: &str = "implicit deny";

#[test]
fn allow_with_bool_true_is_sound() {
    let policy = allow_under(&json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}));
    assert_eq!(verdicts(&policy, "s3:ListBucket"), [NOT_ALLOWED, NOT_ALLOWED, ALLOW, ALLOW]);
}

#[test]
fn deny_with_bool_if_exists_false_is_sound() {
    let policy = deny_under(&json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}));
    assert_eq!(verdicts(&policy, "s3:ListBucket"), [DENIED, DENIED, ALLOW, ALLOW]);
    assert_eq!(verdicts(&policy, "iam:EnableMFADevice"), [ALLOW; 4], "enrolling stays possible");
}

#[test]
fn deny_with_plain_bool_false_lets_bare_keys_in() {
    let policy = deny_under(&json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}));
    assert_eq!(verdicts(&policy, "s3:ListBucket"), [ALLOW, DENIED, ALLOW, ALLOW]);
}

#[test]
fn allow_with_bool_if_exists_true_lets_bare_keys_in() {
    let policy = allow_under(&json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}));
    assert_eq!(verdicts(&policy, "s3:ListBucket"), [ALLOW, NOT_ALLOWED, ALLOW, ALLOW]);
}

#[test]
fn allow_by_age_wants_a_fresh_code() {
    let policy = allow_under(&json!({"NumericLessThan": {"aws:MultiFactorAuthAge": 3600}}));
    assert_eq!(verdicts(&policy, "s3:ListBucket"), [NOT_ALLOWED, NOT_ALLOWED, ALLOW, NOT_ALLOWED]);
}

#[test]
fn deny_by_age_needs_if_exists() {
    let sound = deny_under(&json!({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}));
    assert_eq!(verdicts(&sound, "s3:ListBucket"), [DENIED, DENIED, ALLOW, DENIED]);
    let unsound = deny_under(&json!({"NumericGreaterThan": {"aws:MultiFactorAuthAge": "3600"}}));
    assert_eq!(verdicts(&unsound, "s3:ListBucket"), [ALLOW, ALLOW, ALLOW, DENIED]);
}

#[test]
fn null_tells_an_absent_age() {
    let policy = deny_under(&json!({"Null": {"aws:MultiFactorAuthAge": "true"}}));
    assert_eq!(verdicts(&policy, "s3:ListBucket"), [DENIED, DENIED, ALLOW, ALLOW]);
    let policy = allow_under(&json!({"Null": {"aws:MultiFactorAuthAge": false}}));
    assert_eq!(verdicts(&policy, "s3:ListBucket"), [NOT_ALLOWED, NOT_ALLOWED, ALLOW, ALLOW]);
}

#[test]
fn a_misspelt_operator_never_lets_anyone_in() {
    let policy = deny_under(&json!({"BoolIfExist": {"aws:MultiFactorAuthPresent": "false"}}));
    assert_eq!(verdicts(&policy, "s3:ListBucket"), ["unsure"; 4]);
    assert_eq!(verdicts(&policy, "iam:ListMFADevices"), [ALLOW; 4], "not the statement's business");
}
