//! Tests sequences of exports of two profiles and of changes by the user in between. After every sequence the settings
//! of the user are in force, and nothing of another profile remains.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::Exports;
use crate::fixture;
use crate::name::{AccountId, ProfileName, Subject};
use crate::session::exported::{Exported, RECORDED, VARIABLE};
use crate::session::selection;
use crate::session::{Header, Session};

/// An event that happens to a shell.
#[derive(Debug, Clone)]
enum Step {
    /// The exports of a profile with a session.
    Served(usize),
    /// The exports of a profile without one.
    Withheld(usize),
    /// The exports by the broker.
    Broker(usize),
    /// The exports by a process.
    Process(usize),
    /// The user sets a variable.
    Sets(&'static str, &'static str),
    /// The user unsets a variable.
    Unsets(&'static str),
}

/// Each has a name, and a Region, an endpoint and an account if the profile has them.
const PROFILES: [(&str, Option<&str>, Option<&str>, &str); 3] = [
    ("a", Some("eu-central-1"), Some("http://127.0.0.1:1"), "123456789012"),
    ("b", None, None, "210987654321"),
    ("c", Some("us-east-1"), None, "123456789012"),
];

const USERS: [(&str, &str); 5] = [
    ("AWS_REGION", "ap-south-1"),
    ("AWS_DEFAULT_REGION", "ca-central-1"),
    ("AWS_ENDPOINT_URL", "http://127.0.0.1:2"),
    ("AWSESAME_PROFILE", "users"),
    ("AWS_PROFILE", "theirs"),
];

/// The variables that decide where a call is sent. The setting of the user survives every export.
const WISHES: [&str; 3] = ["AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL"];

type Shell = BTreeMap<String, String>;

fn step() -> impl Strategy<Value = Step> {
    let profile = || 0..PROFILES.len();
    prop_oneof![
        profile().prop_map(Step::Served),
        profile().prop_map(Step::Withheld),
        profile().prop_map(Step::Broker),
        profile().prop_map(Step::Process),
        proptest::sample::select(&USERS[..]).prop_map(|(name, value)| Step::Sets(name, value)),
        proptest::sample::select(&USERS[..]).prop_map(|(name, _)| Step::Unsets(name)),
    ]
}

fn exports(step: &Step) -> Option<(Exports, usize)> {
    let (at, subject) = match step {
        Step::Served(at) | Step::Withheld(at) | Step::Broker(at) | Step::Process(at) => {
            (*at, ProfileName::new(PROFILES[*at].0))
        }
        Step::Sets(..) | Step::Unsets(_) => return None,
    };
    let (_, region, endpoint, account) = PROFILES[at];
    let header = Header {
        subject: Subject::Profile(subject.clone()),
        region: region.map(str::to_owned),
        endpoint: endpoint.map(str::to_owned),
        account: AccountId::new(account),
        ..fixture::header()
    };
    let mut exports = match step {
        Step::Served(_) => {
            Exports::of(&Session { header: header.clone(), credentials: fixture::credentials() })
        }
        Step::Withheld(_) => return Some((Exports::withheld(&header.subject), at)),
        Step::Broker(_) => Exports::via_broker("http://127.0.0.1:3", "/token"),
        _ => Exports::via_process(&subject, "/config", "/credentials"),
    };
    exports.set_profile(&header.subject, region, endpoint);
    Some((exports, at))
}

fn apply(shell: &mut Shell, exports: Exports) {
    let before = shell.clone();
    for (name, value) in exports.over(|name| before.get(name).cloned()).iter() {
        match value {
            Some(value) => shell.insert(name.to_owned(), value.to_owned()),
            None => shell.remove(name),
        };
    }
}

proptest! {
    #[test]
    fn the_users_wish_holds_and_nothing_of_another_profile_stays(steps in proptest::collection::vec(step(), 1..12)) {
        let mut shell = Shell::new();
        // The variables that the user set and did not unset.
        let mut wishes = BTreeMap::<&str, &str>::new();
        for step in &steps {
            match step {
                Step::Sets(name, value) => {
                    shell.insert((*name).to_owned(), (*value).to_owned());
                    wishes.insert(name, value);
                }
                Step::Unsets(name) => {
                    shell.remove(*name);
                    wishes.remove(name);
                }
                _ => {}
            }
            let Some((exports, at)) = exports(step) else {
                let meant = ["AWSESAME_PROFILE", "AWS_PROFILE"].iter().find_map(|name| wishes.get(name));
                if let Some(meant) = meant {
                    let found = selection::profile(None, |name| shell.get(name).cloned());
                    prop_assert_eq!(found, Some(ProfileName::new(*meant)), "{:?}", shell);
                }
                continue;
            };
            apply(&mut shell, exports);
            // The export itself names a profile, so a name from before is not the user's choice any more.
            wishes.retain(|name, _| WISHES.contains(name));
            let var = |name: &str| shell.get(name).cloned();
            let exported = Exported::read(var);
            let (name, region, endpoint, account) = PROFILES[at];
            prop_assert_eq!(selection::profile(None, var), Some(ProfileName::new(name)));
            for (wish, value) in &wishes {
                prop_assert_eq!(shell.get(*wish).map(String::as_str), Some(*value));
                prop_assert_eq!(exported.users(wish, var), Some((*value).to_owned()));
            }
            let withheld = matches!(step, Step::Withheld(_));
            let own = |value: Option<&'static str>| value.filter(|_| !withheld);
            let users_region = wishes.get("AWS_REGION").or(wishes.get("AWS_DEFAULT_REGION")).copied();
            for (variable, own) in [
                ("AWS_REGION", own(region.map(|region| users_region.unwrap_or(region)))),
                ("AWS_DEFAULT_REGION", own(region.map(|region| users_region.unwrap_or(region)))),
                ("AWS_ENDPOINT_URL", own(endpoint)),
                ("AWS_ACCOUNT_ID", matches!(step, Step::Served(_)).then_some(account)),
            ] {
                let expected = wishes.get(variable).copied().or(own);
                prop_assert_eq!(shell.get(variable).map(String::as_str), expected, "{} in {:?}", variable, shell);
            }
            // Every variable that is set and is not the user's must be in the record, so that a later run knows it.
            for name in RECORDED.into_iter().filter(|name| shell.contains_key(*name) && !wishes.contains_key(name)) {
                prop_assert_eq!(exported.users(name, var), None, "{} of {:?}", name, shell.get(VARIABLE));
            }
        }
    }
}
