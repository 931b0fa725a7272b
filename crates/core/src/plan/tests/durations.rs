//! Tests the durations of sessions and roles. A duration that AWS would refuse is refused before the call.

use super::{Asked, line, resolve};

fn with(duration: &str, asked: Option<u32>, profile: &str) -> String {
    let text = format!(
        "
        [k]
        aws_access_key_id = AKIA
        aws_secret_access_key = s
        duration_seconds = 1000
        [first]
        role_arn = arn:aws:iam::1:role/First
        source_profile = k
        duration_seconds = {duration}
        [second]
        role_arn = arn:aws:iam::1:role/Second
        source_profile = first
        [long-second]
        role_arn = arn:aws:iam::1:role/LongSecond
        source_profile = first
        duration_seconds = 3601
        [machine]
        role_arn = arn:aws:iam::1:role/Machine
        credential_source = EcsContainer
        duration_seconds = {duration}
        "
    );
    let asked = Asked { profile: Some(profile), duration: asked, ..Asked::default() };
    line(&resolve(&text, &asked)).replace("awsesame-alice ", "").replace("(awsesame-alice)", "")
}

#[test]
fn a_role_over_an_hour_is_assumed_directly_with_the_code() {
    for (duration, asked, profile, expected) in [
        // Only roles have `duration_seconds`, as for the AWS tools.
        ("3600", None, "k", "AKIA of profile `k` session 43200 []"),
        ("3600", None, "first", "AKIA of profile `k` session 43200 [] > First(3600)"),
        ("3601", None, "first", "AKIA of profile `k` direct 3601 [] > First(3601)"),
        ("43200", None, "second", "AKIA of profile `k` direct 43200 [] > First(43200) > Second"),
        // The duration of the command line applies to the step that uses the code.
        ("3600", Some(129_600), "k", "AKIA of profile `k` session 129600 []"),
        ("900", Some(900), "second", "AKIA of profile `k` session 900 [] > First(900) > Second"),
        ("7200", Some(1800), "first", "AKIA of profile `k` direct 1800 [] > First(7200)"),
        ("3600", None, "machine", "EcsContainer > Machine(3600)"),
        ("3600", Some(1800), "machine", "EcsContainer > Machine(1800)"),
    ] {
        assert_eq!(with(duration, asked, profile), expected);
    }
}

#[test]
fn durations_that_aws_would_refuse_are_refused_before() {
    for (duration, asked, profile, expected) in [
        (
            "3600",
            Some(899),
            "k",
            "AWS does not give sessions of 899 s here: 900 s (15m) to 129600 s (36h) are allowed",
        ),
        (
            "3600",
            Some(129_601),
            "first",
            "AWS does not give sessions of 129601 s here: 900 s (15m) to 129600 s (36h) are allowed",
        ),
        (
            "7200",
            Some(43_201),
            "first",
            "AWS does not give sessions of 43201 s here: 900 s (15m) to 43200 s (12h) are allowed",
        ),
        (
            "899",
            None,
            "first",
            "profile `first` has `duration_seconds = 899`: expected whole seconds from 900 to 43200",
        ),
        (
            "1h",
            None,
            "first",
            "profile `first` has `duration_seconds = 1h`: expected whole seconds from 900 to 43200",
        ),
        (
            "3600",
            None,
            "long-second",
            "profile `long-second` asks for 3601 s of `arn:aws:iam::1:role/LongSecond`, but AWS allows 3600 s for a role that another role assumes",
        ),
        (
            "7200",
            None,
            "long-second",
            "profile `long-second` asks for 3601 s of `arn:aws:iam::1:role/LongSecond`, but AWS allows 3600 s for a role that another role assumes",
        ),
        (
            "7200",
            None,
            "machine",
            "profile `machine` asks for 7200 s of `arn:aws:iam::1:role/Machine`, but AWS allows 3600 s for a role that another role assumes",
        ),
        (
            "3600",
            Some(7200),
            "machine",
            "profile `machine` asks for 7200 s of `arn:aws:iam::1:role/Machine`, but AWS allows 3600 s for a role that another role assumes",
        ),
    ] {
        assert_eq!(with(duration, asked, profile), format!("error: {expected}"));
    }
}
