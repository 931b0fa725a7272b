//! Compares the judgment with brute force: random policies, and every request of a sample evaluated one by one.
//! `AWSESAME_LONG=1` tries fifty times as many, and every action of AWS with each. It prints its progress, and
//! `AWSESAME_SEEDS=FROM..TO` tries a part of them.

use std::collections::BTreeSet;
use std::ops::Range;
use std::sync::LazyLock;
use std::time::Instant;

use awsesame_policy::{
    Context, Credential, Listed, Outcome, Policies, Policy, Proof, Request, Verdict, decide, listed,
};
use serde_json::{Value, json};

use crate::decide::NOW;
use crate::random::{ACTIONS, Dice, random_policy, scale};
use crate::{alice, policy};

/// Returns requests of one kind that a caller with these credentials could send, with every value that a condition
/// above can distinguish.
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

/// Returns ARNs of each form that a resource pattern above can distinguish.
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
        let asks = ASKS.iter().filter(|(action, _)| *action == listed.action);
        resources.extend(asks.map(|(_, resource)| (*resource).to_owned()));
    }
    resources.sort();
    resources.dedup();
    resources
}

/// Calls that ask about an ARN although AWS's list has none for them.
const ASKS: [(&str, &str); 3] = [
    ("iam:ListRoles", "arn:aws:iam::123456789012:role/"),
    ("iam:ListUsers", "arn:aws:iam::123456789012:user/"),
    ("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
];

/// Calls that are not a hole: those that no policy controls, those that do no harm, and enrollment.
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

/// Returns the actions that the patterns above distinguish, and one of each kind that they do not.
fn sample() -> Vec<Listed> {
    let all: Vec<Listed> = listed().collect();
    let mut kept: Vec<Listed> = Vec::new();
    let mut seen: BTreeSet<(Vec<usize>, bool)> = BTreeSet::new();
    for one in all {
        let named: Vec<usize> = (0..ACTIONS.len())
            .filter(|place| {
                let all =
                    json!({"Statement": {"Effect": "Allow", "Action": ACTIONS[*place], "Resource": "*"}});
                let request =
                    Request { action: &one.action, resource: "*", principal: None, context: &Context::new() };
                awsesame_policy::evaluate(&[&policy(&all)], &request).is_allowed()
            })
            .collect();
        let action = one.action.as_str();
        let kind = seen.insert((named, one.resources.is_empty()));
        if kind || NO_HOLE.contains(&action) || ASKS.iter().any(|(asks, _)| *asks == action) {
            kept.push(one);
        }
    }
    kept
}

/// A judgment, and the policies that it is about.
struct Judged<'a> {
    proof: Proof,
    policies: Policies<'a>,
    open: BTreeSet<String>,
    told: String,
}

impl Judged<'_> {
    /// Fails if a witness does not work.
    fn hold_witnesses(&self) {
        let Self { proof, policies, told, .. } = self;
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
    }

    /// Fails if a request works of which the proof says that it does not.
    fn hold(&self, action: &str, resource: &str, context: &Context) {
        let Self { proof, policies, open, told } = self;
        // IAM has one region.
        let region = context.get("aws:RequestedRegion");
        if action.starts_with("iam:") && region.is_some_and(|region| region != ["us-east-1"]) {
            return;
        }
        let request = Request { action, resource, principal: None, context };
        if policies.outcome(&request) != Outcome::Allowed {
            return;
        }
        let known = open.contains(action) || !proof.depends.is_empty();
        let request = format!("{action} on {resource} in {context:?} is allowed, not {:?}", proof.verdict);
        assert!(known && !proof.verdict.is_enforced(), "{request}: {told}");
    }
}

/// The actions with which every verdict is compared.
struct Actions {
    /// A sample with resources, each tried in several circumstances.
    sample: Vec<(Listed, Vec<String>)>,
    /// In a long run all actions of AWS, each tried once.
    all: Vec<(Listed, Vec<String>)>,
}

fn with_resources(of: Vec<Listed>) -> Vec<(Listed, Vec<String>)> {
    let governed = of.into_iter().filter(|one| !NO_HOLE.contains(&one.action.as_str()));
    governed.map(|one| (one.clone(), resources(&one))).collect()
}

/// Judges random policies, and tries to prove the judgment wrong.
fn tried(seed: u64, actions: &Actions) -> Verdict {
    let mut dice = Dice::new(seed + 1);
    let texts: Vec<Value> = (0..=dice.roll(2)).map(|_| random_policy(&mut dice)).collect();
    let limit = (dice.roll(4) == 0).then(|| random_policy(&mut dice));
    held(&texts, limit.as_ref(), &format!("seed {seed}"), &mut dice, actions)
}

/// Judges policies within a boundary, and tries to prove the judgment wrong.
fn held(texts: &[Value], limit: Option<&Value>, what: &str, dice: &mut Dice, actions: &Actions) -> Verdict {
    let parsed: Vec<Policy> = texts.iter().map(policy).collect();
    let identity: Vec<&Policy> = parsed.iter().collect();
    let boundary = limit.map(policy);
    let policies = Policies { boundary: boundary.as_ref(), ..Policies::of(&identity) };
    let proof = decide(&policies, &alice(), NOW);
    let each = proof.open.iter();
    let open = each
        .flat_map(|opened| opened.actions.iter().map(move |(_, name)| format!("{}:{name}", opened.service)))
        .collect();
    let told = format!("{what}: {texts:?} within {limit:?}");
    let judged = Judged { proof, policies, open, told };
    judged.hold_witnesses();
    let contexts = contexts(dice);
    for (listed, resources) in &actions.sample {
        for _ in 0..resources.len().min(3) {
            let resource = dice.one(resources);
            for context in &contexts {
                judged.hold(&listed.action, resource, context);
            }
        }
    }
    for (listed, resources) in &actions.all {
        if judged.proof.depends.is_empty() && !judged.open.contains(&listed.action) {
            judged.hold(&listed.action, dice.one::<String>(resources), dice.one(&contexts));
        }
    }
    judged.proof.verdict
}

/// Tries to prove the judgment of these policies wrong, with every action of AWS's list.
pub(crate) fn hold(texts: &[Value], what: &str) {
    static ACTIONS: LazyLock<Actions> = LazyLock::new(|| Actions {
        sample: with_resources(sample()),
        all: with_resources(listed().collect()),
    });
    held(texts, None, what, &mut Dice::new(1), &ACTIONS);
}

/// Returns the numbers from which the policies are made.
fn seeds() -> Range<u64> {
    let whole = 0..2_000 * scale() as u64;
    let Ok(part) = std::env::var("AWSESAME_SEEDS") else { return whole };
    let (from, to) = part.split_once("..").expect("AWSESAME_SEEDS is FROM..TO");
    from.parse().expect("a number")..to.parse().expect("a number")
}

#[test]
fn no_request_contradicts_the_judgment() {
    let all = if scale() > 1 { with_resources(listed().collect()) } else { Vec::new() };
    let actions = Actions { sample: with_resources(sample()), all };
    let seeds = seeds();
    let workers = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let since = Instant::now();
    let share = |worker: u64| {
        let of_one = (seeds.start + worker..seeds.end).step_by(usize::try_from(workers).unwrap_or(1));
        let told = |seed: u64| {
            if scale() > 1 && (seed - seeds.start) % 1_000 < workers {
                eprintln!("seed {seed} of {seeds:?} after {:?}", since.elapsed());
            }
            tried(seed, &actions)
        };
        of_one.map(told).collect::<Vec<Verdict>>()
    };
    let verdicts: BTreeSet<Verdict> = std::thread::scope(|scope| {
        let share = &share;
        let all: Vec<_> = (0..workers).map(|worker| scope.spawn(move || share(worker))).collect();
        all.into_iter().flat_map(|one| one.join().expect("the judgment holds")).collect()
    });
    // A judgment that never commits itself would pass as well.
    for verdict in [
        Verdict::Enforced,
        Verdict::EnforcedToday,
        Verdict::ButForEnrollment,
        Verdict::NotEnforced,
        Verdict::Unsure,
    ] {
        assert!(verdicts.contains(&verdict), "{verdicts:?}");
    }
}
