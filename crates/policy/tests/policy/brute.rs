//! The judgment against brute force: random policies, and every request of a sample evaluated one
//! by one. `AWSESAME_LONG=1` tries fifty times as many.

use std::collections::BTreeSet;

use awsesame_policy::{
    Context, Credential, Listed, Outcome, Policies, Policy, Proof, Request, Verdict, decide, listed,
};
use serde_json::{Value, json};

use crate::decide::NOW;
use crate::{alice, policy};

/// A small generator of random numbers (xorshift, Marsaglia 2003): the same policies in every run.
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap_or_default() % sides
    }

    fn one<'a, T>(&mut self, of: &'a [T]) -> &'a T {
        &of[self.roll(of.len())]
    }

    fn some(&mut self, of: &[&str]) -> Vec<String> {
        let count = 1 + self.roll(3);
        (0..count).map(|_| (*self.one(of)).to_owned()).collect()
    }
}

const ACTIONS: [&str; 30] = [
    "*",
    "s3:*",
    "s3:Get*",
    "s3:GetObject",
    "s3:*Object",
    "s3:List*",
    "iam:*",
    "iam:Get*",
    "iam:*MFA*",
    "iam:EnableMFADevice",
    "iam:CreateVirtualMFADevice",
    "iam:ListMFADevices",
    "iam:PassRole",
    "iam:?reate*",
    "ec2:*",
    "ec2:Describe*",
    "ec2:RunInstances",
    "dynamodb:*",
    "dynamodb:Query",
    "dynamodb:B*Item",
    "sts:*",
    "sts:GetSessionToken",
    "sts:AssumeRole",
    "kms:Decrypt",
    "kms:*",
    "lambda:InvokeFunction",
    "sqs:*",
    "sns:Publish",
    "logs:Get*",
    "newthing:*",
];

const RESOURCES: [&str; 14] = [
    "*",
    "*",
    "*",
    "arn:aws:s3:::*",
    "arn:aws:s3:::data",
    "arn:aws:s3:::data/*",
    "arn:aws:s3:::${aws:username}/*",
    "arn:aws:iam::123456789012:user/${aws:username}",
    "arn:aws:iam::*:mfa/*",
    "arn:aws:iam::123456789012:role/a*",
    "arn:aws:dynamodb:*:*:table/public",
    "arn:aws:s3:::${aws:PrincipalTag/team}/*",
    "arn:aws:iam::123456789012:u*",
    "arn:aws:*:*:*:*",
];

/// Conditions, most of them about MFA.
fn condition(dice: &mut Dice) -> Value {
    let mfa = [
        json!({}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"Null": {"aws:MultiFactorAuthPresent": "true"}}),
        json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}),
        json!({"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}),
        json!({"ForAnyValue:Bool": {"aws:MultiFactorAuthPresent": "false"}}),
        json!({"ForAllValues:BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}),
    ];
    let more = [
        ("Bool", json!({"aws:SecureTransport": "true"})),
        ("StringEquals", json!({"aws:RequestedRegion": ["eu-central-1", "us-east-1"]})),
        ("StringNotEquals", json!({"aws:RequestedRegion": "eu-central-1"})),
        ("IpAddress", json!({"aws:SourceIp": "192.0.2.0/24"})),
        ("StringLike", json!({"s3:prefix": ["home/*", "x"]})),
        ("StringNotLike", json!({"s3:prefix": "home/*"})),
        ("ForAllValues:StringEquals", json!({"aws:TagKeys": ["a", "b"]})),
        ("ForAnyValue:StringEquals", json!({"aws:TagKeys": ["a", "b"]})),
        ("DateGreaterThan", json!({"aws:CurrentTime": "2027-01-01T00:00:00Z"})),
        ("DateLessThan", json!({"aws:CurrentTime": "2027-01-01T00:00:00Z"})),
        ("NumericLessThan", json!({"s3:max-keys": "10"})),
        ("ArnLike", json!({"iam:PolicyARN": "arn:aws:iam::aws:policy/Read*"})),
        ("StringEquals", json!({"aws:PrincipalTag/team": "web"})),
        ("Null", json!({"aws:RequestTag/owner": "true"})),
    ];
    let mut condition = dice.one(&mfa).clone();
    if dice.roll(4) == 0 {
        let (operator, keys) = dice.one(&more);
        condition[*operator] = keys.clone();
    }
    condition
}

fn statement(dice: &mut Dice) -> Value {
    let effect = *dice.one(&["Allow", "Deny"]);
    let action = *dice.one(&["Action", "Action", "Action", "NotAction"]);
    let resource = *dice.one(&["Resource", "Resource", "Resource", "Resource", "NotResource"]);
    json!({
        "Effect": effect, action: dice.some(&ACTIONS), resource: dice.some(&RESOURCES),
        "Condition": condition(dice),
    })
}

/// A policy that often enough enforces MFA, or nearly.
pub(crate) fn random_policy(dice: &mut Dice) -> Value {
    let statements = (0..=dice.roll(3)).map(|_| statement(dice));
    let mut statements: Vec<Value> = statements.collect();
    if dice.roll(2) == 0 {
        statements.push(json!({"Effect": "Allow", "Action": "*", "Resource": "*"}));
    }
    if dice.roll(2) == 0 {
        statements.push(json!({"Effect": "Deny", *dice.one(&["NotAction", "Action"]): dice.some(&ACTIONS), "Resource": "*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}));
    }
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Requests that a caller with these credentials could send, of a kind: every value that some
/// condition above can tell apart.
fn contexts(dice: &mut Dice) -> Vec<Context> {
    let mut contexts = Vec::new();
    for credential in [Credential::BareKey, Credential::Session] {
        for _ in 0..2 {
            let mut context = credential.context(&alice());
            context.set("aws:SecureTransport", *dice.one(&["true", "false"]));
            context.set("aws:RequestedRegion", *dice.one(&["eu-central-1", "us-east-1", "sa-east-1"]));
            context.set("aws:CurrentTime", *dice.one(&["2026-12-01T00:00:00Z", "2028-01-01T00:00:00Z"]));
            let mut set = |key: &str, values: &[&[&str]]| {
                let values = *dice.one(values);
                context.set_many(key, values.iter().map(|value| (*value).to_owned()).collect());
            };
            set("s3:prefix", &[&[], &["home/x"], &["x"], &["y"]]);
            set("s3:max-keys", &[&[], &["1"], &["100"]]);
            set("aws:TagKeys", &[&[], &["a"], &["a", "c"], &["c"]]);
            set(
                "iam:PolicyARN",
                &[&[], &["arn:aws:iam::aws:policy/ReadOnly"], &["arn:aws:iam::aws:policy/X"]],
            );
            set("aws:RequestTag/owner", &[&[], &["me"]]);
            contexts.push(context);
        }
    }
    contexts
}

/// ARNs of a form that some resource pattern above tells apart from others.
fn resources(listed: &Listed) -> Vec<String> {
    let mut resources = Vec::new();
    for form in &listed.resources {
        for name in ["data", "alice", "alice/x", "data/x", "public", "admin", "web/x"] {
            let arn = form.replacen("arn:*:", "arn:aws:", 1);
            let mut parts: Vec<String> = arn.splitn(6, ':').map(str::to_owned).collect();
            if parts[2] == "*" {
                continue;
            }
            parts[3] = parts[3].replace('*', "eu-central-1");
            parts[4] = parts[4].replace('*', "123456789012");
            let object = form.ends_with(":s3:::*/*");
            if name.contains('/') && form.ends_with(":s3:::*") {
                continue;
            }
            parts[5] =
                if object && name.contains('/') { name.to_owned() } else { parts[5].replace('*', name) };
            resources.push(parts.join(":"));
        }
    }
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    resources.sort();
    resources.dedup();
    resources
}

/// Calls that are no hole: those that no policy forbids, those that do no harm, and enrollment.
const NO_HOLE: [&str; 15] = [
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "iam:ChangePassword",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
    "iam:CreateVirtualMFADevice",
    "iam:DeleteVirtualMFADevice",
    "iam:EnableMFADevice",
];

/// The actions that the patterns above tell apart, and one of each kind that they do not.
fn sample() -> Vec<Listed> {
    let all: Vec<Listed> = listed().collect();
    let mut kept: Vec<Listed> = Vec::new();
    let mut seen: BTreeSet<(Vec<usize>, bool)> = BTreeSet::new();
    for one in all {
        let named: Vec<usize> = (0..ACTIONS.len())
            .filter(|place| {
                let policy =
                    json!({"Statement": {"Effect": "Allow", "Action": ACTIONS[*place], "Resource": "*"}});
                let request =
                    Request { action: &one.action, resource: "*", principal: None, context: &Context::new() };
                awsesame_policy::evaluate(&[&policy_of(&policy)], &request).is_allowed()
            })
            .collect();
        if NO_HOLE.contains(&one.action.as_str()) || seen.insert((named, one.resources.is_empty())) {
            kept.push(one);
        }
    }
    kept
}

fn policy_of(json: &Value) -> Policy {
    policy(json)
}

/// Fails if a request contradicts the proof.
fn hold(
    proof: &Proof,
    policies: &Policies<'_>,
    sample: &[(Listed, Vec<String>)],
    dice: &mut Dice,
    told: &str,
) {
    let contexts = contexts(dice);
    for witness in proof.witnesses.iter().chain(&proof.enrollment) {
        let mut context = witness.credential.context(&alice());
        for (key, values) in &witness.circumstance {
            context.set_many(key, values.clone());
        }
        let request = Request {
            action: &witness.action,
            resource: &witness.resource,
            principal: None,
            context: &context,
        };
        assert_eq!(policies.outcome(&request), Outcome::Allowed, "{witness:?} of {told}");
    }
    let open: BTreeSet<String> = (proof.open.iter())
        .flat_map(|opened| opened.actions.iter().map(move |(_, name)| format!("{}:{name}", opened.service)))
        .collect();
    for (listed, resources) in sample {
        let action = listed.action.as_str();
        if NO_HOLE.contains(&action) {
            continue;
        }
        for _ in 0..resources.len().min(3) {
            let resource = dice.one(resources);
            for context in &contexts {
                let request = Request { action, resource, principal: None, context };
                if policies.outcome(&request) != Outcome::Allowed {
                    continue;
                }
                let known = open.contains(action) || !proof.depends.is_empty();
                assert!(
                    known,
                    "{action} on {resource} in {context:?} is allowed, not {:?}: {told}",
                    proof.verdict
                );
                assert!(!proof.verdict.is_enforced(), "{action} on {resource} is allowed: {told}");
            }
        }
    }
}

/// How many times the usual number of cases a run is asked for.
pub(crate) fn scale() -> usize {
    if std::env::var_os("AWSESAME_LONG").is_some_and(|long| long == "1") { 50 } else { 1 }
}

#[test]
fn no_request_contradicts_the_judgment() {
    let sample: Vec<(Listed, Vec<String>)> =
        sample().into_iter().map(|one| (one.clone(), resources(&one))).collect();
    let mut verdicts = std::collections::BTreeMap::new();
    for seed in 0..2_000 * scale() as u64 {
        let mut dice = Dice::new(seed + 1);
        let texts: Vec<Value> = (0..=dice.roll(2)).map(|_| random_policy(&mut dice)).collect();
        let limit = (dice.roll(4) == 0).then(|| random_policy(&mut dice));
        let parsed: Vec<Policy> = texts.iter().map(policy).collect();
        let identity: Vec<&Policy> = parsed.iter().collect();
        let boundary = limit.as_ref().map(policy);
        let policies = Policies { boundary: boundary.as_ref(), ..Policies::of(&identity) };
        let proof = decide(&policies, &alice(), NOW);
        *verdicts.entry(proof.verdict).or_insert(0) += 1;
        hold(&proof, &policies, &sample, &mut dice, &format!("seed {seed}: {texts:?} within {limit:?}"));
    }
    // A judgment that never commits itself would pass as well.
    for verdict in [
        Verdict::Enforced,
        Verdict::EnforcedToday,
        Verdict::ButForEnrollment,
        Verdict::NotEnforced,
        Verdict::Unsure,
    ] {
        assert!(verdicts.contains_key(&verdict), "{verdicts:?}");
    }
}
