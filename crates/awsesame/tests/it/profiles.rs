//! Tests the source of the long-term key: files, chains of profiles, and variables. The module `devices` tests the MFA
//! devices.

use crate::world::World;

#[test]
fn files_that_variables_name_are_the_ones_that_are_read() {
    let world = World::new();
    for (variable, from, to) in [
        ("AWS_CONFIG_FILE", ".aws/config", "elsewhere/config"),
        ("AWS_SHARED_CREDENTIALS_FILE", ".aws/credentials", "elsewhere/credentials"),
    ] {
        let world = World::new();
        std::fs::create_dir(world.path("elsewhere")).unwrap();
        std::fs::rename(world.path(from), world.path(to)).unwrap();
        // The watchdog checks every file except for `~/.aws/credentials`.
        let outside = tempfile::NamedTempFile::new().unwrap();
        std::fs::rename(world.path(to), outside.path()).unwrap();
        world
            .awsesame(&["login", "-p", "alice", &world.code("alice")])
            .env(variable, outside.path())
            .run()
            .ok();
        let ran = world.awsesame(&["exec", "-p", "alice", "--", "true"]).run();
        assert_ne!(ran.code, Some(0), "without {variable} the file is another: {ran}");
    }
    let tilde = world.awsesame(&["login", "-p", "alice", &world.code("alice")]);
    tilde.env("AWS_CONFIG_FILE", "~/.aws/config").run().ok();
}

#[test]
fn without_any_file_a_profile_is_not_there() {
    let world = World::new();
    std::fs::remove_dir_all(world.path(".aws")).unwrap();
    world.awsesame(&["login", "-p", "alice", "123456"]).run().fails(
        1,
        "profile `alice` is not in `{HOME}/.aws/config`",
        "set it up, with its key: awsesame init -p alice",
    );
    world.awsesame(&["login", "123456"]).run().fails(
        1,
        "profile `default` is not in `{HOME}/.aws/config`",
        "set it up, with its key: awsesame init",
    );
    world.awsesame(&["env"]).run().exits(1);
}

#[test]
fn without_a_name_and_without_a_default_a_name_is_asked_for() {
    let world = World::new();
    for (arguments, hint) in [
        (&["login"][..], "awsesame login -p alice"),
        (&["env"], "eval \"$(awsesame env -p alice)\""),
        (&["process"], "awsesame process -p alice"),
        (&["policy", "check", "--user", "bob"], "awsesame policy check --user bob -p alice"),
    ] {
        world.awsesame(arguments).run().fails(
            1,
            "no profile is named, and `default` is not in `{HOME}/.aws/config`",
            &format!("name one, such as `alice`: {hint}"),
        );
    }
}

#[test]
fn mistyped_profile_is_told_the_nearest() {
    let world = World::new();
    world.awsesame(&["login", "-p", "alcie", "123456"]).run().fails(
        1,
        "profile `alcie` is not in `{HOME}/.aws/config`",
        "did you mean `alice`? awsesame login -p alice",
    );
}

#[test]
fn chain_of_profiles_that_cannot_work_says_where_it_breaks() {
    let world = World::new();
    let role = "role_arn = arn:aws:iam::123456789012:role/deploy\n";
    world.append_config(&format!(
        "[profile lost]\n{role}source_profile = alcie\n\
         [profile loop]\n{role}source_profile = pool\n[profile pool]\n{role}source_profile = loop\n\
         [profile bare]\n{role}\
         [profile both]\n{role}source_profile = alice\ncredential_source = Environment\n\
         [profile half]\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\n\
         [profile empty]\nregion = eu-west-1\n\
         [profile long]\n{role}source_profile = deploy\nduration_seconds = 7200\n\
         [profile odd]\n{role}source_profile = alice\nduration_seconds = soon\n"
    ));
    for (profile, error, hint) in [
        (
            "lost",
            "profile `lost` has the source profile `alcie`, which does not exist",
            "did you mean `alice`? write `source_profile = alice` into profile `lost`: vi ~/.aws/config",
        ),
        (
            "loop",
            "profile `loop` has itself as its source profile: loop -> pool -> loop",
            "give one profile of the chain a key of its own: vi {HOME}/.aws/config",
        ),
        (
            "bare",
            "profile `bare` has `role_arn` but neither `source_profile` nor `credential_source`",
            "name the profile that has the key: write `source_profile = NAME` into profile `bare`: vi ~/.aws/config",
        ),
        (
            "both",
            "profile `both` has both `source_profile` and `credential_source`",
            "delete one of the two lines: vi {HOME}/.aws/config",
        ),
        (
            "half",
            "profile `half` has half an access key: `aws_secret_access_key` is missing",
            "enter the access key id and the secret again: awsesame init -p half",
        ),
        (
            "empty",
            "profile `empty` has no access key and no `source_profile`",
            "set it up, with its key: awsesame init -p empty",
        ),
        (
            "long",
            "profile `long` asks for 7200 s of `arn:aws:iam::123456789012:role/deploy`, but AWS allows 3600 s for a role that another role assumes",
            "write `duration_seconds = 3600` into profile `long`: vi ~/.aws/config",
        ),
        (
            "odd",
            "profile `odd` has `duration_seconds = soon`: expected whole seconds from 900 to 43200",
            "correct it: write `duration_seconds = VALUE` into profile `odd`: vi ~/.aws/config",
        ),
    ] {
        for arguments in [&["login", "-p", profile, "123456"][..], &["env", "-p", profile]] {
            world.awsesame(arguments).run().fails(1, error, hint);
        }
    }
    assert_eq!(world.sandbox().log().len(), 0, "nobody was called");
}

#[test]
fn unreadable_config_file_is_not_taken_for_an_empty_one() {
    let world = World::new();
    world.config("[profile alice\nregion = x\n");
    world.awsesame(&["env", "-p", "alice"]).run().fails(
        1,
        "AWS's tools do not understand `{HOME}/.aws/config`: line 1: the name of a section has no `]` after it",
        "correct it: vi {HOME}/.aws/config",
    );
    std::fs::write(world.path(".aws/config"), b"[default]\nregion = \xff\n").unwrap();
    world.awsesame(&["env", "-p", "default"]).run().fails(
        1,
        "AWS's tools do not understand `{HOME}/.aws/config`: line 2: this is not UTF-8 text",
        "correct it: vi {HOME}/.aws/config",
    );
    std::fs::remove_file(world.path(".aws/config")).unwrap();
    std::fs::create_dir(world.path(".aws/config")).unwrap();
    world.awsesame(&["env", "-p", "alice"]).run().fails(
        1,
        "cannot read `{HOME}/.aws/config`: it is a folder",
        "see what it is: ls -ld {HOME}/.aws/config",
    );
}

#[test]
fn bad_section_costs_that_section_and_is_named_by_doctor() {
    let world = World::new();
    let good = world.read(".aws/config");
    world.config(&format!(
        "{good}[profile odd]\nnonsense\n[profile bob]\nregion = us-west-2\nregion = eu-west-3\n"
    ));
    world.log_in("alice");
    world.awsesame(&["check", "-p", "alice"]).run().ok();
    world.awsesame(&["env", "-p", "odd"]).run().exits(1);
    let told = world.awsesame(&["doctor"]).run();
    assert!(told.stdout.contains("in `[profile odd]`: this is neither a section nor a setting"), "{told}");
    assert!(told.stdout.contains("in `[profile bob]`: the setting is in its section twice"), "{told}");
}

#[test]
fn names_and_values_are_read_as_the_aws_cli_reads_them() {
    for (head, name) in [
        ("profile \"odd\"", "odd"),
        ("profile 'two words'", "two words"),
        ("profile a&b", "a&b"),
        ("profile größe", "größe"),
        ("profile x#y", "x#y"),
        ("profile a,b", "a,b"),
    ] {
        let world = World::new();
        let endpoint = world.url();
        world.append_config(&format!(
            "[{head}]\n  region: eu-west-3\n    # indented\n  endpoint_url = {endpoint}\n  \
             mfa_serial=arn:aws:iam::123456789012:mfa/alice\n\t# indented too\n  s3 =\n    addressing_style = path\n"
        ));
        let credentials = world.read(".aws/credentials").replace("[alice]", &format!("[{name}]"));
        world.write_private(".aws/credentials", &credentials);
        let ran = world.awsesame(&["login", "-p", name, &world.code("alice")]).run().ok();
        assert!(ran.stderr.contains("logged in as alice"), "{ran}");
        let exports =
            world.awsesame(&["env", "-p", name, "--format", "json"]).reveals_credentials().run().ok();
        assert_eq!(exports.json()["AWS_REGION"], "eu-west-3");
    }
}

#[test]
fn head_of_the_other_file_is_told_as_such() {
    let world = World::new();
    world.append_config("[dev]\nregion = us-east-1\n");
    world.awsesame(&["login", "-p", "dev", "123456"]).run().fails(
        1,
        "AWS's tools do not find profile `dev`: `{HOME}/.aws/config` has it as `[dev]`",
        "write `[profile dev]` instead: vi {HOME}/.aws/config",
    );
}

#[test]
fn layout_of_aws_mfa_is_known() {
    let world = World::new();
    let text = world
        .read(".aws/credentials")
        .replace("[alice]", "[work-long-term]\naws_mfa_device = arn:aws:iam::123456789012:mfa/alice");
    world.write_private(".aws/credentials", &text);
    let session = "[work]\naws_access_key_id = ASIAOLD0000000000000\naws_secret_access_key = old\naws_session_token = old\n";
    world.write_private(".aws/credentials", &format!("{text}{session}"));
    world.append_config(&format!("[profile work]\nregion = us-east-1\nendpoint_url = {}\n", world.url()));
    let ran = world.awsesame(&["login", "-p", "work", &world.code("alice")]).run().ok();
    assert!(ran.stderr.contains("logged in as alice"), "{ran}");
}

#[test]
fn role_above_a_profile_that_asks_us_stands_on_what_that_one_asks_for() {
    let world = World::new();
    for (index, line) in [
        "process --no-input -p alice",
        "process -p \"alice\"",
        "process --profile=alice --account 123456789012",
    ]
    .into_iter()
    .enumerate()
    {
        world.append_config(&format!(
            "[profile ask{index}]\ncredential_process = awsesame {line}\n\
             [profile role{index}]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = ask{index}\n\
             region = us-east-1\nendpoint_url = {}\n",
            world.url()
        ));
    }
    world.log_in("alice");
    for index in 0..3 {
        world.awsesame(&["check", "-p", &format!("ask{index}")]).run().ok();
        world.awsesame(&["exec", "--no-input", "-p", &format!("role{index}"), "--", "true"]).run().ok();
    }
}

#[test]
fn variables_alone_are_enough_and_need_no_file() {
    let world = World::new();
    std::fs::remove_dir_all(world.path(".aws")).unwrap();
    let (id, secret) = world.sandbox().access_key("alice");
    let run = |arguments: &[&str]| {
        world
            .awsesame(arguments)
            .env("MASTER_AWS_ACCESS_KEY_ID", &id)
            .env("MASTER_AWS_SECRET_ACCESS_KEY", &secret)
            .env("AWS_MFA_ARN", "arn:aws:iam::123456789012:mfa/alice")
            .env("AWS_REGION", "eu-west-1")
            .env("AWS_ENDPOINT_URL", world.url())
    };
    run(&["env"]).run().fails(3, "key `AKIAIOSALICE7EXAMPLE` has no session", "awsesame login");
    run(&["login", &world.code("alice")]).run().ok().prints("").says(
        "awsesame: logged in as alice, account 123456789012 (key `AKIAIOSALICE7EXAMPLE`), \
         until {CLOCK} ({SPAN} left)\n",
    );
    let exports = run(&["env", "--format", "json"]).reveals_credentials().run().ok().json();
    assert!(
        world.sandbox().issued_secrets().contains(&exports["AWS_SESSION_TOKEN"].as_str().unwrap().to_owned())
    );
    // A child process must not use the keys that the session was created from.
    let script = "echo \"$AWS_ACCESS_KEY_ID\" | cut -c1-4";
    run(&["exec", "--", "sh", "-c", script]).run().ok().prints("ASIA\n");
    let rows = world.awsesame(&["status", "--json"]).run().ok().json();
    assert_eq!(rows[0]["environment_key"], "AKIAIOSALICE7EXAMPLE");
    assert_eq!(rows[0]["profile"], serde_json::Value::Null);
}

#[test]
fn half_a_key_in_the_environment_names_the_other_half() {
    let world = World::new();
    let run = world.awsesame(&["login", "123456"]).env("MASTER_AWS_ACCESS_KEY_ID", "AKIAIOSALICE7EXAMPLE");
    run.run().fails(
        1,
        "the environment has half an access key: `MASTER_AWS_SECRET_ACCESS_KEY` is not set",
        "run this, then type the secret access key, which is not shown: read -rs MASTER_AWS_SECRET_ACCESS_KEY; export MASTER_AWS_SECRET_ACCESS_KEY",
    );
}

#[test]
fn inherited_session_keys_are_not_what_a_session_is_asked_with() {
    let world = World::new();
    world
        .awsesame(&["login", "-p", "alice", &world.code("alice")])
        .env("AWS_ACCESS_KEY_ID", "ASIAINHERITED7EXAMPLE")
        .env("AWS_SECRET_ACCESS_KEY", "inherited")
        .env("AWS_SESSION_TOKEN", "inherited")
        .run()
        .ok();
    let keys: Vec<_> = world.sandbox().log().into_iter().filter_map(|entry| entry.access_key).collect();
    assert_eq!(keys, ["AKIAIOSALICE7EXAMPLE", "AKIAIOSALICE7EXAMPLE"]);
}

#[test]
fn edited_config_is_resolved_anew_without_a_code() {
    let world = World::new();
    world.log_in("alice");
    let region = || {
        let ran =
            world.awsesame(&["env", "-p", "alice", "--format", "json"]).reveals_credentials().run().ok();
        ran.json()["AWS_REGION"].as_str().unwrap().to_owned()
    };
    assert_eq!(region(), "us-east-1");
    world.change_config("[profile alice]\nregion = us-east-1", "[profile alice]\nregion = eu-west-3");
    assert_eq!(region(), "eu-west-3");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    // A key of another user is another session.
    let credentials =
        world.read(".aws/credentials").replace("[alice]", "[alice-was]").replace("[bob]", "[alice]");
    world.write_private(".aws/credentials", &credentials);
    world.awsesame(&["env", "-p", "alice"]).run().fails(
        3,
        "profile `alice` has no session",
        "awsesame login -p alice",
    );
}
