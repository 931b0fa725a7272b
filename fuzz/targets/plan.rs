//! Any settings of any profiles are made into a plan. The result is a plan with names that are safe for files, or an
//! error of two lines.
#![no_main]

use awsesame_core::aws_files::profile::{ProfileSet, SETTINGS};
use awsesame_core::config::Config;
use awsesame_core::name::secret::Secret;
use awsesame_core::name::{AccessKeyId, ProfileName};
use awsesame_core::plan::{EnvironmentFacts, Plan, Request};
use libfuzzer_sys::{arbitrary, fuzz_target};

#[derive(Debug, arbitrary::Arbitrary)]
struct Input {
    /// The profile (few, so that they refer to each other), the setting and its value.
    settings: Vec<(u8, u8, Value)>,
    endpoints: Vec<(u8, bool, String)>,
    asked: Option<u8>,
    duration: Option<u32>,
    user: Option<String>,
    master: [Option<String>; 3],
    plain: [Option<String>; 2],
    session_token: bool,
    region: Option<String>,
}

#[derive(Debug, arbitrary::Arbitrary)]
enum Value {
    Text(String),
    Profile(u8),
    Number(i64),
    Role(String),
    Known(u8),
}

const NAMES: [&str; 6] = ["default", "a", "b", "c", "it's \n", ""];
const KNOWN: [&str; 6] = ["true", "false", "Environment", "EcsContainer", "Ec2InstanceMetadata", "regional"];

fn one<'a>(list: &[&'a str], at: u8) -> &'a str {
    list[usize::from(at) % list.len()]
}

fuzz_target!(|input: Input| {
    let mut profiles = ProfileSet::new("config", "credentials");
    for (profile, key, value) in input.settings {
        let value = match value {
            Value::Text(text) => text,
            Value::Profile(at) => one(&NAMES, at).to_owned(),
            Value::Number(number) => number.to_string(),
            Value::Role(name) => format!("arn:aws:iam::123456789012:role/{name}"),
            Value::Known(at) => one(&KNOWN, at).to_owned(),
        };
        profiles.insert(one(&NAMES, profile), one(SETTINGS, key), &value);
    }
    for (section, sts, url) in input.endpoints {
        profiles.insert_endpoint(one(&NAMES, section), if sts { "sts" } else { "iam" }, &url);
    }
    let [master_key, master_secret, mfa_arn] = input.master;
    let [key, secret] = input.plain;
    let environment = EnvironmentFacts {
        master_key_id: master_key.map(AccessKeyId::new),
        master_secret: master_secret.map(Secret::new),
        mfa_arn,
        key_id: key.map(AccessKeyId::new),
        secret: secret.map(Secret::new),
        session_token: input.session_token,
        region: input.region,
        ..EnvironmentFacts::default()
    };
    let profile = input.asked.map(|at| ProfileName::new(one(&NAMES, at)));
    let request = Request {
        profiles: &profiles,
        profile: profile.as_ref(),
        environment: &environment,
        duration: input.duration,
        config: &Config::default(),
        user: input.user.as_deref(),
        suggests: input.session_token,
    };
    match Plan::resolve(&request) {
        Ok(plan) => {
            let hops = (0..plan.roles.len()).map(|index| plan.role_id(index));
            for id in hops.chain([plan.root_id(), plan.lock_id(), plan.session_id()]) {
                assert!(id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-'), "{id}");
            }
        }
        Err(fault) => {
            for line in [fault.to_string(), fault.hint()] {
                assert!(!line.is_empty() && !line.contains(|c: char| c.is_control()), "{line:?}");
            }
        }
    }
});
