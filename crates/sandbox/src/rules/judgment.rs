//! Compares the judgment of policies with what the sandbox enforces. A request that should work without MFA is sent
//! with the bare key and must work; where MFA should be enforced, every request must be refused. `AWSESAME_LONG=1`
//! tries many more.

use std::fmt::Write as _;

use awsesame_policy::{Credential, Policies, Policy, Proof, Subject, Verdict, Witness, decide};
use serde_json::{Value, json};

use super::random::{Dice, random_policy, scale};
use super::{Keys, Reply, START, Testbed};
use crate::world::Bucket;
use crate::world::bucket::{Object, Traits};

const ACCOUNT: &str = "123456789012";
const USER: &str = "mallory";

/// The calls that the sandbox can be asked for, with what else each needs. None of it is enrollment or harmless.
const CALLS: [(&str, &[(&str, &str)]); 19] = [
    ("iam:ListUsers", &[]),
    ("iam:ListRoles", &[]),
    ("iam:CreateUser", &[]),
    ("iam:CreateGroup", &[]),
    ("iam:GetGroup", &[]),
    ("iam:ListAccessKeys", &[]),
    ("iam:CreateAccessKey", &[]),
    ("iam:ListGroupsForUser", &[]),
    ("iam:ListUserPolicies", &[]),
    ("iam:PutUserPolicy", &[("PolicyName", "Mine"), ("PolicyDocument", EVERYTHING)]),
    ("iam:PutGroupPolicy", &[("PolicyName", "Mine"), ("PolicyDocument", EVERYTHING)]),
    ("iam:GetRole", &[]),
    ("s3:ListAllMyBuckets", &[]),
    ("s3:ListBucket", &[]),
    ("s3:CreateBucket", &[]),
    ("s3:DeleteBucket", &[]),
    ("s3:GetObject", &[]),
    ("s3:PutObject", &[]),
    ("s3:DeleteObject", &[]),
];

const EVERYTHING: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// A user's policies, in their layers.
struct Case {
    identity: Vec<Value>,
    boundary: Option<Value>,
    control: Option<Value>,
}

impl Case {
    fn random(dice: &mut Dice) -> Self {
        let identity = (0..=dice.roll(2)).map(|_| random_policy(dice)).collect();
        let boundary = (dice.roll(4) == 0).then(|| random_policy(dice));
        let control = (dice.roll(8) == 0).then(|| random_policy(dice));
        Self { identity, boundary, control }
    }

    /// Returns the judgment about the policies, as they are and within a session that allows only what the sandbox can
    /// be asked for.
    fn judged(&self) -> (Proof, Proof) {
        let parse = |json: &Value| Policy::parse(&json.to_string()).unwrap();
        let identity: Vec<Policy> = self.identity.iter().map(parse).collect();
        let identity: Vec<&Policy> = identity.iter().collect();
        let (boundary, control) = (self.boundary.as_ref().map(parse), self.control.as_ref().map(parse));
        let level: Vec<&Policy> = control.iter().collect();
        let levels: &[&[&Policy]] = if level.is_empty() { &[] } else { &[&level] };
        let policies =
            Policies { boundary: boundary.as_ref(), organization: levels, ..Policies::of(&identity) };
        let known: Vec<&str> = CALLS.iter().map(|(action, _)| *action).collect();
        let known = parse(&json!({"Statement": {"Effect": "Allow", "Action": known, "Resource": "*"}}));
        let subject = Subject {
            partition: "aws".into(),
            account: ACCOUNT.into(),
            user: USER.into(),
            path: Some("/".into()),
        };
        let narrowed = Policies { session: &[&known], ..policies };
        (decide(&policies, &subject, START), decide(&narrowed, &subject, START))
    }

    /// Returns a world in which the user has these policies.
    fn bed(&self) -> Testbed {
        let mut fixture = format!("[[account]]\nid = \"{ACCOUNT}\"\n");
        if let Some(control) = &self.control {
            let _ = writeln!(fixture, "control = ['''{control}''']");
        }
        if let Some(boundary) = &self.boundary {
            let _ = writeln!(fixture, "[[policy]]\nname = \"Limit\"\ndocument = '''{boundary}'''");
        }
        let _ = writeln!(
            fixture,
            "[[user]]\nname = \"{USER}\"\n\
             access_key = {{ id = \"AKIAIOSMALLRYEXAMPLE\", secret = \"wJalrXUtnFEMI/K7MDENG/malloryEXAMPLEKEY\" }}"
        );
        if self.boundary.is_some() {
            fixture.push_str("boundary = \"Limit\"\n");
        }
        for (number, policy) in self.identity.iter().enumerate() {
            let _ = writeln!(fixture, "policies.P{number} = '''{policy}'''");
        }
        Testbed::with(&fixture)
    }
}

/// The parts of a request that its sender chooses.
#[derive(Default)]
struct Chosen<'a> {
    region: Option<&'a str>,
    moment: Option<i64>,
    prefix: Option<&'a str>,
    most: Option<&'a str>,
}

impl<'a> Chosen<'a> {
    /// Returns None if no request to the sandbox can have this circumstance.
    fn of(witness: &'a Witness) -> Option<Self> {
        let mut chosen = Self::default();
        for (key, values) in &witness.circumstance {
            match (key.to_ascii_lowercase().as_str(), values.as_slice()) {
                (_, []) => {}
                ("aws:securetransport", [value]) if value == "true" => {}
                ("aws:requestedregion", [region]) => chosen.region = Some(region),
                ("aws:currenttime", [moment]) => {
                    chosen.moment = Some(moment.parse::<jiff::Timestamp>().unwrap().as_second());
                }
                ("s3:prefix", [prefix]) if witness.action == "s3:ListBucket" => chosen.prefix = Some(prefix),
                ("s3:max-keys", [most])
                    if witness.action == "s3:ListBucket" && most.bytes().all(|b| b.is_ascii_digit()) =>
                {
                    chosen.most = Some(most);
                }
                _ => return None,
            }
        }
        Some(chosen)
    }

    fn random(dice: &mut Dice) -> Self {
        Self {
            region: Some(*dice.one(&["eu-central-1", "us-east-1", "sa-east-1"])),
            moment: (dice.roll(4) == 0).then_some(START + 400 * 86_400),
            prefix: *dice.one(&[None, Some("home/x"), Some("x"), Some("y")]),
            most: *dice.one(&[None, Some("1"), Some("100")]),
        }
    }
}

impl Testbed {
    /// Sends a call. What it is about is there, if that can be.
    fn calls(&mut self, keys: &Keys, action: &str, resource: &str, chosen: &Chosen<'_>) -> Reply {
        self.region = chosen.region.unwrap_or("us-east-1").to_owned();
        self.now = chosen.moment.unwrap_or(START);
        let (service, name) = action.split_once(':').unwrap();
        let what = resource.splitn(6, ':').nth(5).unwrap_or_default();
        if service == "s3" {
            return self.calls_s3(keys, name, what, chosen);
        }
        let more = CALLS.iter().find(|(known, _)| *known == action).map_or(&[][..], |(_, fields)| *fields);
        let kind = ["User", "Group", "Role"].into_iter().find(|kind| what.starts_with(&kind.to_lowercase()));
        let field = format!("{}Name", kind.unwrap_or("User"));
        // The path is not part of the name in a call.
        let of = what.split_once('/').map_or(what, |(_, name)| name);
        let mut fields: Vec<(&str, &str)> = vec![(field.as_str(), of)];
        fields.extend(more);
        self.iam(keys, name, if of.is_empty() || resource == "*" { &[] } else { &fields })
    }

    fn calls_s3(&mut self, keys: &Keys, name: &str, what: &str, chosen: &Chosen<'_>) -> Reply {
        let (bucket, object) = what.split_once('/').unwrap_or((what, ""));
        if !matches!(name, "CreateBucket" | "ListAllMyBuckets") {
            let mut made = Bucket::new(ACCOUNT, START);
            if name == "GetObject" {
                let data = bytes::Bytes::from_static(b"data");
                let data = Object::new(data, Traits::default(), None, START);
                made.objects.insert(object.to_owned(), data);
            }
            self.world.buckets.insert(bucket.to_owned(), made);
        }
        let (method, body): (&str, &[u8]) = match name {
            "CreateBucket" => ("PUT", b""),
            "PutObject" => ("PUT", b"data"),
            "DeleteBucket" | "DeleteObject" => ("DELETE", b""),
            _ => ("GET", b""),
        };
        let mut target = match name {
            "ListAllMyBuckets" => "/".to_owned(),
            "ListBucket" => format!("/{bucket}?list-type=2"),
            _ if object.is_empty() => format!("/{bucket}"),
            _ => format!("/{bucket}/{object}"),
        };
        if name == "ListBucket" {
            let prefix = chosen.prefix.map(|prefix| format!("&prefix={}", prefix.replace('/', "%2F")));
            let most = chosen.most.map(|most| format!("&max-keys={most}"));
            target.extend(most.into_iter().chain(prefix));
        }
        self.s3(keys, method, &target, &[], body)
    }
}

#[test]
fn what_is_said_to_work_without_mfa_works_with_the_bare_key() {
    let wanted = if scale() > 1 { 200 } else { 20 };
    let (mut verdicts, mut sent, mut succeeded) = (0, 0, 0);
    for seed in 0.. {
        let case = Case::random(&mut Dice::new(seed + 77));
        let (proof, narrowed) = case.judged();
        if proof.verdict != Verdict::NotEnforced {
            continue;
        }
        let mut bed = case.bed();
        let bare = bed.keys(USER);
        let mut counts = false;
        for witness in &narrowed.witnesses {
            let Some(chosen) = Chosen::of(witness) else { continue };
            // The sandbox has no access points.
            if witness.resource.contains(":accesspoint/") {
                continue;
            }
            bed.now = chosen.moment.unwrap_or(START);
            let keys = match witness.credential {
                Credential::BareKey => bare.clone(),
                _ => bed.plain_session(USER),
            };
            let reply = bed.calls(&keys, &witness.action, &witness.resource, &chosen);
            let stopped = reply.status == 403 || reply.get("Code") == "ExpiredToken";
            assert!(!stopped, "{}\n{witness:?}\nseed {seed}", reply.text());
            counts |= witness.credential == Credential::BareKey;
            sent += 1;
            succeeded += usize::from((200..300).contains(&reply.status));
        }
        verdicts += usize::from(counts);
        if verdicts == wanted {
            break;
        }
    }
    // The other requests are impossible: a bucket with an invalid name, or a user who exists already.
    assert!(3 * succeeded > 2 * sent, "{succeeded} of {sent}");
}

#[test]
fn what_is_said_to_be_enforced_refuses_whatever_is_sent_without_mfa() {
    let (wanted, requests) = if scale() > 1 { (200, 1_000) } else { (20, 50) };
    let mut found = 0;
    for seed in 0.. {
        let dice = &mut Dice::new(seed + 77);
        let case = Case::random(dice);
        let (proof, _) = case.judged();
        if !proof.verdict.is_enforced() {
            continue;
        }
        let mut bed = case.bed();
        let keys = [bed.keys(USER), bed.plain_session(USER)];
        for _ in 0..requests {
            let (action, _) = *dice.one(&CALLS);
            let resource = *dice.one(match action {
                "s3:ListAllMyBuckets" => &["*"],
                _ if action.ends_with("Object") => &["data/x", "alice/x", "mallory/x", "public/y"],
                _ if action.starts_with("s3:") => &["data", "alice", "mallory", "public"],
                "iam:GetRole" => &["role/admin", "role/b", "role/example", "role/a"],
                _ if action.contains("Group") && action != "iam:ListGroupsForUser" => {
                    &["group/a", "group/b", "group/mallory", "group/x"]
                }
                _ if action.starts_with("iam:List") && action.ends_with('s') && !action.contains("User") => {
                    &["*"]
                }
                _ => &["user/mallory", "user/alice", "user/x", "user/a"],
            });
            let resource =
                if resource == "*" { resource.to_owned() } else { format!("arn:aws:any:::{resource}") };
            let mut chosen = Chosen::random(dice);
            let keys = dice.one(&keys);
            // A session would have expired by then.
            chosen.moment = chosen.moment.filter(|_| keys.token.is_none());
            let reply = bed.calls(keys, action, &resource, &chosen);
            let code = reply.get("Code");
            let refused = ["AccessDenied", "InvalidClientTokenId"].contains(&code.as_str());
            assert!(refused, "{action} on {resource}: {}\nseed {seed}", reply.text());
        }
        found += 1;
        if found == wanted {
            break;
        }
    }
}
