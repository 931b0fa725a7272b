//! Tests codes and callers: which codes the ledger allows, what a lost answer costs, and many callers at once. The
//! module `prompt` tests questions on a terminal.

use std::time::Duration;

use awsesame_sandbox::Fault;

use crate::world::World;

#[test]
fn repeated_code_is_refused_before_it_is_sent() {
    let world = World::new();
    let code = world.code("alice");
    // Both within one step, so that the second cannot be a new code.
    wait_for_the_step_to_begin();
    world.awsesame(&["login", "-p", "alice", &code]).run().ok();
    let ran = world.awsesame(&["login", "-p", "alice", &code]).run().fails(
        1,
        "the current code of `arn:aws:iam::123456789012:mfa/alice` has been used already",
        "AWS accepts each code once; use the next one: sleep {WAIT}; awsesame login -p alice",
    );
    let wait = ran.stderr.split("sleep ").nth(1).and_then(|rest| rest.split(';').next()).unwrap();
    let wait: u64 = wait.parse().unwrap();
    let left = 30 - seconds_into_the_step();
    assert!(wait.abs_diff(left) <= 1, "{wait} s are counted where {left} are left");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    // The session that there is stays.
    world.awsesame(&["exec", "-p", "alice", "--", "true"]).run().ok();
}

#[test]
fn old_code_after_a_step_is_recognised_as_the_one_used_a_moment_ago() {
    let world = World::new();
    wait_for_the_step_to_begin();
    let code = world.code("alice");
    world.awsesame(&["login", "-p", "alice", &code]).run().ok();
    let step = step();
    while self::step() == step {
        std::thread::sleep(Duration::from_millis(100));
    }
    world.awsesame(&["login", "-p", "alice", &code]).run().fails(
        1,
        "the current code of `arn:aws:iam::123456789012:mfa/alice` has been used already",
        "AWS accepts each code once; use the next one: sleep {WAIT}; awsesame login -p alice",
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
    // The code that the device shows now is good.
    world.awsesame(&["login", "-p", "alice", &world.sandbox().code("alice")]).run().ok();
}

#[test]
fn another_code_of_the_same_step_is_sent_and_a_wrong_one_is_not_called_used() {
    let world = World::new();
    world.log_in("alice");
    let ran = world.awsesame(&["login", "-p", "alice", "000000"]).run().exits(1);
    assert!(
        ran.stderr.starts_with("error: AWS refused the code of `arn:aws:iam::123456789012:mfa/alice`\n"),
        "{ran}"
    );
    assert_eq!(world.sandbox().count("GetSessionToken"), 2, "it was sent");
}

#[test]
fn failed_call_spends_nothing() {
    let world = World::new();
    let code = world.code("alice");
    world.sandbox().fail_next("GetSessionToken", Fault::CloseConnection);
    world.awsesame(&["login", "-p", "alice", &code]).run().exits(1);
    world.awsesame(&["login", "-p", "alice", &code]).run().ok();
    assert_eq!(world.sandbox().count("GetSessionToken"), 2, "a call with a code is never repeated by itself");
}

#[test]
fn many_callers_make_one_call() {
    let world = World::new();
    world.log_in("alice");
    let callers: Vec<_> =
        (0..12).map(|_| world.awsesame(&["exec", "-p", "deploy", "--", "true"]).spawn()).collect();
    for caller in callers {
        caller.wait().ok().says("");
    }
    assert_eq!(world.sandbox().count("AssumeRole"), 1);
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn logins_with_the_same_code_at_once_all_end_well_with_one_call() {
    let world = World::new();
    let code = world.code("alice");
    // Long enough for all of them to come.
    world.sandbox().fail_next("GetSessionToken", Fault::Hang(Duration::from_secs(2)));
    let logins: Vec<_> = (0..8).map(|_| world.awsesame(&["login", "-p", "alice", &code]).spawn()).collect();
    for login in logins {
        login.wait().ok();
    }
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn waiting_login_names_the_process_that_it_waits_for() {
    let world = World::new();
    world.sandbox().fail_next("GetSessionToken", Fault::Hang(Duration::from_secs(2)));
    let first = world.awsesame(&["login", "-p", "alice", &world.code("alice")]).spawn();
    std::thread::sleep(Duration::from_millis(700));
    let second = world.awsesame(&["login", "-p", "alice", "123456"]).run().ok();
    second.says(
        "awsesame: waiting for the login of profile `alice` on no terminal (pid {PID})\n\
         awsesame: logged in as alice, account 123456789012 (profile `alice`), until {CLOCK} ({SPAN} left)\n",
    );
    first.wait().ok();
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

/// Returns the time in Unix seconds.
fn now() -> u64 {
    std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_secs()
}

fn step() -> u64 {
    now() / 30
}

fn seconds_into_the_step() -> u64 {
    now() % 30
}

/// Waits where the step is about to end.
fn wait_for_the_step_to_begin() {
    while seconds_into_the_step() > 20 {
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// The same key with one device more, and another key with the same device.
#[test]
fn code_that_is_on_its_way_is_not_sent_again_for_another_profile() {
    const SERIAL: &str = "arn:aws:iam::123456789012:mfa/alice";
    for (serials, key_of) in
        [(format!("{SERIAL},arn:aws:iam::123456789012:mfa/old"), "alice"), (SERIAL.to_owned(), "bob")]
    {
        let world = World::new();
        world.append_config(&format!(
            "[profile other]\nregion = us-east-1\nendpoint_url = {{URL}}\nmfa_serial = {serials}\n"
        ));
        let (id, secret) = world.sandbox().access_key(key_of);
        let key = format!("\n[other]\naws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        world.write_private(".aws/credentials", &(world.read(".aws/credentials") + &key));
        wait_for_the_step_to_begin();
        let code = world.code("alice");
        // AWS has the code, and its answer takes a while.
        world.sandbox().fail_next("GetSessionToken", Fault::Hang(Duration::from_secs(2)));
        let mut first = world.awsesame(&["login", "-p", "alice", &code]).spawn();
        while world.sandbox().count("GetSessionToken") == 0 {
            assert!(first.is_running(), "it ended without a call");
            std::thread::sleep(Duration::from_millis(5));
        }
        let ran = world.awsesame(&["login", "-p", "other", &code]).run();
        if key_of == "alice" {
            // The same key has the same session, whichever profile or device is named: it is waited for.
            let ran = ran.ok();
            assert!(ran.stderr.contains("logged in as alice"), "{ran}");
        } else {
            let ran = ran.exits(1);
            assert!(
                ran.stderr.contains(&format!("the current code of `{SERIAL}` has been used already")),
                "{ran}"
            );
        }
        first.wait().ok();
        assert_eq!(world.sandbox().count("GetSessionToken"), 1, "key of {key_of}");
    }
}
