//! Tests the contract for programs: an answer at once, a meaningful exit code, and with `--json` an error that can be
//! parsed.

use std::time::Duration;

use crate::world::World;

/// Commands without a session and without a person to ask, each with its exit code and the name of its error.
const COMMANDS: [(&str, i32, &str); 24] = [
    ("login -p alice", 3, "login_needed"),
    ("login -p alice 12345", 2, "bad_code"),
    ("login -p nobody", 1, "unknown_profile"),
    ("env -p alice", 3, "login_needed"),
    ("env -p alice --format csh", 2, "bad_value"),
    ("process -p alice", 3, "login_needed"),
    ("exec -p alice -- true", 3, "login_needed"),
    ("exec -p nobody -- true", 1, "unknown_profile"),
    ("check -p alice", 3, "login_needed"),
    ("check -p nobody", 1, "unknown_profile"),
    ("wait -p alice --timeout 1s", 3, "login_needed"),
    ("env -p deploy --account 999999999999", 4, "pinned_account"),
    ("mfa code -p alice", 1, "codes_are_typed"),
    ("mfa seed -p alice", 2, "bad_seed"),
    ("logni", 2, "usage"),
    ("env --bogus", 2, "usage"),
    ("exec", 2, "usage"),
    ("wait --timeout soon", 2, "usage"),
    ("status --format {profle}", 2, "usage"),
    ("completions tcsh", 2, "usage"),
    ("hook tcsh", 2, "usage"),
    ("config", 2, "usage"),
    ("mfa", 2, "usage"),
    ("man --out file/man", 1, "not_a_folder"),
];

#[test]
fn every_failure_is_two_lines_and_with_json_an_object_too() {
    let world = World::new();
    world.write("file", "");
    for (line, code, error) in COMMANDS {
        let mut words: Vec<&str> = line.split(' ').collect();
        words.insert(1, "--json");
        let ran = world.awsesame(&words).limit(Duration::from_secs(20)).run().exits(code);
        let object = ran.json();
        let told = |field: &str| object[field].as_str().unwrap_or_else(|| panic!("{line}: {ran}")).to_owned();
        let lines = format!("error: {}\nhint: {}\n", told("message"), told("hint"));
        let one_line = line.starts_with("check");
        assert!(one_line || ran.stderr == lines, "{line}: {ran}");
        assert_eq!(ran.stdout.lines().count(), 1, "{line}: {ran}");
        assert_eq!(told("error"), error, "{line}: {ran}");
    }
}

#[test]
fn login_needed_is_what_the_contract_says() {
    let world = World::new();
    for command in [&["env"][..], &["process"], &["check"], &["login"], &["exec", "--", "true"]] {
        let mut words = vec![command[0], "--json", "-p", "alice"];
        words.extend(&command[1..]);
        let ran = world.awsesame(&words).run().exits(3);
        let mut object = ran.json();
        object.as_object_mut().unwrap().remove("message").unwrap();
        // A login without anybody to ask wants its code.
        let hint = if command == ["login"] {
            "add the code: awsesame login -p alice 123456"
        } else {
            "awsesame login -p alice"
        };
        let expected = serde_json::json!({ "error": "login_needed", "profile": "alice", "hint": hint });
        assert_eq!(object, expected, "{command:?}");
    }
}

#[test]
fn a_program_that_cannot_be_run_is_an_object_too() {
    let world = World::new();
    world.log_in("alice");
    let ran = world.awsesame(&["exec", "--json", "-p", "alice", "--", "no-such-program"]).run().exits(127);
    assert_eq!(ran.json()["error"], "cannot_run");
    assert_eq!(ran.json()["profile"], "alice");
    // After the dashes it is the program's own option.
    let ran = world.awsesame(&["exec", "-p", "alice", "--", "no-such-program", "--json"]).run();
    ran.exits(127).prints("");
}

#[test]
fn env_with_json_is_json() {
    let world = World::new();
    world.log_in("alice");
    let plain = world.awsesame(&["env", "-p", "alice", "--format", "json"]).reveals_credentials().run().ok();
    let asked = world.awsesame(&["env", "-p", "alice", "--json"]).reveals_credentials().run().ok();
    assert_eq!(asked.stdout, plain.stdout);
    let chosen = ["env", "-p", "alice", "--json", "--format", "dotenv"];
    let chosen = world.awsesame(&chosen).reveals_credentials().run().ok();
    assert!(chosen.stdout.starts_with("AWS_ACCESS_KEY_ID=ASIA"), "{chosen}");
}

#[test]
fn check_is_silent_where_all_is_well_and_says_one_line_where_not() {
    let world = World::new();
    let says = "awsesame: profile `alice` has no session; type: awsesame login -p alice\n";
    world.awsesame(&["check", "-p", "alice"]).run().exits(3).prints("").says(says);
    world.log_in("alice");
    for more in [&[][..], &["--for", "1h"], &["--account", "123456789012"], &["--max-age", "15m"]] {
        world.awsesame(&[&["check", "-p", "alice"], more].concat()).run().ok().prints("").says("");
    }
    world.awsesame(&["check", "-p", "alice", "--for", "13h"]).run().exits(3).prints("").says(
        "awsesame: profile `alice` has a session that expires too soon; type: awsesame login --force -p alice --duration 13h15m\n",
    );
    world.awsesame(&["check", "-p", "alice", "--account", "999999999999"]).run().exits(4).prints("").says(
        "awsesame: profile `alice` belongs to account 123456789012, but this project expects 999999999999; \
         name the profile that belongs to this project: awsesame login -p NAME\n",
    );
    let ran = world.awsesame(&["check", "-p", "alice", "--json"]).run().ok().says("");
    assert_eq!(ran.json()["state"], "fresh");
    // A role of hers needs no code, so nothing is in its way.
    world.awsesame(&["check", "-p", "deploy"]).run().ok().prints("").says("");
}

#[test]
fn check_asks_nobody_even_at_a_terminal() {
    let world = World::new();
    let ran = world.awsesame(&["check", "-p", "alice"]).pty().wait().exits(3);
    ran.says("awsesame: profile `alice` has no session; type: awsesame login -p alice\n");
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
}
