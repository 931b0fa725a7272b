//! How long a decision takes, and that hostile policies are decided in bounded time or not at all.

use std::time::{Duration, Instant};

use awsesame_policy::{Policies, Policy, Verdict, decide, listed};
use serde_json::{Value, json};

use crate::alice;
use crate::decide::{NOW, deny, everything};
use crate::policy;

/// A policy of AWS's largest kind: it names every fourth action that reads, one by one.
fn large(from: usize) -> Value {
    let actions: Vec<String> = listed().map(|one| one.action).skip(from).step_by(7).collect();
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
}

fn took(texts: &[Value]) -> (Verdict, Duration) {
    let policies: Vec<Policy> = texts.iter().map(policy).collect();
    let identity: Vec<&Policy> = policies.iter().collect();
    let since = Instant::now();
    let verdict = decide(&Policies::of(&identity), &alice(), NOW).verdict;
    (verdict, since.elapsed())
}

/// Generous, for crowded machines: what it takes on a quiet one stands in the docs.
const SLACK: Duration = Duration::from_secs(10);

#[test]
fn ten_policies_of_awss_largest_kind_are_decided_at_once() {
    let mut texts: Vec<Value> = (0..10).map(large).collect();
    let (verdict, time) = took(&texts);
    eprintln!("ten large, open: {time:?}");
    assert_eq!(verdict, Verdict::NotEnforced);
    assert!(time < SLACK, "{time:?}");
    texts.push(deny("Action", &json!("*")));
    let (verdict, time) = took(&texts);
    eprintln!("ten large, shut: {time:?}");
    assert_eq!(verdict, Verdict::Enforced);
    assert!(time < SLACK, "{time:?}");
}

#[test]
fn fifty_thousand_actions_take_little_longer_than_their_share() {
    let named = |count: usize| {
        let actions: Vec<String> = (0..count).map(|number| format!("s3:Action{number}Of{number}")).collect();
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
    };
    let (_, few) = took(&[named(5_000)]);
    let (verdict, many) = took(&[named(50_000)]);
    eprintln!("5,000: {few:?}, 50,000: {many:?}");
    assert_eq!(verdict, Verdict::EnforcedToday, "none of these actions exists");
    assert!(many < SLACK, "{many:?}");
}

#[test]
fn what_is_too_tangled_is_unsure_in_bounded_time() {
    let stars = |place: usize| format!("s3:*{}*{}*{}*", place % 7, place % 11, place % 13);
    let actions: Vec<String> = (0..10_000).map(stars).collect();
    let resources: Vec<String> =
        (0..300).map(|place| format!("arn:aws:s3:::*{}*a{}*b{}*", place % 7, place % 11, place)).collect();
    let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}});
    let narrow = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "NotResource": resources},
        {"Effect": "Deny", "Action": "*", "Resource": resources, "Condition": {"Bool": {"aws:SecureTransport": "true"}}}]});
    let conditions: Vec<Value> = (0..40).map(|place| {
        json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {"StringLike": {
            format!("aws:RequestTag/k{}", place % 9): (0..40).map(|value| format!("*{value}*{place}*")).collect::<Vec<_>>()}}})
    }).collect();
    let mut tangled = everything();
    tangled["Statement"] =
        Value::Array(conditions.into_iter().chain([tangled["Statement"].clone()]).collect());
    for hostile in [allow, narrow, tangled] {
        let (verdict, time) = took(std::slice::from_ref(&hostile));
        eprintln!("hostile: {verdict:?} in {time:?}");
        assert!(!verdict.is_enforced() || verdict == Verdict::EnforcedToday, "{verdict:?}");
        assert!(time < SLACK, "{time:?}");
    }
}

#[test]
fn deep_nesting_is_an_error() {
    let text = "[".repeat(200_000);
    assert!(Policy::parse(&text).is_err());
    let text = format!("{{\"Statement\":{}", "{\"Statement\":".repeat(100_000));
    assert!(Policy::parse(&text).is_err());
}
