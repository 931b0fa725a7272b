//! Tests AWS's refusals, which the sandbox produces and the program reports in two lines with the next command. The
//! module `network` tests unreachable endpoints.

use std::time::Duration;

use awsesame_sandbox::Fault;

use crate::world::World;

#[test]
fn wrong_code_names_the_device_to_read_it_from() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alice", "000000"]).run().fails(
        1,
        "AWS refused the code of `arn:aws:iam::123456789012:mfa/alice`",
        "wait until `alice` shows a new code, then type it: awsesame login -p alice",
    );
}

#[test]
fn serial_that_aws_does_not_know_is_told_from_a_wrong_code() {
    let world = World::new();
    world.change_config(
        "mfa_serial = arn:aws:iam::123456789012:mfa/alice\n",
        "mfa_serial = arn:aws:iam::123456789012:mfa/alcie\n",
    );
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().fails(
        1,
        "AWS does not know `arn:aws:iam::123456789012:mfa/alcie` as a device of this user",
        "the IAM console shows it, under Security credentials: write `mfa_serial = arn:aws:iam::ACCOUNT:mfa/NAME` into profile `alice`: vi ~/.aws/config",
    );
}

#[test]
fn serial_number_of_another_user_is_refused() {
    let world = World::new();
    world.change_config(
        "mfa_serial = arn:aws:iam::123456789012:mfa/alice\n",
        "mfa_serial = arn:aws:iam::123456789012:mfa/bob\n",
    );
    let ran = world.awsesame(&["login", "-p", "alice", &world.code("bob")]).run().exits(1);
    assert!(
        ran.stderr.starts_with(
            "error: AWS does not know `arn:aws:iam::123456789012:mfa/bob` as a device of this user\n"
        ),
        "{ran}"
    );
}

#[test]
fn clock_that_is_off_says_by_how_much_and_in_which_direction() {
    for (offset, words) in [(1_200, "behind"), (-1_200, "ahead of")] {
        let world = World::with(awsesame_sandbox::Options { clock_offset: offset, ..Default::default() });
        let ran = world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().exits(1);
        let (error, hint) = ran.stderr.split_once('\n').unwrap();
        let seconds: i64 = error
            .strip_prefix("error: this machine's clock is ")
            .and_then(|rest| rest.strip_suffix(&format!(" s {words} AWS's")))
            .unwrap_or_else(|| panic!("{ran}"))
            .parse()
            .unwrap();
        assert!((seconds - 1_200).abs() <= 3, "{ran}");
        assert_eq!(hint, "hint: set the clock from the network: sudo timedatectl set-ntp true\n");
        assert_eq!(world.sandbox().issued_secrets().len(), 0);
    }
}

#[test]
fn access_key_that_aws_does_not_know_is_named() {
    let world = World::new();
    let credentials = world.read(".aws/credentials").replace("AKIAIOSALICE7EXAMPLE", "AKIAGONE7EXAMPLE2345");
    world.write_private(".aws/credentials", &credentials);
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().fails(
        1,
        "AWS does not accept the access key `AKIAGONE7EXAMPLE2345`",
        "set a working long-term key: awsesame init --key -p alice",
    );
}

#[test]
fn secret_that_does_not_fit_its_key_is_told() {
    let world = World::new();
    let credentials = world.read(".aws/credentials").replace("aliceKeyEXAMPLEKEY", "aliceKeyMISTYPEDEY");
    world.write_private(".aws/credentials", &credentials);
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().fails(
        1,
        "the secret access key does not belong to `AKIAIOSALICE7EXAMPLE`",
        "set a working long-term key: awsesame init --key -p alice",
    );
}

/// Writes a session's credentials to a profile of `~/.aws/credentials`, with or without their token.
fn session_in_a_profile(world: &World, with_token: bool) {
    world.log_in("alice");
    let exports =
        world.awsesame(&["env", "-p", "alice", "--format", "json"]).reveals_credentials().run().ok().json();
    let value = |name: &str| exports[name].as_str().unwrap().to_owned();
    let mut section = format!(
        "[inherited]\naws_access_key_id = {}\naws_secret_access_key = {}\n",
        value("AWS_ACCESS_KEY_ID"),
        value("AWS_SECRET_ACCESS_KEY"),
    );
    if with_token {
        section.push_str("aws_session_token = ");
        section.push_str(&value("AWS_SESSION_TOKEN"));
        section.push('\n');
    }
    world.write_private(".aws/credentials", &(world.read(".aws/credentials") + &section));
    world.append_config("[profile inherited]\nendpoint_url = {URL}\nregion = us-east-1\nmfa_serial = arn:aws:iam::123456789012:mfa/alice\n");
}

#[test]
fn session_credentials_in_a_profile_are_no_long_term_key() {
    let world = World::new();
    session_in_a_profile(&world, true);
    world.awsesame(&["login", "-p", "inherited", "123456"]).run().fails(
        1,
        "profile `inherited` has session credentials, but AWS gives sessions for long-term keys only",
        "give it a long-term key: awsesame init -p inherited",
    );
}

#[test]
fn session_key_without_its_token_is_no_long_term_key_either() {
    let world = World::new();
    session_in_a_profile(&world, false);
    world.awsesame(&["login", "-p", "inherited", "123456"]).run().fails(
        1,
        "profile `inherited` has session credentials, but AWS gives sessions for long-term keys only",
        "give it a long-term key: awsesame init -p inherited",
    );
}

#[test]
fn call_that_reached_aws_with_session_credentials_says_where_the_key_belongs() {
    let world = World::new();
    world.sandbox().fail_next(
        "GetSessionToken",
        Fault::Status(
            403,
            "AccessDenied".into(),
            "Cannot call GetSessionToken with session credentials".into(),
        ),
    );
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().fails(
        1,
        "profile `alice` called AWS with session credentials, but AWS gives sessions for long-term keys only",
        "set a working long-term key: awsesame init --key -p alice",
    );
}

#[test]
fn session_that_aws_no_longer_takes_is_to_be_made_anew() {
    let world = World::new();
    world.log_in("alice");
    // The call is signed with the session, so AWS's message about the key is not about the long-term key.
    for (code, words) in [
        ("ExpiredToken", "The security token included in the request is expired"),
        ("InvalidClientTokenId", "The security token included in the request is invalid."),
        ("SignatureDoesNotMatch", "The request signature we calculated does not match"),
    ] {
        world.sandbox().fail_next("AssumeRole", Fault::Status(403, code.into(), words.into()));
        world.awsesame(&["env", "-p", "deploy"]).run().fails(
            1,
            "AWS no longer accepts the session of profile `deploy`",
            "get a new session: awsesame login --force -p deploy",
        );
    }
}

#[test]
fn device_called_like_the_user_is_tried_where_iam_turns_the_key_away() {
    let world = World::new();
    world.change_config("mfa_serial = GAHT12345678\n", "");
    world.sandbox().fail_next(
        "ListMFADevices",
        Fault::Status(
            403,
            "InvalidClientTokenId".into(),
            "The security token included in the request is invalid".into(),
        ),
    );
    // If IAM does not accept a key, the device with the name of the user is tried.
    let ran = world.awsesame(&["login", "-p", "carol", "123456"]).run().exits(1);
    assert!(ran.stderr.contains("trying `arn:aws:iam::123456789012:mfa/carol`"), "{ran}");
    assert!(ran.stderr.contains("AWS does not know `arn:aws:iam::123456789012:mfa/carol`"), "{ran}");
}

#[test]
fn chaining_over_an_hour_says_which_setting_to_change() {
    let world = World::new();
    world.log_in("alice");
    world.sandbox().fail_next(
        "AssumeRole",
        Fault::Status(
            400,
            "ValidationError".into(),
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining".into(),
        ),
    );
    world.awsesame(&["env", "-p", "deploy"]).run().fails(
        1,
        "`arn:aws:iam::123456789012:role/deploy` is assumed with session credentials, so AWS allows 3600 s at most",
        "write `duration_seconds = 3600` into profile `deploy`: vi ~/.aws/config",
    );
}

#[test]
fn throttling_is_met_with_patience_where_no_code_is_at_stake() {
    let world = World::new();
    world.log_in("alice");
    world.sandbox().fail_next("AssumeRole", Fault::Throttle);
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok().says("");
    assert_eq!(world.sandbox().count("AssumeRole"), 2);
}

#[test]
fn throttling_of_a_code_is_told() {
    let world = World::new();
    let code = world.code("alice");
    world.sandbox().fail_next("GetSessionToken", Fault::Throttle);
    world.awsesame(&["login", "-p", "alice", &code]).run().fails(
        1,
        "AWS is throttling GetSessionToken",
        "wait a minute, and repeat the command: sleep {WAIT}",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    world.awsesame(&["login", "-p", "alice", &code]).run().ok();
}

#[test]
fn anything_else_is_passed_on_in_one_line() {
    let world = World::new();
    world.sandbox().fail_next(
        "GetSessionToken",
        Fault::Status(400, "RegionDisabledException".into(), "STS is not activated\nin this region.".into()),
    );
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().fails(
        1,
        "AWS answered GetSessionToken with `RegionDisabledException`: STS is not activated in this region",
        "look up the code: https://docs.aws.amazon.com/STS/latest/APIReference/CommonErrors.html",
    );
}

#[test]
fn server_that_fails_is_asked_again_where_no_code_is_at_stake() {
    let world = World::new();
    world
        .sandbox()
        .fail_next("GetCallerIdentity", Fault::Status(500, "InternalFailure".into(), "try again".into()));
    world.awsesame(&["login", "-p", "alice", &world.code("alice")]).run().ok();
    assert_eq!(world.sandbox().count("GetCallerIdentity"), 2);
}

#[test]
fn lost_answer_to_a_code_is_not_repeated() {
    let world = World::new();
    world.sandbox().fail_next("GetSessionToken", Fault::LoseAnswer);
    let ran =
        world.awsesame(&["login", "-p", "alice", &world.code("alice")]).limit(Duration::from_secs(20)).run();
    let ran = ran.exits(1);
    assert!(ran.known(&ran.stderr).starts_with("error: cannot reach `{URL}`: "), "{ran}");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}
