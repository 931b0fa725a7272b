//! Tests the IDs of plans: equal plans share a session, and different plans do not.

use std::collections::BTreeSet;

use super::{Asked, master, plan_of, resolve};
use crate::plan::{EnvironmentFacts, Plan};

const TEXT: &str = "
    [k]
    aws_access_key_id = AKIA
    aws_secret_access_key = s
    mfa_serial = arn:aws:iam::1:mfa/phone
    [r]
    role_arn = arn:aws:iam::1:role/R
    source_profile = k
    region = eu-west-1
    [same]
    role_arn = arn:aws:iam::1:role/R
    source_profile = k
    [external]
    role_arn = arn:aws:iam::1:role/R
    source_profile = k
    external_id = ee
    [named]
    role_arn = arn:aws:iam::1:role/R
    source_profile = k
    role_session_name = ee
    [further]
    role_arn = arn:aws:iam::1:role/R
    source_profile = r
    [long]
    role_arn = arn:aws:iam::1:role/R
    source_profile = k
    duration_seconds = 7200
    [longer]
    role_arn = arn:aws:iam::1:role/R
    source_profile = k
    duration_seconds = 7300
    [of-long]
    role_arn = arn:aws:iam::1:role/S
    source_profile = long
    [other-device]
    role_arn = arn:aws:iam::1:role/R
    source_profile = k
    mfa_serial = arn:aws:iam::1:mfa/other
    [other-endpoint]
    role_arn = arn:aws:iam::1:role/R
    source_profile = k
    endpoint_url = http://127.0.0.1:4000
    [machine]
    role_arn = arn:aws:iam::1:role/R
    credential_source = EcsContainer
";

fn plan(profile: &str) -> Plan {
    plan_of(TEXT, profile).unwrap()
}

#[test]
fn profiles_that_share_key_and_endpoint_share_the_session_whichever_names_the_device() {
    for profile in ["r", "same", "external", "named", "further", "other-device"] {
        assert_eq!(plan(profile).root_id(), plan("k").root_id(), "{profile}");
        assert_eq!(plan(profile).lock_id(), plan("k").lock_id(), "{profile}");
    }
    for profile in ["other-endpoint", "long", "machine"] {
        assert_ne!(plan(profile).root_id(), plan("k").root_id(), "{profile}");
    }
    assert_eq!(plan("of-long").root_id(), plan("long").root_id());
    assert_eq!(plan("r").session_id(), plan("same").session_id());
    // The holder of the lock asks a person, and the person has one device.
    assert_eq!(plan("long").lock_id(), plan("k").lock_id());
    assert_eq!(plan("other-device").session_id(), plan("r").session_id());
    assert_ne!(plan("other-endpoint").lock_id(), plan("k").lock_id());
}

#[test]
fn plans_that_differ_for_aws_have_different_ids() {
    let profiles =
        ["k", "r", "external", "named", "further", "long", "longer", "of-long", "other-endpoint", "machine"];
    let ids: BTreeSet<String> = profiles.iter().map(|profile| plan(profile).session_id()).collect();
    assert_eq!(ids.len(), profiles.len());
}

#[test]
fn ids_are_stable_safe_in_file_names_and_reveal_nothing() {
    // Sessions on disk are found by these: a change makes everybody log in again.
    assert_eq!(plan("k").root_id(), "mfa-f90dca8bfd705547");
    assert_eq!(plan("long").root_id(), "role-ec49f63f64af6a49");
    assert_eq!(plan("r").session_id(), "hop-50e6ccf1014df956");
    for profile in ["k", "r", "long", "of-long", "machine"] {
        for id in [plan(profile).root_id(), plan(profile).session_id(), plan(profile).lock_id()] {
            assert!(id.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-'), "{id}");
            assert!(!id.contains("akia"));
        }
    }
}

#[test]
fn a_duration_on_the_command_line_does_not_hide_the_session_from_others() {
    for profile in ["k", "long"] {
        let asked = Asked { profile: Some(profile), duration: Some(1800), ..Asked::default() };
        assert_eq!(resolve(TEXT, &asked).unwrap().root_id(), plan(profile).root_id());
    }
}

#[test]
fn a_key_in_the_environment_has_ids_too() {
    let facts = || EnvironmentFacts {
        mfa_arn: Some("arn:aws:iam::1:mfa/a".to_owned()),
        ..EnvironmentFacts::default()
    };
    let asked = Asked { environment: master(facts()), ..Asked::default() };
    let plan = resolve("", &asked).unwrap();
    assert!(plan.root_id().starts_with("mfa-"));
    assert_eq!(plan.session_id(), plan.root_id());
}
