//! Tests `status`, `wait`, `logout` and `lock`.

use std::time::Duration;

use crate::world::World;

#[test]
fn status_without_sessions_says_how_to_get_one() {
    let world = World::new();
    let told = "awsesame: no session; type: awsesame login -p alice\n";
    world.awsesame(&["status"]).run().ok().says(told).prints("");
    world.awsesame(&["status", "--json"]).run().ok().says("").prints("[]\n");
    world
        .awsesame(&["status", "-p", "alice"])
        .run()
        .exits(3)
        .says("awsesame: no session; type: awsesame login -p alice\n")
        .prints("");
}

#[test]
fn status_shows_every_session_in_columns() {
    let world = World::new();
    world.log_in("alice");
    world.log_in("bob");
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok();
    let ran = world.awsesame(&["status"]).run().ok().says("");
    let rows: Vec<Vec<&str>> = ran
        .stdout
        .lines()
        .map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect())
        .collect();
    assert_eq!(rows[0], ["PROFILE", "ACCOUNT", "IDENTITY", "STATE", "LEFT", "MFA AGE", "STORE"]);
    let known: Vec<[&str; 4]> = rows[1..].iter().map(|row| [row[0], row[1], row[2], row[3]]).collect();
    assert_eq!(
        known,
        [
            ["alice", "123456789012", "alice", "fresh"],
            ["bob", "123456789012", "bob", "fresh"],
            ["deploy", "123456789012", "role deploy", "fresh"],
        ]
    );
    assert!(rows[1..].iter().all(|row| row[6] == "kernel"), "{ran}");
}

#[test]
fn status_of_one_profile_is_a_question_with_an_answer() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["status", "-p", "alice"]).run().ok();
    world.awsesame(&["status", "-p", "bob"]).run().exits(3);
    let ran = world.awsesame(&["status", "-p", "alice", "--json"]).run().ok();
    assert_eq!(ran.json()[0]["state"], "fresh");
    assert_eq!(ran.json()[0]["profile"], "alice");
    let ran = world.awsesame(&["status", "-p", "bob", "--json"]).run().exits(3);
    assert_eq!(ran.json(), serde_json::json!([]));
}

#[test]
fn status_in_a_format_is_one_line_about_the_profile_in_force() {
    let world = World::new();
    for profile in [&[][..], &["-p", "alice"]] {
        world
            .awsesame(&[&["status", "--format", "{profile}"], profile].concat())
            .run()
            .exits(3)
            .prints("")
            .says("");
    }
    world.log_in("alice");
    world.log_in("bob");
    for (format, line) in [
        ("{profile} {account} {identity} {state}", "alice 123456789012 alice fresh\n"),
        ("{arn} {kind} {store}", "arn:aws:iam::123456789012:user/alice mfa kernel\n"),
        ("{{{region}}} until {expires}", "{us-east-1} until {ISO}\n"),
        ("", "\n"),
    ] {
        let ran = world.awsesame(&["status", "--format", format]).env("AWSESAME_PROFILE", "alice").run();
        ran.ok().says("").prints(line);
        // With the clock on the wall it is the full program that answers, and alike.
        let format = format.to_owned() + "{until}";
        let ran = world.awsesame(&["status", "-p", "alice", "--format", &format]).run().ok().says("");
        let clock = regex_lite::Regex::new(r"(\w{3} )?\d\d:\d\d\n$").unwrap();
        assert_eq!(ran.known(&clock.replace(&ran.stdout, "\n")), line, "{ran}");
        assert!(clock.is_match(&ran.stdout), "{ran}");
    }
    let ran = world
        .awsesame(&["status", "-p", "bob", "--format", "{left}|{seconds_left}|{mfa_age_seconds}"])
        .run()
        .ok();
    let cells: Vec<&str> = ran.stdout.trim_end().split('|').collect();
    assert!(["12 h", "11 h 59 min"].contains(&cells[0]), "{ran}");
    assert!((43_100..=43_200).contains(&cells[1].parse::<i64>().unwrap()), "{ran}");
    assert!((0..100).contains(&cells[2].parse::<i64>().unwrap()), "{ran}");
}

#[test]
fn a_session_that_is_over_or_locked_is_told_by_a_format_too() {
    let world = World::new();
    world.sandbox().set_lifetime(Some(60));
    world.log_in("alice");
    world.sandbox().set_lifetime(None);
    world.log_in("bob");
    world.pass(60);
    let format = "{profile} {state} {left} {seconds_left}";
    let of = |profile: &str| world.awsesame(&["status", "--format", format, "-p", profile]).run();
    of("alice").exits(3).prints("alice expired 0 s 0\n").says("");
    world.awsesame(&["lock"]).run().ok();
    of("bob").exits(3).prints("bob locked 0 s 0\n").says("");
}

#[test]
fn a_field_that_there_is_not_is_refused_by_name() {
    let world = World::new();
    for (format, error, hint) in [
        (
            "{acount}",
            "there is no field `acount`",
            "did you mean `{account}`? awsesame status --format '{account}'",
        ),
        ("{xyzzy}", "there is no field `xyzzy`", "list the fields: awsesame status --help"),
        (
            "{profile",
            "`{profile` is not a value for --format: expected fields in braces, like `{profile} {left}`; a brace itself is written twice",
            "see what is allowed: awsesame status --help",
        ),
    ] {
        world.awsesame(&["status", "--format", format]).run().fails(2, error, hint);
    }
}

#[test]
fn expired_session_is_shown_as_such_and_not_served() {
    let world = World::new();
    world.sandbox().set_lifetime(Some(60));
    world.log_in("alice");
    world.pass(60);
    let ran = world.awsesame(&["status", "--json"]).run().ok();
    assert_eq!(ran.json()[0]["state"], "expired");
    assert_eq!(ran.json()[0]["seconds_left"], 0);
    for command in ["env", "process"] {
        world.awsesame(&[command, "-p", "alice"]).run().fails(
            3,
            "profile `alice` has an expired session",
            "awsesame login -p alice",
        );
    }
}

#[test]
fn locked_sessions_do_not_open_until_the_next_login() {
    let world = World::new();
    world.log_in("alice");
    world
        .awsesame(&["lock"])
        .run()
        .ok()
        .says("awsesame: locked: the sessions on disk can no longer be decrypted\n")
        .prints("");
    world.awsesame(&["lock"]).run().ok().says("awsesame: there was nothing to lock\n").prints("");
    assert_eq!(world.awsesame(&["status", "--json"]).run().ok().json()[0]["state"], "locked");
    world.awsesame(&["env", "-p", "alice"]).run().fails(
        3,
        "profile `alice` has a session whose key was deleted (reboot or `awsesame lock`)",
        "awsesame login -p alice",
    );
    // The code is from another user's device, because the current code of this one is used already.
    world.log_in("bob");
    world.awsesame(&["process", "-p", "bob"]).reveals_credentials().run().ok();
    world.awsesame(&["env", "-p", "alice"]).run().exits(3);
}

#[test]
fn logout_forgets_the_session_and_those_that_stem_from_it() {
    let world = World::new();
    world.log_in("alice");
    world.log_in("bob");
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok();
    world
        .awsesame(&["logout", "-p", "alice"])
        .run()
        .ok()
        .says("awsesame: the session of profile `alice` is deleted, and with it profile `deploy`\n")
        .prints("");
    for profile in ["alice", "deploy"] {
        world.awsesame(&["env", "-p", profile]).run().fails(
            3,
            &format!("profile `{profile}` has no session"),
            &format!("awsesame login -p {profile}"),
        );
    }
    world.awsesame(&["exec", "-p", "bob", "--", "true"]).run().ok();
    world.awsesame(&["logout", "-p", "alice"]).run().ok().says("awsesame: profile `alice` had no session\n");
    let names: Vec<_> = std::fs::read_dir(world.state().join("sessions"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| !name.contains("bob"))
        .collect();
    assert_eq!(names.len(), 1, "bob's MFA session alone is left besides his own: {names:?}");
}

#[test]
fn logout_of_all_leaves_no_session_and_no_key() {
    let world = World::new();
    world.log_in("alice");
    world.log_in("bob");
    assert_eq!(world.data_keys().len(), 1);
    world.awsesame(&["logout", "--all"]).run().ok().says("awsesame: every session is deleted\n").prints("");
    assert_eq!(std::fs::read_dir(world.state().join("sessions")).unwrap().count(), 0);
    world.awsesame(&["lock"]).run().ok().says("awsesame: there was nothing to lock\n");
    world.awsesame(&["status", "--json"]).run().ok().prints("[]\n");
}

#[test]
fn wait_returns_as_soon_as_somebody_logged_in() {
    let world = World::new();
    let mut waiting = world.awsesame(&["wait", "-p", "alice", "--timeout", "30s"]).spawn();
    std::thread::sleep(Duration::from_millis(700));
    assert!(waiting.is_running());
    world.log_in("alice");
    waiting
        .wait()
        .ok()
        .prints("")
        .says("awsesame: alice, account 123456789012 (profile `alice`), until {CLOCK} ({SPAN} left)\n");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn wait_for_a_role_takes_the_login_of_its_source() {
    let world = World::new();
    let waiting = world.awsesame(&["wait", "-p", "deploy", "--timeout", "30s", "--json"]).spawn();
    std::thread::sleep(Duration::from_millis(300));
    world.log_in("alice");
    assert_eq!(waiting.wait().ok().json()["arn"].as_str().unwrap().split('/').nth(1), Some("deploy"));
}

#[test]
fn wait_gives_up_after_its_time() {
    let world = World::new();
    let begun = std::time::Instant::now();
    world.awsesame(&["wait", "-p", "alice", "--timeout", "1s"]).run().fails(
        3,
        "profile `alice` has no session",
        "awsesame login -p alice",
    );
    assert!(begun.elapsed() >= Duration::from_secs(1));
    let ran = world.awsesame(&["wait", "-p", "alice", "--timeout", "1s", "--json"]).run().exits(3);
    assert_eq!(ran.json()["error"], "login_needed");
}

#[test]
fn colors_come_at_a_terminal_that_shows_them_and_where_nobody_refuses_them() {
    let world = World::new();
    world.log_in("alice");
    for (variables, colored) in [
        (&[][..], true),
        (&[("NO_COLOR", "1")], false),
        (&[("TERM", "dumb")], false),
        // Empty, it is not set.
        (&[("NO_COLOR", "")], true),
    ] {
        for words in [&["status"][..], &["list"], &["doctor", "--all"], &["env", "-p", "nobody"]] {
            let mut run = world.awsesame(words).env_remove("NO_COLOR");
            for (name, value) in variables {
                run = run.env(name, value);
            }
            let screen = run.pty().wait().stderr;
            assert_eq!(screen.contains("\x1b[3"), colored, "{words:?} {variables:?}: {screen}");
        }
    }
    let piped = world.awsesame(&["status"]).env_remove("NO_COLOR").run().ok();
    assert!(!piped.stdout.contains('\x1b'), "{piped}");
}

#[test]
fn tables_fit_a_narrow_terminal_with_the_time_that_is_left() {
    let world = World::new();
    let long = "company-with-a-very-long-name-production-administrator";
    world.append_config(&format!("[profile {long}]\nregion = us-east-1\nendpoint_url = {{URL}}\nsource_profile = alice\nrole_arn = arn:aws:iam::123456789012:role/deploy\n"));
    world.log_in("alice");
    world.awsesame(&["env", "-p", long]).reveals_credentials().run().ok();
    for (line, left) in [
        ("status", true),
        ("list", true),
        ("keys list", false),
        ("config show", false),
        ("config keys", false),
    ] {
        let narrow = format!("stty cols 60; awsesame {line}");
        let ran = world.program("sh").args(&["-c", &narrow]).pty().wait().ok();
        // Sentences are wrapped by the terminal.
        for text in ran.stderr.lines().filter(|line| !line.starts_with("awsesame: ")) {
            assert!(text.chars().count() <= 60, "{line}: {text}");
        }
        assert_eq!(ran.stderr.contains(" h\n") || ran.stderr.contains(" min\n"), left, "{line}: {ran}");
    }
}

#[test]
fn a_terminal_that_only_prints_gets_lines_and_no_escapes_from_a_watch() {
    let world = World::new();
    world.log_in("alice");
    let mut watch = world.awsesame(&["status", "--watch"]).env("TERM", "dumb").pty();
    watch.expect("alice, account 123456789012");
    watch.send("\u{3}");
    let screen = watch.transcript();
    assert!(!screen.contains('\x1b'), "{screen}");
}
