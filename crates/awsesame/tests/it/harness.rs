//! Tests the test harness itself: a watchdog that never finds anything would guard nothing, and a terminal that is not
//! a real one would never be asked.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use awsesame::broker::lease::Lease;
use awsesame::broker::place::BrokerPaths;
use awsesame::state::State;
use awsesame::store::{self, DATA_KEY};

use crate::ran::Ran;
use crate::world::World;

/// Returns the watchdog's message about a run, if it found a secret.
fn bitten(run: impl FnOnce() -> Ran) -> Option<String> {
    let failure = catch_unwind(AssertUnwindSafe(run)).err()?;
    Some(failure.downcast::<String>().map_or_else(|_| "bitten without a word".to_owned(), |text| *text))
}

fn logged_in() -> World {
    let world = World::new();
    world.log_in("alice");
    world
}

#[test]
fn the_watchdog_bites_at_a_session_on_stdout_unless_that_is_what_the_run_is_for() {
    let world = logged_in();
    let env = || world.awsesame(&["env", "-p", "alice"]);
    let bite = bitten(|| env().run()).unwrap();
    assert!(bite.contains("a session secret or token is in stdout"), "{bite}");
    env().reveals_credentials().run().ok();
}

#[test]
fn watchdog_finds_a_session_on_stderr_and_a_long_term_secret_in_any_place() {
    let world = logged_in();
    let shell = |script: &str| world.program("sh").args(&["-c", script]).reveals_credentials();
    let bite = bitten(|| shell("awsesame env -p alice >&2").run()).unwrap();
    assert!(bite.contains("a session secret or token is in stderr"), "{bite}");
    let bite = bitten(|| shell("cat ~/.aws/credentials").run()).unwrap();
    assert!(bite.contains("a long-term secret or a seed is in stdout"), "{bite}");
    // The watchdog searches only the output of these two.
    shell("wc -c < ~/.aws/credentials").run().ok();
}

#[test]
fn the_watchdog_bites_at_secrets_in_files_and_in_command_lines() {
    let world = logged_in();
    let shell = |script: &str| world.program("sh").args(&["-c", script]);
    let bite = bitten(|| shell("awsesame env -p alice > ~/.cache-of-mine").run()).unwrap();
    assert!(bite.contains("a session secret or token is in /"), "{bite}");
    assert!(bite.contains(".cache-of-mine"), "{bite}");
    shell("rm ~/.cache-of-mine").run().ok();
    let in_argv = "eval \"$(awsesame env -p alice)\"; sh -c 'sleep 0.3' $AWS_SECRET_ACCESS_KEY";
    let bite = bitten(|| shell(in_argv).run()).unwrap();
    assert!(bite.contains("a session secret or token is in argv of sh"), "{bite}");
}

#[test]
fn the_watchdog_bites_at_the_data_key_in_every_usual_form() {
    let world = logged_in();
    let key = store::open("kernel", &State::at(world.state())).unwrap().get(DATA_KEY).unwrap().unwrap();
    std::fs::write(world.path("raw"), &key).unwrap();
    let printed = |script: &str| bitten(|| world.program("sh").args(&["-c", script]).run()).unwrap();
    let bite = printed("true");
    assert!(bite.contains("the data key is in /"), "{bite}");
    std::fs::remove_file(world.path("raw")).unwrap();
    let elsewhere = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&elsewhere, &key).unwrap();
    let raw = elsewhere.path().display();
    for (script, form) in [("base64", "base64"), ("od -An -v -tx1 | tr -d ' \\n'", "hex")] {
        let bite = printed(&format!("cat {raw} | {script}"));
        assert!(bite.contains(&format!("the data key in {form} is in stdout")), "{bite}");
    }
}

#[test]
fn without_a_terminal_the_terminal_device_does_not_open() {
    let world = World::new();
    world.program("sh").args(&["-c", "exec 3</dev/tty"]).run().exits(2);
    world.program("sh").args(&["-c", "exec 3</dev/tty && echo open"]).pty().wait().ok().says("open\n");
}

#[test]
fn changed_terminal_modes_are_noticed() {
    let world = World::new();
    let bite = bitten(|| world.program("stty").args(&["-echo"]).pty().wait()).unwrap();
    assert!(bite.contains("modes are not what they were"), "{bite}");
    let mut terminal = world.program("sh").args(&["-c", "stty -echo; read line; stty echo"]).pty();
    terminal.send("secretly\r");
    terminal.wait().ok();
}

#[test]
fn the_environment_holds_nothing_of_the_machines() {
    let world = World::new();
    let ran = world.program("env").run().ok();
    let names: Vec<&str> = ran.stdout.lines().filter_map(|line| line.split('=').next()).collect();
    let mut sorted = names.clone();
    sorted.sort_unstable();
    assert_eq!(sorted, ["HOME", "HTTPS_PROXY", "LANG", "NO_COLOR", "NO_PROXY", "PATH", "TERM", "TZ", "USER"]);
}

#[test]
fn no_key_of_a_world_is_left_in_the_kernel() {
    let world = logged_in();
    let elsewhere = world.path("elsewhere");
    world.awsesame(&["login", "-p", "bob", &world.code("bob")]).env("XDG_STATE_HOME", &elsewhere).run().ok();
    let states = [world.state(), elsewhere.join("awsesame")].map(State::at);
    let keys = || {
        let key = |state| store::open("kernel", state).unwrap().get(DATA_KEY).unwrap();
        states.iter().filter_map(key).count()
    };
    assert_eq!(keys(), 2);
    drop(world);
    assert_eq!(keys(), 0);
}

#[test]
fn no_broker_of_a_world_is_left_running() {
    let world = logged_in();
    world.awsesame(&["broker", "start"]).run().ok();
    let place = BrokerPaths::of(&State::at(world.state()));
    let pid = Lease::holder(&place).unwrap().unwrap();
    drop(world);
    let until = Instant::now() + Duration::from_secs(20);
    while rustix::process::test_kill_process(pid).is_ok() {
        assert!(Instant::now() < until, "the broker still runs");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn a_run_ends_after_its_time() {
    let world = World::new();
    let hang = || world.program("sleep").args(&["60"]).limit(Duration::from_millis(200)).run();
    let bite = bitten(hang).unwrap();
    assert!(bite.contains("killed after its time"), "{bite}");
}
