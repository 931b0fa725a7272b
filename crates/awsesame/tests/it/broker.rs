//! Tests the broker from the view of its clients: after one login, running programs continue to get credentials.

use std::time::{Duration, Instant};

use awsesame::broker::lease::Lease;
use awsesame::broker::place::BrokerPaths;
use awsesame::state::State;

use crate::need::need;
use crate::ran::Ran;
use crate::run::Run;
use crate::sources::Tools;
use crate::world::World;

/// Returns the place of a world's broker.
pub(crate) fn place(world: &World) -> BrokerPaths {
    BrokerPaths::of(&State::at(world.state()))
}

/// Runs a program in a shell that has only the address of the broker.
pub(crate) fn shell<'w>(world: &'w World, profile: &str, script: &str) -> Run<'w> {
    world
        .awsesame(&["exec", "--via", "broker", "-p", profile, "--", "bash", "-euc", script])
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

/// Asks as the SDKs do: the status, and the body without what is secret.
pub(crate) const CURL: &str = "curl -s -o answer -w '%{http_code} ' \
                    -H \"Authorization: $(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)\" \
                    $AWS_CONTAINER_CREDENTIALS_FULL_URI; \
                    sed -E 's/\"(SecretAccessKey|Token)\":\"[^\"]*\"/\"\\1\":\"..\"/g' answer; rm answer; echo";

#[test]
fn program_gets_the_address_of_the_broker_and_no_secret() {
    let world = World::new();
    world.log_in("alice");
    let ran = shell(&world, "alice", "env | grep -E '^AWS' | sort").run().ok();
    let port = std::fs::read_to_string(place(&world).port()).unwrap();
    let expected = format!(
        "AWSESAME_EXPORTED=AWS_SDK_LOAD_CONFIG=1 AWSESAME_PROFILE=alice AWS_REGION=us-east-1 AWS_DEFAULT_REGION=us-east-1 \
         AWS_ENDPOINT_URL={{URL}}\n\
         AWSESAME_PROFILE=alice\n\
         AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={{HOME}}/.local/state/awsesame/broker/token\n\
         AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:{}/v1/credentials/alice/account=123456789012\n\
         AWS_DEFAULT_REGION=us-east-1\nAWS_EC2_METADATA_DISABLED=true\nAWS_ENDPOINT_URL={{URL}}\nAWS_REGION=us-east-1\n\
         AWS_SDK_LOAD_CONFIG=1\n",
        port.trim()
    );
    ran.says("").prints(&expected);
    let ran = shell(&world, "alice", CURL).run().ok();
    assert!(
        ran.known(&ran.stdout).starts_with("200 {\"AccessKeyId\":\"{KEY}\",\"SecretAccessKey\":\"..\""),
        "{ran}"
    );
}

#[test]
fn exec_by_broker_without_a_session_fails_with_the_login_to_type() {
    let world = World::new();
    shell(&world, "alice", "true").run().fails(
        3,
        "profile `alice` has no session",
        "awsesame login -p alice",
    );
}

#[test]
fn credentials_of_the_default_profile_are_not_used_instead_of_the_broker() {
    if !need("python3") {
        return;
    }
    let who = "python3 -c 'import boto3; print(boto3.client(\"sts\").get_caller_identity()[\"Arn\"])'";
    let alice = "arn:aws:iam::123456789012:user/alice\n";
    for (file, section) in [
        (".aws/config", "role_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = bob\n"),
        (".aws/credentials", "aws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = of/nobody\n"),
    ] {
        let world = World::new();
        world.log_in("alice");
        world.write_private(file, &format!("{}\n[default]\n{section}", world.read(file)));
        shell(&world, "alice", who).run().ok().says("").prints(alice);
        // Inside, our own commands still use the user's own files.
        shell(&world, "alice", "awsesame exec -p deploy -- true").run().ok().says("");
        shell(&world, "alice", &format!("awsesame exec --via broker -- {who}")).run().ok().prints(alice);
        let exports = world.awsesame(&["direnv", "export", "alice", "--via", "broker"]).run().ok().stdout;
        assert!(
            exports.contains("export AWS_CONFIG_FILE='") && exports.contains("/.aws/config"),
            "{exports}"
        );
    }
}

#[test]
fn broker_is_started_found_shown_and_stopped() {
    let world = World::new();
    let broker = |word: &str| world.awsesame(&["broker", word]).run();
    broker("status")
        .exits(1)
        .says("awsesame: no broker is running; type: awsesame broker start\n")
        .prints("");
    broker("stop").ok().says("awsesame: no broker is running\n");
    let started = |ran: Ran, word: &str| {
        let ran = ran.ok().prints("");
        let port = std::fs::read_to_string(place(&world).port()).unwrap();
        let expected =
            format!("awsesame: the broker {word}: http://127.0.0.1:{} (pid {{PID}})\n", port.trim());
        ran.says(&expected);
        port
    };
    let port = started(broker("start"), "started");
    started(broker("start"), "runs already");
    let status = world.awsesame(&["broker", "status", "--json"]).run().ok().json();
    assert_eq!(status["port"].to_string(), port.trim());
    assert_eq!(status["running"], true);
    broker("stop").ok().says("awsesame: the broker is stopped (pid {PID})\n");
    assert_eq!(Lease::holder(&place(&world)), Ok(None));
    // The address stays the same. A new one is taken only on request.
    assert_eq!(started(broker("start"), "started"), port);
    let other = started(world.awsesame(&["broker", "start", "--new-port"]).run(), "started");
    assert_ne!(other, port);
}

#[test]
fn broker_does_not_inherit_the_lock_of_the_program_that_started_it() {
    let world = World::new();
    let held = "exec 7>lock; flock -n 7 && awsesame broker start";
    let started = world.program("bash").args(&["-c", held]).run().ok();
    assert!(started.stderr.contains("the broker started"), "{started}");
    world.program("flock").args(&["-n", "lock", "true"]).run().ok();
    // A program may see the credentials that it gets on purpose.
    world.log_in("alice");
    let given = "awsesame exec --via broker -p alice -- cat /dev/fd/8 8< <(echo given)";
    world.program("bash").args(&["-c", given]).run().ok().prints("given\n");
}

#[test]
fn port_taken_by_another_program_is_given_up_with_its_token() {
    let world = World::new();
    world.awsesame(&["broker", "start"]).run().ok();
    let token = || std::fs::read_to_string(place(&world).token()).unwrap();
    let (port, before) = (std::fs::read_to_string(place(&world).port()).unwrap(), token());
    world.awsesame(&["broker", "stop"]).run().ok();
    let squatter = std::net::TcpListener::bind(format!("127.0.0.1:{}", port.trim())).unwrap();
    let hint = "clients would send it the token; use a new address and a new token: awsesame broker start --new-port";
    let what = format!("another program listens on 127.0.0.1:{}, the broker's address", port.trim());
    world.awsesame(&["broker", "run"]).run().fails(1, &what, hint);
    world.awsesame(&["broker", "start"]).run().fails(1, &format!("the broker does not start: {what}"), hint);
    world.awsesame(&["broker", "start", "--new-port"]).run().ok();
    assert_ne!(token(), before);
    drop(squatter);
}

#[test]
fn killed_broker_is_followed_by_another_without_anybodys_help() {
    let world = World::new();
    world.log_in("alice");
    for _ in 0..3 {
        let ran = shell(&world, "alice", CURL).run().ok();
        assert!(ran.stdout.starts_with("200 "), "{ran}");
        let pid = Lease::holder(&place(&world)).unwrap().unwrap();
        rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    }
}

#[test]
fn of_many_that_are_started_at_once_one_is_the_broker() {
    let world = World::new();
    let starts: Vec<_> = (0..8).map(|_| world.awsesame(&["broker", "start", "--json"]).spawn()).collect();
    let pids: std::collections::BTreeSet<u64> =
        starts.into_iter().map(|start| start.wait().ok().json()["pid"].as_u64().unwrap()).collect();
    assert_eq!(pids.len(), 1, "{pids:?}");
}

#[test]
fn request_without_a_session_is_answered_at_once() {
    let world = World::new();
    world.log_in("alice");
    // A program that runs, and a logout elsewhere.
    let script = format!("{CURL}\nawsesame logout -p alice 2>/dev/null\n{CURL}");
    let begun = Instant::now();
    let ran = shell(&world, "alice", &script).run().ok();
    assert!(begun.elapsed() < Duration::from_secs(20));
    let told = r#"403 {"code":"LoginNeeded","message":"login needed: awsesame login -p alice"}"#;
    assert_eq!(ran.stdout.lines().nth(1), Some(told), "{ran}");
}

/// Logs in without the half minute that a new code takes.
pub(crate) fn log_in_again(world: &World) {
    std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
    world.log_in("alice");
}

/// Asks for a profile until the broker answers with this status.
fn until_status(world: &World, profile: &str, status: &str) {
    let until = Instant::now() + Duration::from_secs(30);
    loop {
        let ran = by_token(world, profile);
        if ran.stdout.starts_with(status) {
            return;
        }
        assert!(Instant::now() < until, "{ran}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Sends one request for a profile, with the token of the running broker.
pub(crate) fn by_token(world: &World, profile: &str) -> Ran {
    let port = std::fs::read_to_string(place(world).port()).unwrap();
    world
        .program("bash")
        .args(&["-euc", CURL])
        .env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", place(world).token())
        .env(
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
            format!("http://127.0.0.1:{}/v1/credentials/{profile}", port.trim()),
        )
        .run()
        .ok()
}

#[test]
fn role_is_assumed_at_the_first_request_and_renewed_before_it_expires() {
    let world = World::new();
    world.log_in("alice");
    world.sandbox().set_lifetime(Some(9));
    world.awsesame(&["broker", "start"]).run().ok();
    assert!(by_token(&world, "deploy").stdout.starts_with("200 "));
    assert_eq!(world.sandbox().count("AssumeRole"), 1);
    // No client asks any more, but the session is still renewed when a third of its lifetime is left.
    let until = Instant::now() + Duration::from_secs(30);
    while world.sandbox().count("AssumeRole") < 2 {
        assert!(Instant::now() < until, "nothing is renewed");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(by_token(&world, "deploy").stdout.starts_with("200 "));
}

#[test]
fn broker_whose_folder_is_gone_ends_by_itself() {
    let world = World::new();
    world.awsesame(&["broker", "start"]).run().ok();
    let pid = Lease::holder(&place(&world)).unwrap().unwrap();
    std::fs::remove_dir_all(world.state()).unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while rustix::process::test_kill_process(pid).is_ok() {
        assert!(Instant::now() < until, "the broker still runs");
        std::thread::sleep(Duration::from_millis(20));
    }
    // Another one is found and started as ever.
    world.awsesame(&["broker", "start"]).run().ok();
    world.awsesame(&["broker", "stop"]).run().ok();
}

#[test]
fn role_that_failed_is_obtained_after_a_login_elsewhere() {
    let world = World::new();
    world.awsesame(&["broker", "start"]).run().ok();
    let told = "403 {\"code\":\"LoginNeeded\",\"message\":\"login needed: awsesame login -p deploy\"}\n";
    by_token(&world, "deploy").prints(told);
    world.log_in("alice");
    until_status(&world, "deploy", "200 ");
    assert_eq!(world.sandbox().count("AssumeRole"), 1);
    world.awsesame(&["lock"]).run().ok();
    by_token(&world, "deploy").prints(told);
}

#[test]
fn program_that_was_installed_over_it_renews_for_the_broker_that_runs() {
    let world = World::new();
    world.log_in("alice");
    let programs = tempfile::tempdir().unwrap();
    let program = programs.path().join("awsesame-full");
    let install = || {
        let new = programs.path().join("new");
        std::fs::copy(env!("CARGO_BIN_EXE_awsesame-full"), &new).unwrap();
        std::fs::rename(new, &program).unwrap();
    };
    install();
    world.program(&program).args(&["broker", "start"]).run().ok();
    install();
    assert!(by_token(&world, "deploy").stdout.starts_with("200 "));
}

#[test]
fn pin_in_the_address_is_held_against_every_session() {
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["broker", "start"]).run().ok();
    assert!(by_token(&world, "alice?account=123456789012").stdout.starts_with("200 "));
    let ran = by_token(&world, "alice?account=210987654321");
    assert!(ran.stdout.starts_with("403 {\"code\":\"PinnedAccount\""), "{ran}");
    let ran = by_token(&world, "alice?accounts=123456789012");
    assert!(ran.stdout.starts_with("404 "), "{ran}");
}

#[test]
fn broker_that_may_ask_does_so_in_a_window_once_while_clients_have_their_answer() {
    let (world, tools) = (World::new(), Tools::new());
    tools.program("zenity", "echo asked >>{TOOLS}/asked; exit 1");
    world.write_private(".config/awsesame/config.toml", "broker.ask = true\n");
    let start = || tools.first(world.awsesame(&["broker", "start"])).env("DISPLAY", ":9").run().ok();
    start();
    let asked = || std::fs::read_to_string(tools.path("asked")).unwrap_or_default().lines().count();
    assert!(by_token(&world, "alice").stdout.starts_with("403 "));
    let until = Instant::now() + Duration::from_secs(30);
    while asked() == 0 {
        assert!(Instant::now() < until, "nobody is asked");
        std::thread::sleep(Duration::from_millis(20));
    }
    // Dismissed: not asked again for a while.
    for _ in 0..5 {
        assert!(by_token(&world, "alice").stdout.starts_with("403 "));
    }
    assert_eq!(asked(), 1);
    world.awsesame(&["broker", "stop"]).run().ok();
    tools.program("zenity", &format!("echo {}", world.code("alice")));
    start();
    until_status(&world, "alice", "200 ");
    assert_eq!(world.sandbox().count("GetSessionToken"), 1);
}

#[test]
fn idle_broker_exits_after_the_configured_time() {
    let world = World::new();
    world.awsesame(&["broker", "run", "--idle-exit", "1s"]).run().ok();
    assert!(!place(&world).socket().exists());
}

#[test]
fn envrc_is_given_the_address_with_and_without_a_session() {
    let world = World::new();
    let export = || world.awsesame(&["direnv", "export", "alice", "--via", "broker"]).run().ok().says("");
    let address = "export AWS_CONTAINER_CREDENTIALS_FULL_URI='http://127.0.0.1:";
    let without = export().stdout;
    assert!(without.contains(address), "{without}");
    let told = "log_status 'awsesame: profile `alice` has no session; type: awsesame login -p alice'\n";
    assert!(without.ends_with(told), "{without}");
    world.log_in("alice");
    assert_eq!(export().stdout, without.replace(told, ""));
    // The exported variables must not redirect our own commands.
    let script = format!(
        "{without}\nlog_status() {{ :; }}\nwatch_file() {{ :; }}\nawsesame exec -- env | grep -c ^AWS_SESSION_TOKEN="
    );
    let script = format!("log_status() {{ :; }}\nwatch_file() {{ :; }}\n{script}");
    world.program("bash").args(&["-euc", &script]).run().ok().prints("1\n");
}

#[test]
fn shell_whose_broker_was_stopped_is_told_so_and_loads_its_envrc_again() {
    let world = World::new();
    world.log_in("alice");
    let script = "awsesame check && awsesame broker stop 2>/dev/null; awsesame check; echo $?; awsesame doctor | \
                  grep -A1 'points at the broker'; awsesame broker start 2>/dev/null; awsesame check";
    let stamp =
        || std::fs::metadata(State::at(world.state()).named_stamp("p-alice")).unwrap().modified().unwrap();
    let before = stamp();
    let ran = shell(&world, "alice", &format!("set +e\n{script}")).run().ok();
    ran.prints(
        "1\n  FAIL   this environment points at the broker, which is not running\n         awsesame broker start\n",
    );
    assert!(stamp() > before);
}
