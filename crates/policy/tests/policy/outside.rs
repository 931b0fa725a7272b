//! Compares the evaluator with an independent one that was written from AWS's documentation,
//! `@cloud-copilot/iam-simulate`. It is a separate program, and runs only if it is installed. `AWSESAME_LONG=1` tries
//! fifty times as many cases.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use awsesame_policy::{Context, Policies, Policy, Request};
use serde_json::{Value, json};

use crate::need::{need, npm, skip};
use crate::random::{Dice, random_policy, scale};
use crate::{name, policy};

const PACKAGE: &str = "@cloud-copilot/iam-simulate";

/// The maximum time that it may take for all cases.
const LIMIT: Duration = Duration::from_mins(10);

const OPERATORS: [&str; 22] = [
    "StringEquals",
    "StringNotEquals",
    "StringEqualsIgnoreCase",
    "StringNotEqualsIgnoreCase",
    "StringLike",
    "StringNotLike",
    "NumericEquals",
    "NumericNotEquals",
    "NumericLessThan",
    "NumericLessThanEquals",
    "NumericGreaterThan",
    "NumericGreaterThanEquals",
    "DateEquals",
    "DateNotEquals",
    "DateLessThan",
    "DateGreaterThanEquals",
    "Bool",
    "IpAddress",
    "NotIpAddress",
    "ArnLike",
    "ArnNotLike",
    "Null",
];

/// Keys, each with the values that policies and requests have for it.
const KEYS: [(&str, &[&str]); 7] = [
    ("aws:MultiFactorAuthPresent", &["true", "false"]),
    ("aws:MultiFactorAuthAge", &["60", "3600", "7200"]),
    ("aws:username", &["alice", "Alice", "al*", "bob", "${aws:username}"]),
    ("aws:CurrentTime", &["2026-10-01T00:00:00Z", "2026-10-02T00:00:00Z"]),
    ("aws:SourceIp", &["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "2001:db8::1"]),
    ("aws:TagKeys", &["a", "b", "c*", "?"]),
    (
        "aws:PrincipalArn",
        &["arn:aws:iam::123456789012:user/alice", "arn:aws:iam::*:user/a*", "arn:aws:iam::*:role/*"],
    ),
];

/// Returns the operators that are reasonable for a key. With others, IAM itself gives different results.
fn fits(operator: &str, key: &str) -> bool {
    match key {
        "aws:MultiFactorAuthPresent" => ["Bool", "Null"].contains(&operator),
        "aws:MultiFactorAuthAge" => operator.starts_with("Numeric") || operator == "Null",
        "aws:CurrentTime" => operator.starts_with("Date"),
        "aws:SourceIp" => operator.ends_with("IpAddress"),
        "aws:PrincipalArn" => operator.starts_with("Arn"),
        _ => operator.starts_with("String") || operator == "Null",
    }
}

fn condition(dice: &mut Dice) -> Value {
    let mut block = json!({});
    for _ in 0..dice.roll(3) {
        let (key, values) = *dice.one(&KEYS);
        let operator = *dice.one(&OPERATORS);
        if !fits(operator, key) {
            continue;
        }
        let several = key == "aws:TagKeys" && operator != "Null";
        let sets = if several { &["ForAllValues:", "ForAnyValue:"][..] } else { &[""] };
        let exists = if operator == "Null" { &[""][..] } else { &["", "IfExists"] };
        let full = format!("{}{operator}{}", dice.one(sets), dice.one(exists));
        let values: Vec<&str> = match operator {
            "Null" => vec![*dice.one(&["true", "false"])],
            _ => (0..=dice.roll(2)).map(|_| *dice.one(values)).collect(),
        };
        block[full] = json!({key: values});
    }
    block
}

fn other_policy(dice: &mut Dice) -> Value {
    let statements: Vec<Value> = (0..=dice.roll(3))
        .map(|_| {
            json!({
                "Effect": dice.one(&["Allow", "Allow", "Deny"]),
                *dice.one(&["Action", "Action", "NotAction"]):
                    [*dice.one(&["*", "s3:*", "s3:Get*", "S3:getobject", "iam:*", "iam:?reate*", "ec2:Describe*"])],
                *dice.one(&["Resource", "Resource", "NotResource"]):
                    [*dice.one(&["*", "arn:aws:s3:::data/*", "arn:aws:s3:::${aws:username}/*", "arn:aws:iam::*:user/*",
                        "arn:aws:s3:::d?ta/x", "arn:*:s3:*:*:*"])],
                "Condition": condition(dice),
            })
        })
        .collect();
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// A request, with the policies that are evaluated.
struct Case {
    text: Value,
    ours: &'static str,
}

fn case(seed: u64) -> Case {
    let dice = &mut Dice::new(seed + 4711);
    let some = |dice: &mut Dice| if dice.roll(2) == 0 { random_policy(dice) } else { other_policy(dice) };
    let identity: Vec<Value> = (0..=dice.roll(2)).map(|_| some(dice)).collect();
    let boundary = (dice.roll(4) == 0).then(|| some(dice));
    let control = (dice.roll(4) == 0).then(|| some(dice));
    let (action, resource) = *dice.one(&[
        ("s3:GetObject", "arn:aws:s3:::data/x"),
        ("s3:GetObject", "arn:aws:s3:::alice/x"),
        ("s3:ListBucket", "arn:aws:s3:::data"),
        ("iam:CreateUser", "arn:aws:iam::123456789012:user/alice"),
        ("iam:ListMFADevices", "arn:aws:iam::123456789012:user/alice"),
        ("ec2:DescribeInstances", "*"),
        ("ec2:TerminateInstances", "arn:aws:ec2:eu-central-1:123456789012:instance/i-1"),
        ("dynamodb:Query", "arn:aws:dynamodb:eu-central-1:123456789012:table/public"),
        ("kms:Decrypt", "arn:aws:kms:eu-central-1:123456789012:key/x"),
    ]);
    let mut given: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    given.insert("aws:PrincipalArn", vec!["arn:aws:iam::123456789012:user/alice"]);
    given.insert("aws:username", vec!["alice"]);
    let choices: [(&str, &[&[&str]]); 9] = [
        ("aws:MultiFactorAuthPresent", &[&[], &["false"], &["true"]]),
        ("aws:MultiFactorAuthAge", &[&[], &["60"], &["3600"], &["86400"]]),
        ("aws:SecureTransport", &[&["true"], &["false"]]),
        ("aws:RequestedRegion", &[&["eu-central-1"], &["us-east-1"], &["sa-east-1"]]),
        (
            "aws:CurrentTime",
            &[&["2026-10-01T00:00:00Z"], &["2026-10-01T12:00:00Z"], &["2028-01-01T00:00:00Z"]],
        ),
        ("aws:SourceIp", &[&["192.0.2.7"], &["198.51.100.1"], &["2001:db8::1"]]),
        ("aws:TagKeys", &[&[], &["a"], &["a", "b"], &["cc", "a"], &["d"]]),
        ("s3:prefix", &[&[], &["home/x"], &["x"]]),
        ("aws:PrincipalTag/team", &[&[], &["web"]]),
    ];
    for (key, values) in choices {
        given.insert(key, dice.one(values).to_vec());
    }
    given.retain(|_, values| !values.is_empty());
    let mut context = Context::new();
    for (key, values) in &given {
        context.set_many(key, values.iter().map(ToString::to_string).collect());
    }
    let parsed: Vec<Policy> = identity.iter().map(policy).collect();
    let parsed: Vec<&Policy> = parsed.iter().collect();
    let (limit, level) = (boundary.as_ref().map(policy), control.as_ref().map(policy));
    let level: Vec<&Policy> = level.iter().collect();
    let levels: &[&[&Policy]] = if level.is_empty() { &[] } else { &[&level] };
    let policies = Policies { boundary: limit.as_ref(), organization: levels, ..Policies::of(&parsed) };
    let ruling = policies.rule(&Request { action, resource, principal: None, context: &context });
    // Only a key with several values is a list to it.
    let given: BTreeMap<&str, Value> = (given.into_iter())
        .map(|(key, values)| (key, if key == "aws:TagKeys" { json!(values) } else { json!(values[0]) }))
        .collect();
    let text = json!({"identity": identity, "boundary": boundary, "control": control, "action": action,
        "resource": resource, "principal": "arn:aws:iam::123456789012:user/alice", "context": given});
    Case { text, ours: name(&ruling.decision) }
}

/// Returns the reason why the two evaluators may differ about a case, if there is one.
fn excuse(case: &Case) -> Option<&'static str> {
    if case.text["action"] == "kms:Decrypt" {
        return Some("there the key's policy has to allow as well, and here only the caller's own are asked");
    }
    let newer = case.text["context"]["aws:SourceIp"].as_str().is_some_and(|address| address.contains(':'));
    if newer && case.text.to_string().contains("NotIpAddress") {
        return Some("there an address of IPv6 is not outside of a range of IPv4, and here it is");
    }
    (case.text["resource"] == "*")
        .then_some("there a `*` in a request stands for whatever a policy names, and here for no resource")
}

/// Returns the other evaluator's decision for each case, one per line.
fn theirs(cases: &[Case], modules: &std::path::Path) -> Vec<String> {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/policy/outside.cjs");
    let mut child = Command::new("node")
        .arg(script)
        .env("NODE_PATH", modules)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("node starts");
    let pid = child.id();
    let mut stdin = child.stdin.take().expect("a pipe");
    let text: Vec<String> = cases.iter().map(|case| case.text.to_string()).collect();
    let text = text.join("\n");
    let sent = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    let Ok(output) = waiting.recv_timeout(LIMIT) else {
        let _ = Command::new("kill").args(["-9", &pid.to_string()]).status();
        panic!("{PACKAGE} did not end within {LIMIT:?}");
    };
    let output = output.expect("an output");
    assert!(output.status.success(), "{}", output.status);
    sent.join().expect("the writer ends").expect("all cases are read");
    String::from_utf8(output.stdout).expect("UTF-8").lines().map(str::to_owned).collect()
}

#[test]
fn another_evaluator_says_the_same() {
    if !need("node") {
        return;
    }
    let Some(modules) = npm(PACKAGE) else { return skip(PACKAGE, "not installed") };
    let cases: Vec<Case> = (0..400 * scale() as u64).map(case).collect();
    let theirs = theirs(&cases, &modules);
    assert_eq!(theirs.len(), cases.len());
    let (mut unsure, mut otherwise, mut wrong) = (0, 0, Vec::new());
    for (case, theirs) in cases.iter().zip(&theirs) {
        let theirs = match theirs.as_str() {
            "Allowed" => "allow",
            "ExplicitlyDenied" => "explicit deny",
            "ImplicitlyDenied" => "implicit deny",
            other => other,
        };
        if case.ours == "unsure" {
            unsure += 1;
        } else if case.ours != theirs && case.ours.ends_with("deny") && theirs.ends_with("deny") {
            // Refused is refused: where a denial is unsure here, another layer's silence settles it first.
            otherwise += 1;
        } else if case.ours != theirs && excuse(case).is_none() {
            wrong.push(format!("{} here, {theirs} there: {}", case.ours, case.text));
        }
    }
    assert!(100 * otherwise < cases.len(), "{otherwise} are refused for another reason");
    assert!(10 * unsure < cases.len(), "{unsure} of {} are unsure", cases.len());
    assert!(wrong.is_empty(), "{} differ, as {:#?}", wrong.len(), wrong.iter().take(5).collect::<Vec<_>>());
}
