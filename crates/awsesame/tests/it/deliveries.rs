//! Tests `env`, `process` and `exec` with a fresh session, from the front and from the full program. The module
//! `shells` tests the quoting of values.

use std::time::Duration;

use rustix::process::Signal;

use crate::world::World;

fn logged_in() -> World {
    let world = World::new();
    world.log_in("alice");
    world
}

#[test]
fn env_exports_the_keys_and_unsets_what_would_shadow_them() {
    let world = logged_in();
    let ran = world.awsesame(&["env", "-p", "alice"]).reveals_credentials().run().ok();
    let names: Vec<&str> = ran.stdout.lines().map(|line| line.split(['=', ';']).next().unwrap()).collect();
    assert_eq!(
        names,
        [
            "export AWS_ACCESS_KEY_ID",
            "export AWS_SECRET_ACCESS_KEY",
            "export AWS_SESSION_TOKEN",
            "export AWS_CREDENTIAL_EXPIRATION",
            "export AWSESAME_EXPIRES_AT",
            "export AWS_ACCOUNT_ID",
            "export AWSESAME_PROFILE",
            "export AWS_REGION",
            "export AWS_DEFAULT_REGION",
            "export AWS_ENDPOINT_URL",
            "unset AWS_PROFILE",
            "unset AWS_DEFAULT_PROFILE",
            "unset AWS_SECURITY_TOKEN",
            "unset AWS_CONTAINER_CREDENTIALS_FULL_URI",
            "unset AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "unset AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "unset AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "unset AWS_WEB_IDENTITY_TOKEN_FILE",
            "unset AWS_ROLE_ARN",
            "unset AWS_ACCESS_KEY",
            "unset AWS_SECRET_KEY",
            "unset AWS_CREDENTIAL_FILE",
            "export AWSESAME_EXPORTED",
        ]
    );
    ran.says("");
}

#[test]
fn what_env_exports_is_what_the_sandbox_gave() {
    let world = logged_in();
    let ran = world.awsesame(&["env", "-p", "alice", "--format", "json"]).reveals_credentials().run().ok();
    let exports = ran.json();
    let issued = world.sandbox().issued_secrets();
    assert_eq!(issued.len(), 2);
    for name in ["AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"] {
        assert!(issued.contains(&exports[name].as_str().unwrap().to_owned()), "{name}");
    }
    assert_eq!(exports["AWS_PROFILE"], serde_json::Value::Null);
    assert_eq!(exports["AWSESAME_PROFILE"], "alice");
    assert_eq!(exports["AWS_ENDPOINT_URL"], world.url().as_str());
}

#[test]
fn front_and_full_program_give_the_same_answer() {
    let world = logged_in();
    let full = std::path::Path::new(env!("CARGO_BIN_EXE_awsesame-full"));
    for arguments in [
        &["env", "-p", "alice"][..],
        &["process", "-p", "alice"],
        &["env", "-p", "alice", "--format", "fish"],
    ] {
        let front = world.awsesame(arguments).reveals_credentials().run().ok();
        let full = world.program(full).args(arguments).reveals_credentials().run().ok();
        assert_eq!(front.stdout, full.stdout);
        assert_eq!(front.stderr, full.stderr);
    }
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn process_gives_what_credential_process_wants() {
    let world = logged_in();
    let ran = world.awsesame(&["process", "-p", "alice"]).reveals_credentials().run().ok().says("");
    let given = ran.json();
    let names: Vec<&String> = given.as_object().unwrap().keys().collect();
    assert_eq!(
        names,
        ["AccessKeyId", "AccountId", "Expiration", "SecretAccessKey", "SessionToken", "Version"]
    );
    assert_eq!(given["Version"], 1);
    assert_eq!(given["AccountId"], "123456789012");
    assert_eq!(ran.known(given["Expiration"].as_str().unwrap()), "{ISO}");
}

#[test]
fn unknown_format_names_those_that_there_are() {
    let world = logged_in();
    world.awsesame(&["env", "-p", "alice", "--format", "csh"]).run().fails(
        2,
        "`csh` is not a value for --format: expected bash, zsh, fish, elvish, nu, powershell, dotenv, json",
        "see what is allowed: awsesame env --help",
    );
}

#[test]
fn exec_gives_the_keys_to_the_program_and_takes_away_what_would_shadow_them() {
    let world = logged_in();
    let script =
        "test -n \"$AWS_SESSION_TOKEN\" && test -z \"${AWS_PROFILE-}${AWS_SECURITY_TOKEN-}\" && echo good";
    world
        .awsesame(&["exec", "-p", "alice", "--", "sh", "-c", script])
        .env("AWS_PROFILE", "bob")
        .env("AWS_SECURITY_TOKEN", "old")
        .run()
        .ok()
        .says("")
        .prints("good\n");
}

#[test]
fn exec_passes_arguments_stdin_and_the_exit_code_through() {
    let world = logged_in();
    let script = "cat; printf '%s|' \"$@\"; exit 42";
    world
        .awsesame(&["exec", "-p", "alice", "--", "sh", "-c", script, "sh", "-p", "two words", "--", ""])
        .stdin("in\n")
        .run()
        .exits(42)
        .prints("in\n-p|two words|--||")
        .says("");
}

#[test]
fn exec_becomes_the_program_so_that_signals_reach_it() {
    let world = logged_in();
    let script = "trap 'echo caught; exit 7' TERM; echo $$; while :; do sleep 0.05; done";
    let mut running = world.awsesame(&["exec", "-p", "alice", "--", "sh", "-c", script]).spawn();
    std::thread::sleep(Duration::from_millis(500));
    assert!(running.is_running());
    let pid = running.pid();
    running.signal(Signal::TERM);
    running.wait().exits(7).prints(&format!("{pid}\ncaught\n"));
    let ran = world.awsesame(&["exec", "-p", "alice", "--", "sh", "-c", "kill -9 $$"]).run();
    assert_eq!((ran.code, ran.signal), (None, Some(9)), "{ran}");
}

#[test]
fn program_that_cannot_be_run_ends_as_in_a_shell() {
    let world = logged_in();
    world.awsesame(&["exec", "-p", "alice", "--", "no-such-program"]).run().fails(
        127,
        "cannot run `no-such-program`: no such file or directory",
        "is it installed, and in the PATH? command -v no-such-program",
    );
    world.write("script", "#!/bin/sh\n");
    world.awsesame(&["exec", "-p", "alice", "--", "./script"]).run().fails(
        126,
        "cannot run `./script`: permission denied",
        "see what it is, and whether it is executable: ls -l ./script",
    );
}

#[test]
fn exec_without_a_command_is_a_usage_error() {
    let world = logged_in();
    world.awsesame(&["exec", "-p", "alice", "--"]).run().fails(2, "`CMD` is missing", "awsesame exec --help");
}

#[test]
fn without_a_session_every_delivery_says_login_needed_at_once() {
    let world = World::new();
    for arguments in [&["env"][..], &["process"], &["exec", "--", "true"], &["env", "--no-input"]] {
        let run = world.awsesame(arguments).env("AWSESAME_PROFILE", "alice").limit(Duration::from_secs(10));
        let ran = run.run().exits(3);
        assert_eq!(ran.stdout.is_empty(), arguments[0] != "env", "{ran}");
        ran.says("error: profile `alice` has no session\nhint: awsesame login -p alice\n");
    }
    assert_eq!(world.sandbox().log().len(), 0);
}

#[test]
fn for_programs_login_needed_is_json_too() {
    let world = World::new();
    for arguments in [&["env", "--json"][..], &["process", "--json"], &["login", "--json"]] {
        let ran = world.awsesame(arguments).env("AWSESAME_PROFILE", "alice").run().exits(3);
        // A failed login must not advise to log in.
        let (message, hint) = if arguments[0] == "login" {
            ("profile `alice` needs a code for a new session", "add the code: awsesame login -p alice 123456")
        } else {
            ("profile `alice` has no session", "awsesame login -p alice")
        };
        assert_eq!(
            ran.json(),
            serde_json::json!({
                "error": "login_needed",
                "profile": "alice",
                "message": message,
                "hint": hint,
            })
        );
        ran.says(&format!("error: {message}\nhint: {hint}\n"));
    }
}

#[test]
fn answer_that_cannot_be_written_is_an_error() {
    let world = logged_in();
    for command in ["env", "process", "status", "--help"] {
        let script = format!("awsesame {command} -p alice > /dev/full");
        let ran = world.program("sh").args(&["-c", &script]).run();
        ran.fails(
            1,
            "the output cannot be written: no space left on device",
            "see whether the disk is full: df -h",
        );
    }
}
