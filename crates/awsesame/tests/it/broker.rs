//! The broker as its clients meet it: one login, and whatever runs goes on.

use std::time::{Duration, Instant};

use awsesame::broker::lease::Lease;
use awsesame::broker::place::Place;
use awsesame::state::State;

use crate::need::need;
use crate::ran::Ran;
use crate::run::Run;
use crate::world::World;

/// The place of a world's broker.
fn place(world: &World) -> Place {
    Place::of(&State::at(world.state()))
}

/// A shell with a program in it that has the broker's address and nothing else.
fn shell<'w>(world: &'w World, profile: &str, script: &str) -> Run<'w> {
    world
        .awsesame(&["exec", "--via", "broker", "-p", profile, "--", "bash", "-euc", script])
        .env("AWS_EC2_METADATA_DISABLED", "true")
}

/// Asks as the SDKs do: the status, and the body without what is secret.
const CURL: &str = "curl -s -o answer -w '%{http_code} ' \
                    -H \"Authorization: $(cat $AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE)\" \
                    $AWS_CONTAINER_CREDENTIALS_FULL_URI; \
                    sed -E 's/\"(SecretAccessKey|Token)\":\"[^\"]*\"/\"\\1\":\"..\"/g' answer; rm answer; echo";

#[test]
fn program_is_told_where_to_ask_and_no_secret() {
    let world = World::new();
    world.log_in("alice");
    let ran = shell(&world, "alice", "env | grep -E '^AWS' | sort").run().ok();
    let port = std::fs::read_to_string(place(&world).port()).unwrap();
    let expected = format!(
        "AWSESAME_PROFILE=alice\n\
         AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE={{HOME}}/.local/state/awsesame/broker/token\n\
         AWS_CONTAINER_CREDENTIALS_FULL_URI=http://127.0.0.1:{}/v1/credentials/alice?account=123456789012\n\
         AWS_DEFAULT_REGION=us-east-1\nAWS_EC2_METADATA_DISABLED=true\nAWS_ENDPOINT_URL={{URL}}\nAWS_REGION=us-east-1\n",
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
fn exec_without_a_session_fails_as_ever_and_starts_nothing_that_is_asked() {
    let world = World::new();
    shell(&world, "alice", "true").run().fails(
        3,
        "profile `alice` has no session",
        "awsesame login -p alice",
    );
}

#[test]
fn default_profile_with_credentials_is_not_let_in_between() {
    let world = World::new();
    world.log_in("alice");
    world.append_config(
        "[default]\nrole_arn = arn:aws:iam::123456789012:role/deploy\nsource_profile = alice\n",
    );
    shell(&world, "alice", "true").run().fails(
        1,
        "`[default]` in `{HOME}/.aws/config` has `role_arn`, which AWS's tools prefer to the broker",
        "give that profile another name: vi {HOME}/.aws/config",
    );
}

#[test]
fn broker_is_started_found_shown_and_stopped() {
    let world = World::new();
    let broker = |word: &str| world.awsesame(&["broker", word]).run();
    broker("status").exits(1).says("awsesame: no broker runs; type: awsesame broker start\n").prints("");
    broker("stop").ok().says("awsesame: no broker runs\n");
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
    // The address is kept; another one is taken where it is asked for.
    assert_eq!(started(broker("start"), "started"), port);
    let other = started(world.awsesame(&["broker", "start", "--new-port"]).run(), "started");
    assert_ne!(other, port);
}

#[test]
fn port_that_somebody_else_has_taken_is_given_up_with_its_token() {
    let world = World::new();
    world.awsesame(&["broker", "start"]).run().ok();
    let token = || std::fs::read_to_string(place(&world).token()).unwrap();
    let (port, before) = (std::fs::read_to_string(place(&world).port()).unwrap(), token());
    world.awsesame(&["broker", "stop"]).run().ok();
    let squatter = std::net::TcpListener::bind(format!("127.0.0.1:{}", port.trim())).unwrap();
    let hint = "clients would hand it the token; take a new address and a new token: awsesame broker start --new-port";
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
fn whoever_asks_is_answered_at_once_when_there_is_no_session() {
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
fn log_in_again(world: &World) {
    std::fs::remove_dir_all(world.state().join("ledger")).unwrap();
    world.log_in("alice");
}

/// A script that asks who it is whenever it is told to, and says so.
const ASKS: &str = "\
import boto3, sys
sts = boto3.client('sts')
for line in sys.stdin:
    try:
        print(sts.get_caller_identity()['Arn'], flush=True)
    except Exception as error:
        print(type(error).__name__, 'login needed: awsesame login -p alice' in str(error), flush=True)
";

#[test]
fn boto3_that_started_before_the_expiry_goes_on_after_a_login_elsewhere() {
    if !need("python3") {
        return;
    }
    let world = World::new();
    world.write("asks.py", ASKS);
    world.sandbox().set_lifetime(Some(6));
    world.log_in("alice");
    let script = "\
mkfifo ask answer; python3 asks.py <ask >answer & exec 3>ask 4<answer
ask() { echo >&3; read -r line <&4; echo \"$line\"; }
ask
sleep 7
ask
: >expired; until [ -e again ]; do sleep 0.05; done
ask
exec 3>&-; wait";
    let running = shell(&world, "alice", script).spawn();
    let until = Instant::now() + Duration::from_secs(40);
    while !world.path("expired").exists() {
        assert!(Instant::now() < until, "the program hangs");
        std::thread::sleep(Duration::from_millis(20));
    }
    world.sandbox().set_lifetime(Some(60));
    log_in_again(&world);
    world.write("again", "");
    running.wait().ok().prints(
        "arn:aws:iam::123456789012:user/alice\n\
         CredentialRetrievalError True\n\
         arn:aws:iam::123456789012:user/alice\n",
    );
}
