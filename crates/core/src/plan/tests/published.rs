//! The cases about roles in the test tables of AWS's SDKs, each as a sentence, with the plan that we make of them.

use super::{Asked, line, plain, plan_of, resolve};
use crate::plan::EnvironmentFacts;

/// A sentence, the profiles, and the expected plan of profile `a`.
type Case = (&'static str, &'static str, &'static str);

const KEY: &str = "
    [k]
    aws_access_key_id = AKIAK
    aws_secret_access_key = s
";

fn hold(cases: &[Case]) {
    for (sentence, text, expected) in cases {
        assert_eq!(line(&plan_of(&format!("{KEY}{text}"), "a")), *expected, "{sentence}");
    }
}

#[test]
fn chains_end_where_the_sdks_end_them() {
    hold(&[
        (
            "a role of a profile with a key",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = k",
            "AKIAK of profile `k` session 43200 [] > A(awsesame-alice)",
        ),
        (
            "a chain of three roles is assumed from the key outwards",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = c
             [c]\nrole_arn = arn:aws:iam::1:role/C\nsource_profile = k",
            "AKIAK of profile `k` session 43200 [] > C(awsesame-alice) > B(awsesame-alice) > A(awsesame-alice)",
        ),
        (
            "a profile that is its own source assumes its role with its own key",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = a
             aws_access_key_id = AKIAA\naws_secret_access_key = s",
            "AKIAA of profile `a` session 43200 [] > A(awsesame-alice)",
        ),
        (
            "at the end of a chain a key is preferred to the role beside it",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = k
             aws_access_key_id = AKIAB\naws_secret_access_key = s",
            "AKIAB of profile `b` session 43200 [] > A(awsesame-alice)",
        ),
        (
            "a loop ends at a later profile that has a key",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = a
             aws_access_key_id = AKIAB\naws_secret_access_key = s",
            "AKIAB of profile `b` session 43200 [] > A(awsesame-alice)",
        ),
        (
            "a loop is a loop although the first profile has keys, which its role comes before",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b
             aws_access_key_id = AKIAA\naws_secret_access_key = s
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = c
             [c]\nrole_arn = arn:aws:iam::1:role/C\nsource_profile = b",
            "error: profile `a` has itself as its source profile: a -> b -> c -> b",
        ),
        (
            "two profiles that are each other's source",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = a",
            "error: profile `a` has itself as its source profile: a -> b -> a",
        ),
        (
            "a profile that is its own source without a key",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = a",
            "error: profile `a` has itself as its source profile: a -> a",
        ),
    ]);
}

#[test]
fn missing_pieces_are_named_where_they_are_missing() {
    hold(&[
        (
            "a source that does not exist",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = elsewhere",
            "error: profile `a` has the source profile `elsewhere`, which does not exist",
        ),
        (
            "a source that does not exist, further down the chain",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = elsewhere",
            "error: profile `b` has the source profile `elsewhere`, which does not exist",
        ),
        (
            "a source with half a key",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b\n[b]\naws_access_key_id = AKIAB",
            "error: profile `b` has half an access key: `aws_secret_access_key` is missing",
        ),
        (
            "both kinds of source, further down the chain",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = k\ncredential_source = Environment",
            "error: profile `b` has both `source_profile` and `credential_source`",
        ),
        (
            "a role without any source, further down the chain",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b\n[b]\nrole_arn = arn:aws:iam::1:role/B",
            "error: profile `b` has `role_arn` but neither `source_profile` nor `credential_source`",
        ),
        (
            "an empty `role_arn` is none",
            "[a]\nrole_arn =\nsource_profile = k",
            "error: profile `a` has `source_profile` but no `role_arn`, so AWS's tools ignore it",
        ),
    ]);
}

#[test]
fn pieces_of_a_role_are_taken_as_aws_takes_them() {
    hold(&[
        (
            "external id, session name and duration of one role are those of its own profile",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b\nexternal_id = of/a:1
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = k\nrole_session_name = bee
             duration_seconds = 900",
            "AKIAK of profile `k` session 43200 [] > B(bee 900) > A(awsesame-alice external of/a:1)",
        ),
        (
            "an external id of one letter",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = k\nexternal_id = x",
            "error: profile `a` has `external_id = x`: expected 2 to 1224 letters, digits or any of `_+=,.@:/-`",
        ),
        (
            "more than an hour of the first role is asked for with the code itself",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = k\nduration_seconds = 7200",
            "AKIAK of profile `k` direct 7200 [] > A(awsesame-alice 7200)",
        ),
        (
            "more than an hour of a role behind another one",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\nsource_profile = b\nduration_seconds = 7200
             [b]\nrole_arn = arn:aws:iam::1:role/B\nsource_profile = k",
            "error: profile `a` asks for 7200 s of `arn:aws:iam::1:role/A`, but AWS allows 3600 s for a role that another role assumes",
        ),
        (
            "a role of a machine is behind another one already",
            "[a]\nrole_arn = arn:aws:iam::1:role/A\ncredential_source = EcsContainer\nduration_seconds = 7200",
            "error: profile `a` asks for 7200 s of `arn:aws:iam::1:role/A`, but AWS allows 3600 s for a role that another role assumes",
        ),
    ]);
    for (arn, region) in [
        ("arn:aws:iam::1:role/A", "us-east-1"),
        ("arn:aws-cn:iam::1:role/A", "cn-north-1"),
        ("arn:aws-us-gov:iam::1:role/A", "us-gov-west-1"),
    ] {
        let text = format!("{KEY}[a]\nrole_arn = {arn}\nsource_profile = k");
        let asked = plan_of(&text, "a").unwrap().client.sts_region;
        assert_eq!(asked, region, "a role is asked for in its own partition");
    }
}

#[test]
fn a_named_source_is_taken_and_no_other() {
    for (sentence, source, environment, expected) in [
        (
            "the environment's key, although the machine has credentials too",
            "Environment",
            plain(EnvironmentFacts::default()),
            "AKIAPLAIN of key `AKIAPLAIN` session 43200 [] > A(awsesame-alice)",
        ),
        (
            "the container's, although the environment has a key",
            "EcsContainer",
            plain(EnvironmentFacts::default()),
            "EcsContainer > A(awsesame-alice)",
        ),
        (
            "the instance's, although the environment has a key",
            "Ec2InstanceMetadata",
            plain(EnvironmentFacts::default()),
            "Ec2InstanceMetadata > A(awsesame-alice)",
        ),
        (
            "a source that nobody knows",
            "Ec2Metadata",
            plain(EnvironmentFacts::default()),
            "error: profile `a` has `credential_source = Ec2Metadata`: \
             expected `Environment`, `Ec2InstanceMetadata` or `EcsContainer`",
        ),
    ] {
        let text = format!("[a]\nrole_arn = arn:aws:iam::1:role/A\ncredential_source = {source}");
        let plan = resolve(&text, &Asked { profile: Some("a"), environment, ..Asked::default() });
        assert_eq!(line(&plan), expected, "{sentence}");
    }
}
