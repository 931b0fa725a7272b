//! Tests roles: they are assumed from one MFA session without another code, or directly with the code if their duration
//! is long; they are renewed before they expire, and refused with a helpful message.

use crate::world::World;

fn arn_of(world: &World, profile: &str) -> String {
    let script = "printf %s \"$AWS_SESSION_TOKEN\"";
    let token =
        world.awsesame(&["exec", "-p", profile, "--", "sh", "-c", script]).reveals_credentials().run().ok();
    assert!(world.sandbox().issued_secrets().contains(&token.stdout));
    let row = world.awsesame(&["status", "-p", profile, "--json"]).run().ok().json();
    row[0]["arn"].as_str().unwrap().to_owned()
}

#[test]
fn one_code_serves_every_role_of_the_tree() {
    let world = World::new();
    world.log_in("alice");
    for (profile, start) in [
        ("deploy", "arn:aws:sts::123456789012:assumed-role/deploy/"),
        ("readonly", "arn:aws:sts::123456789012:assumed-role/readonly/"),
        ("chained", "arn:aws:sts::123456789012:assumed-role/chained/"),
        ("partner", "arn:aws:sts::210987654321:assumed-role/partner/"),
    ] {
        let arn = arn_of(&world, profile);
        assert!(arn.starts_with(start), "{profile}: {arn}");
    }
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    assert_eq!(
        world.sandbox().count("AssumeRole"),
        4,
        "deploy, readonly, partner, and chained from deploy's session"
    );
}

#[test]
fn login_of_a_role_gets_the_session_beneath_it_too() {
    let world = World::new();
    world.awsesame(&["login", "-p", "deploy", &world.code("alice")]).run().ok().says(
        "awsesame: logged in as role deploy, account 123456789012 (profile `deploy`), until {CLOCK} ({SPAN} left)\n",
    );
    world.awsesame(&["exec", "-p", "alice", "--", "true"]).run().ok();
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn long_role_is_assumed_directly_with_the_code() {
    let world = World::new();
    let ran = world.awsesame(&["login", "-p", "longhaul", &world.code("alice"), "--json"]).run().ok();
    assert_eq!(ran.json()["kind"], "direct-role");
    assert!((43_190..=43_200).contains(&ran.json()["seconds_left"].as_i64().unwrap()), "{ran}");
    assert_eq!(world.sandbox().count("GetSessionToken"), 0);
    assert_eq!(world.sandbox().count("AssumeRole"), 1);
    // The MFA session of its source is another one, and takes another code.
    world.awsesame(&["env", "-p", "alice"]).run().exits(3);
}

#[test]
fn role_session_name_tells_who_it_was() {
    let world = World::new();
    world.log_in("alice");
    let arn = arn_of(&world, "deploy");
    assert_ne!(arn.rsplit('/').next(), Some(""), "{arn}");
    world.append_config("[profile named]\nregion = us-east-1\nendpoint_url = {URL}\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\nrole_session_name = release-42\n");
    assert!(arn_of(&world, "named").ends_with("/release-42"));
}

#[test]
fn role_is_renewed_silently_before_it_ends() {
    let world = World::new();
    world.log_in("alice");
    world.sandbox().set_lifetime(Some(80));
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok();
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok();
    assert_eq!(world.sandbox().count("AssumeRole"), 1);
    // With a quarter of its time left.
    world.pass(65);
    let left = world.awsesame(&["status", "-p", "deploy", "--json"]).run().ok().json();
    assert!(left[0]["seconds_left"].as_i64().unwrap() > 0, "not expired yet: {left}");
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok().says("");
    assert_eq!(world.sandbox().count("AssumeRole"), 2);
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn role_that_cannot_be_renewed_early_is_served_while_it_holds() {
    let world = World::new();
    world.log_in("alice");
    world.sandbox().set_lifetime(Some(80));
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok();
    world.pass(65);
    world.sandbox().fail_next(
        "AssumeRole",
        awsesame_sandbox::Fault::Status(403, "AccessDenied".into(), "not now".into()),
    );
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok().says("");
    assert_eq!(world.sandbox().count("AssumeRole"), 2);
}

#[test]
fn role_that_refuses_us_gets_a_hint_whom_to_ask() {
    let world = World::new();
    world.append_config(
        "[profile nowhere]\nregion = us-east-1\nendpoint_url = {URL}\nrole_arn = arn:aws:iam::123456789012:role/nowhere\nsource_profile = alice\n",
    );
    world.change_config("external_id = sesame-4711\n", "");
    world.log_in("alice");
    for (profile, role) in [
        ("nowhere", "arn:aws:iam::123456789012:role/nowhere"),
        ("partner", "arn:aws:iam::210987654321:role/partner"),
    ] {
        world.awsesame(&["env", "-p", profile]).run().fails(
            1,
            &format!("`{role}` cannot be assumed: its trust policy or your own policies do not allow it, or it does not exist"),
            &format!("ask the owner of `{role}` to trust your user, with MFA; then: awsesame login -p {profile}"),
        );
    }
}

#[test]
fn role_whose_own_maximum_is_less_says_so() {
    let world = World::new();
    world.append_config("[profile tall]\nregion = us-east-1\nendpoint_url = {URL}\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\nduration_seconds = 7200\n");
    world.awsesame(&["login", "-p", "tall", &world.code("alice")]).run().fails(
        1,
        "AWS does not give sessions of 7200 s here: the role's own maximum (MaxSessionDuration) is less",
        "ask for one hour: awsesame login --duration 1h -p tall",
    );
}

#[test]
fn pins_refuse_another_account_or_role_with_exit_4() {
    let world = World::new();
    world.log_in("alice");
    let pinned = |arguments: &[&str], error: &str| {
        world.awsesame(arguments).run().fails(
            4,
            error,
            "name the profile that belongs to this project: awsesame login -p NAME",
        );
    };
    let account = "profile `alice` belongs to account 123456789012, but this project expects 111122223333";
    for command in ["env", "process"] {
        pinned(&[command, "-p", "alice", "--account", "111122223333"], account);
        pinned(
            &[command, "-p", "alice", "--role", "deploy"],
            "profile `alice` uses no role, but this project expects role `deploy`",
        );
        pinned(
            &[command, "-p", "readonly", "--role", "deploy"],
            "profile `readonly` uses role `readonly`, but this project expects role `deploy`",
        );
    }
    pinned(&["exec", "-p", "alice", "--account", "111122223333", "--", "touch", "ran"], account);
    assert!(!world.path("ran").exists());
    let run = world.awsesame(&["env", "-p", "alice"]).env("AWSESAME_ACCOUNT", "111122223333").run();
    let ran = run.exits(4);
    assert!(ran.stdout.starts_with("unset AWS_ACCESS_KEY_ID;\n") && !ran.stdout.contains("ASIA"), "{ran}");
    world
        .awsesame(&["env", "-p", "deploy", "--account", "123456789012", "--role", "deploy"])
        .reveals_credentials()
        .run()
        .ok();
}

#[test]
fn pin_that_cannot_be_met_is_told_before_a_code_is_spent() {
    let world = World::new();
    let code = world.code("alice");
    world.awsesame(&["login", "-p", "alice", &code, "--account", "111122223333"]).run().exits(4);
    world.awsesame(&["login", "-p", "partner", &code, "--account", "123456789012"]).run().fails(
        4,
        "profile `partner` belongs to account 210987654321, but this project expects 123456789012",
        "name the profile that belongs to this project: awsesame login -p NAME",
    );
    assert_eq!(world.sandbox().log().len(), 0, "nobody was called");
    world.awsesame(&["login", "-p", "alice", &code]).run().ok();
}

#[test]
fn mfa_older_than_asked_for_asks_for_a_new_code() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["env", "-p", "alice", "--max-age", "15m"]).reveals_credentials().run().ok();
    world.awsesame(&["env", "-p", "deploy", "--max-age", "15m"]).reveals_credentials().run().ok();
    world.pass(2);
    for profile in ["alice", "deploy"] {
        world.awsesame(&["env", "-p", profile, "--max-age", "1s"]).run().fails(
            3,
            &format!("profile `{profile}` has a session whose MFA is older than requested"),
            &format!("awsesame login --force -p {profile}"),
        );
    }
    world.awsesame(&["env", "-p", "alice"]).reveals_credentials().run().ok();
}
