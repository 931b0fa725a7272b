//! Tests the cost of a decision, by the number of its steps. Hostile policies are decided in limited time or not at
//! all.

use std::time::{Duration, Instant};

use awsesame_policy::{
    Policies, Policy, Proof, Purpose, Verdict, Whose, closed_by, decide, findings, listed, table,
};
use serde_json::{Value, json};

use crate::alice;
use crate::decide::{NOW, deny, everything};
use crate::policy;

/// Returns a policy of the largest size that AWS allows. It names every fourth reading action.
fn large(from: usize) -> Value {
    let actions: Vec<String> = listed().map(|one| one.action).skip(from).step_by(7).collect();
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
}

fn took(texts: &[Value]) -> (Proof, Duration) {
    let policies: Vec<Policy> = texts.iter().map(policy).collect();
    let identity: Vec<&Policy> = policies.iter().collect();
    let (since, spent) = (Instant::now(), on_processor());
    let proof = decide(&Policies::of(&identity), &alice(), NOW);
    // The time of this thread alone, if the system measures it: other programs do not count.
    let took = spent.and_then(|spent| on_processor()?.checked_sub(spent)).unwrap_or_else(|| since.elapsed());
    (proof, took)
}

/// Returns the time for which this thread has used a processor, as the kernel reports it.
fn on_processor() -> Option<Duration> {
    let told = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    told.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Generous, for crowded machines: only what never ends is to fail by it.
const SLACK: Duration = Duration::from_secs(10);

#[test]
fn ten_policies_of_awss_largest_kind_take_a_few_steps_for_each_action() {
    let mut texts: Vec<Value> = (0..10).map(large).collect();
    let (open, time) = took(&texts);
    eprintln!("ten large, open: {} steps, {time:?}", open.steps);
    assert_eq!(open.verdict, Verdict::NotEnforced);
    texts.push(deny("Action", &json!("*")));
    let (shut, time) = took(&texts);
    eprintln!("ten large, shut: {} steps, {time:?}", shut.steps);
    let (again, time) = took(&texts);
    eprintln!("the same with the list at hand: {} steps, {time:?}", again.steps);
    assert_eq!(shut.verdict, Verdict::Enforced);
    let named: u64 = 10 * 3_200 + 22_100;
    for steps in [open.steps, shut.steps] {
        assert!(steps < 4 * named, "{steps}");
    }
}

#[test]
fn what_one_denial_closes_for_most_services_takes_a_step_for_each_of_them() {
    let own = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "iam:*",
        "Resource": "arn:aws:iam::*:user/${aws:username}"}});
    let (proof, _) = took(&[own, deny("NotAction", &json!(["iam:GetUser", "iam:ListMFADevices"]))]);
    assert_eq!(proof.verdict, Verdict::Enforced, "{proof:?}");
    assert!(proof.steps < 8_000, "{}", proof.steps);
}

#[test]
fn ten_times_as_many_actions_take_ten_times_as_many_steps() {
    let named = |count: usize| {
        let actions: Vec<String> = (0..count).map(|number| format!("s3:Action{number}Of{number}")).collect();
        json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
    };
    let (few, _) = took(&[named(5_000)]);
    let (many, time) = took(&[named(50_000)]);
    eprintln!("5,000: {} steps, 50,000: {} steps, {time:?}", few.steps, many.steps);
    assert_eq!(many.verdict, Verdict::EnforcedToday, "none of these actions exists");
    assert!(many.steps <= 10 * few.steps, "{} and {}", few.steps, many.steps);
}

#[test]
fn all_that_a_check_does_grows_with_the_names_and_no_faster() {
    let mut texts: Vec<Value> = (0..10).map(large).collect();
    let (few, _) = checked(&texts[..1]);
    let (many, open) = checked(&texts);
    let (same, again) = checked(&texts);
    texts.push(deny("Action", &json!("*")));
    let (_, shut) = checked(&texts);
    eprintln!("ten large, with all that is told: open {open:?}, again {again:?}, shut {shut:?}");
    assert_eq!(many, same);
    assert!(!few.is_empty(), "a boundary closes it");
    // If MFA is not enforced, the check also proves a correction, which takes longer.
    assert!(again < 6 * shut.max(Duration::from_millis(8)), "{again:?} and {shut:?}");
}

/// Computes everything that `policy check` does, from the texts. Returns the drafts that would close the open actions,
/// and the time.
fn checked(texts: &[Value]) -> (Vec<Purpose>, Duration) {
    let texts: Vec<String> = texts.iter().map(Value::to_string).collect();
    let (begun, since) = (Instant::now(), on_processor());
    let policies: Vec<Policy> = texts.iter().map(|text| Policy::parse(text).expect("a policy")).collect();
    let identity: Vec<&Policy> = policies.iter().collect();
    let judged = Policies::of(&identity);
    let proof = decide(&judged, &alice(), NOW);
    assert_eq!(table(&judged, &alice()).len(), 28);
    let open = !proof.verdict.is_enforced();
    let closing = if open { closed_by(&judged, &alice(), Whose::Known, NOW) } else { Vec::new() };
    let found = policies.iter().zip(&texts).map(|(policy, text)| findings(policy, text, &alice()).len());
    assert_eq!(found.sum::<usize>(), 0);
    let took = since.and_then(|since| on_processor()?.checked_sub(since)).unwrap_or_else(|| begun.elapsed());
    (closing, took)
}

#[test]
fn names_with_stars_are_read_as_fast_as_others() {
    for form in ["s3:Action{}*", "ec2:{}*", "iam:Get{}*"] {
        let named = |count: usize| {
            let actions: Vec<String> =
                (0..count).map(|number| form.replace("{}", &number.to_string())).collect();
            json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": actions, "Resource": "*"}})
        };
        let ((few, _), (many, time)) = (took(&[named(5_000)]), took(&[named(50_000)]));
        eprintln!("{form}: {} and {} steps, {time:?}", few.steps, many.steps);
        assert!(
            many.verdict == Verdict::EnforcedToday || many.verdict == Verdict::Unsure,
            "{:?}",
            many.verdict
        );
        assert!(many.steps <= 12 * few.steps, "{} and {}", few.steps, many.steps);
    }
}

#[test]
fn thousands_of_statements_that_are_wrong_are_told_in_bounded_time() {
    let wrong = |number: usize| {
        json!({"Sid": format!("S{number}"), "Effect": "Deny", "NotAction": format!("s3:Get{number}*"), "Resource": "*",
            "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}})
    };
    let statements: Vec<Value> = (0..20_000).map(wrong).collect();
    let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
    let since = on_processor();
    let found = findings(&Policy::parse(&text).expect("a policy"), &text, &alice());
    let time = since.and_then(|since| on_processor()?.checked_sub(since)).unwrap_or_default();
    eprintln!("{} findings in {time:?}", found.len());
    assert!((100..1_000).contains(&found.len()), "{}", found.len());
    assert!(found[0].mended.is_some() && found.last().is_some_and(|last| last.mended.is_none()));
    assert!(time < SLACK, "{time:?}");
    let (proof, time) = took(&[everything(), serde_json::from_str(&text).expect("JSON")]);
    eprintln!("{:?} after {time:?}", proof.verdict);
    assert!(!proof.verdict.is_enforced() && time < SLACK, "{:?} after {time:?}", proof.verdict);
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
        let (Proof { verdict, steps, .. }, time) = took(std::slice::from_ref(&hostile));
        eprintln!("hostile: {verdict:?} in {steps} steps, {time:?}");
        assert!(steps <= 12_000_000, "{steps}");
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
