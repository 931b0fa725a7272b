//! Tests plans whose key comes from the environment variables.

use super::{Asked, DEV, line, master, plain, resolve};
use crate::name::secret::Secret;
use crate::plan::EnvironmentFacts;

const DEFAULT: &str = "
    [default]
    aws_access_key_id = AKIADEFAULT
    aws_secret_access_key = default-secret
    [bare]
    region = eu-west-1
    [project]
    role_arn = arn:aws:iam::222222222222:role/Project
    [project-device]
    mfa_serial = arn:aws:iam::111111111111:mfa/own
    credential_process = awsesame process -p project-device
";
const REGION_ONLY: &str = "
    [default]
    region = eu-west-1
";

fn nothing() -> EnvironmentFacts {
    EnvironmentFacts::default()
}

fn device() -> EnvironmentFacts {
    EnvironmentFacts { mfa_arn: Some("arn:aws:iam::111111111111:mfa/envphone".to_owned()), ..nothing() }
}

fn session() -> EnvironmentFacts {
    EnvironmentFacts { session_token: true, ..nothing() }
}

#[test]
fn source_of_the_key_is_decided_in_a_fixed_order() {
    const MASTER: &str = "AKIAMASTER of key `AKIAMASTER` session 43200 [envphone]";
    const SESSION: &str =
        "error: the environment has session credentials, but AWS gives sessions for long-term keys only";
    let rows = [
        // A profile that somebody named beats the environment.
        (DEFAULT, Some("default"), master(device()), "AKIADEFAULT of profile `default` session 43200 []"),
        (DEV, Some("dev"), plain(session()), "AKIADEV of profile `dev` session 43200 [phone]"),
        // With none named, the key of the second recipe.
        (DEFAULT, None, master(device()), MASTER),
        (DEFAULT, None, master(plain(EnvironmentFacts { session_token: true, ..device() })), MASTER),
        ("", None, master(nothing()), "AKIAMASTER of key `AKIAMASTER` session 43200 []"),
        // Else the default profile.
        (DEFAULT, None, nothing(), "AKIADEFAULT of profile `default` session 43200 []"),
        (DEFAULT, None, plain(nothing()), "AKIADEFAULT of profile `default` session 43200 []"),
        // Else the AWS tools' own variables, where they hold a long-term key.
        (DEV, None, plain(device()), "AKIAPLAIN of key `AKIAPLAIN` session 43200 [envphone]"),
        (REGION_ONLY, None, plain(nothing()), "AKIAPLAIN of key `AKIAPLAIN` session 43200 []"),
        (DEV, None, plain(session()), SESSION),
        (REGION_ONLY, None, plain(session()), SESSION),
        (DEV, None, nothing(), "error: no profile is named, and `default` is not in `~/.aws/config`"),
        (DEV, None, session(), "error: no profile is named, and `default` is not in `~/.aws/config`"),
        (REGION_ONLY, None, nothing(), "error: profile `default` has no access key and no `source_profile`"),
        // A project's profile may leave the key to the environment.
        (DEFAULT, Some("bare"), master(device()), MASTER),
        (
            DEFAULT,
            Some("project"),
            master(device()),
            "AKIAMASTER of key `AKIAMASTER` session 43200 [envphone] > Project(awsesame-alice)",
        ),
        (
            DEFAULT,
            Some("project-device"),
            master(device()),
            "AKIAMASTER of key `AKIAMASTER` session 43200 [own]",
        ),
        (
            DEFAULT,
            Some("bare"),
            plain(nothing()),
            "error: profile `bare` has no access key and no `source_profile`",
        ),
        // A profile that nobody has is not made up from the environment.
        (DEFAULT, Some("typo"), master(device()), "error: profile `typo` is not in `~/.aws/config`"),
    ];
    for (text, profile, environment, expected) in rows {
        assert_eq!(line(&resolve(text, &Asked { profile, environment, ..Asked::default() })), expected);
    }
}

#[test]
fn the_subject_is_the_named_profile_even_where_the_environment_has_the_key() {
    for (profile, expected) in [(Some("bare"), "profile `bare`"), (None, "key `AKIAMASTER`")] {
        let asked = Asked { profile, environment: master(device()), ..Asked::default() };
        assert_eq!(resolve(DEFAULT, &asked).unwrap().subject.to_string(), expected);
    }
}

#[test]
fn half_a_key_in_the_environment_is_named_by_its_missing_half() {
    let blank = || Some(Secret::new(""));
    let rows = [
        (EnvironmentFacts { master_secret: None, ..master(nothing()) }, "MASTER_AWS_SECRET_ACCESS_KEY"),
        (EnvironmentFacts { master_secret: blank(), ..master(nothing()) }, "MASTER_AWS_SECRET_ACCESS_KEY"),
        (EnvironmentFacts { master_key_id: None, ..master(nothing()) }, "MASTER_AWS_ACCESS_KEY_ID"),
        (EnvironmentFacts { secret: None, ..plain(nothing()) }, "AWS_SECRET_ACCESS_KEY"),
        (EnvironmentFacts { key_id: None, ..plain(nothing()) }, "AWS_ACCESS_KEY_ID"),
    ];
    for (environment, missing) in rows {
        assert_eq!(
            line(&resolve("", &Asked { profile: None, environment, ..Asked::default() })),
            format!("error: the environment has half an access key: `{missing}` is not set")
        );
    }
}
