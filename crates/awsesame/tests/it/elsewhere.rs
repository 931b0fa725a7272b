//! Tests a machine without a key that uses the sessions of another machine through a socket that ssh forwards; and the
//! broker as a service of systemd.

use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::broker::{CURL, place};
use crate::need::{find, need};
use crate::run::Run;
use crate::world::World;

/// A child process that is killed on drop.
struct Kept(Child);

impl Drop for Kept {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(what: &str, mut there: impl FnMut() -> bool) {
    let until = Instant::now() + Duration::from_secs(20);
    while !there() {
        assert!(Instant::now() < until, "{what}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// Runs on the machine that has nothing but the socket.
fn away<'w>(world: &'w World, arguments: &[&str]) -> Run<'w> {
    world
        .awsesame(arguments)
        .env("HOME", world.path("away"))
        .env("AWSESAME_BROKER", world.path("forwarded"))
        .env("AWSESAME_PROFILE", "alice")
}

/// Starts an SSH server with keys of its own, and a client that forwards the broker's socket.
fn forward(world: &World) -> (Kept, Kept) {
    std::fs::create_dir_all("/run/sshd").unwrap();
    let keys = world.path("ssh");
    std::fs::create_dir_all(&keys).unwrap();
    for name in ["host", "user"] {
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-f"])
            .arg(keys.join(name))
            .status()
            .unwrap();
        assert!(made.success());
    }
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let shown = |name: &str| keys.join(name).display().to_string();
    let config = format!(
        "ListenAddress 127.0.0.1\nPort {port}\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nStrictModes no\n\
         UsePAM no\nPermitRootLogin yes\nPasswordAuthentication no\nStreamLocalBindUnlink yes\n",
        shown("host"),
        shown("user.pub")
    );
    std::fs::write(keys.join("config"), config).unwrap();
    let sshd = find("sshd").unwrap();
    let quiet =
        |command: &mut Command| Kept(command.stdin(Stdio::null()).stderr(Stdio::null()).spawn().unwrap());
    let server = quiet(Command::new(sshd).args(["-D", "-f", &shown("config")]));
    wait_for("sshd does not listen", || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());
    let forwarded = format!("{}:{}", world.path("forwarded").display(), place(world).socket().display());
    let client = quiet(
        Command::new("ssh")
            .args([
                "-N",
                "-F",
                "none",
                "-o",
                "StrictHostKeyChecking=no",
                "-o",
                "UserKnownHostsFile=/dev/null",
            ])
            .args(["-o", "ExitOnForwardFailure=yes", "-i", &shown("user"), "-p", &port.to_string()])
            .args(["-R", &forwarded, "127.0.0.1"]),
    );
    wait_for("nothing is forwarded", || world.path("forwarded").exists());
    (server, client)
}

#[test]
fn machine_without_keys_uses_the_session_of_the_one_that_forwards_its_broker() {
    // Only root may start a server that lets root in; the others have no account's name to give.
    if !rustix::process::geteuid().is_root() || !need("sshd") || !need("ssh") || !need("ssh-keygen") {
        return;
    }
    let world = World::new();
    world.write("away/empty", "");
    world.awsesame(&["broker", "start"]).run().ok();
    let (server, client) = forward(&world);
    let hint = "on the broker's machine: awsesame login -p alice";
    away(&world, &["env"]).run().fails(3, "profile `alice` has no session", hint);
    world.log_in("alice");
    let who = ["exec", "--", "sh", "-c", "echo $AWS_ACCESS_KEY_ID $AWS_ENDPOINT_URL"];
    away(&world, &who).run().ok().says("").prints("{KEY} {URL}\n");
    let env = away(&world, &["env"]).reveals_credentials().run().ok().says("").stdout;
    assert!(env.contains("export AWS_SESSION_TOKEN='"), "{}", env.len());
    let process = away(&world, &["process"]).reveals_credentials().run().ok().says("");
    assert_eq!(process.json()["Version"], 1);
    let direnv =
        away(&world, &["direnv", "export", "deploy"]).reveals_credentials().run().ok().says("").stdout;
    assert!(direnv.contains("export AWS_SESSION_TOKEN='"), "{}", direnv.len());
    away(&world, &["env", "--account", "210987654321"]).run().fails(
        4,
        "profile `alice` belongs to account 123456789012, but this project expects 210987654321",
        hint,
    );
    // Nothing of it stays behind.
    let left: Vec<_> =
        std::fs::read_dir(world.path("away")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["empty"]);
    // The owner names what may be used elsewhere.
    world.awsesame(&["broker", "stop"]).run().ok();
    world.awsesame(&["broker", "start"]).env("AWSESAME_BROKER_SHARED", "deploy").run().ok();
    let refusal = "the broker's socket does not share profile `alice`";
    away(&world, &["env"]).run().fails(1, refusal, hint);
    away(&world, &["exec", "-p", "deploy", "--", "true"]).run().ok().says("");
    drop((client, server));
    let ran = away(&world, &["env"]).run().exits(1);
    assert!(ran.stderr.contains("the broker behind `") && ran.stderr.contains("does not answer"), "{ran}");
}

/// Runs on a machine that has nothing but the socket of this world's broker.
pub(crate) fn at_the_socket<'w>(world: &'w World, arguments: &[&str]) -> Run<'w> {
    away(world, arguments).env("AWSESAME_BROKER", place(world).socket())
}

#[test]
fn wait_returns_when_somebody_logs_in_where_the_broker_is() {
    let world = World::new();
    world.write("away/empty", "");
    world.awsesame(&["broker", "start"]).run().ok();
    let refused = at_the_socket(&world, &["wait", "--timeout", "1s"]).run();
    let hint = "on the broker's machine: awsesame login -p alice";
    refused.fails(3, "profile `alice` has no session", hint);
    let mut waiting = at_the_socket(&world, &["wait", "--json"]).spawn();
    // Its first look, and the question that is held back.
    std::thread::sleep(Duration::from_secs(1));
    assert!(waiting.is_running());
    world.log_in("alice");
    let ran = waiting.wait().ok();
    assert_eq!(ran.json()["account"], "123456789012");
    assert!(
        ran.stderr.starts_with("awsesame: alice, account 123456789012 (profile `alice`), until "),
        "{ran}"
    );
    at_the_socket(&world, &["wait"]).run().ok();
    let left: Vec<_> =
        std::fs::read_dir(world.path("away")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["empty"]);
}

#[test]
fn status_and_check_tell_what_the_broker_elsewhere_has() {
    let world = World::new();
    world.write("away/empty", "");
    world.awsesame(&["broker", "start"]).run().ok();
    at_the_socket(&world, &["status"])
        .run()
        .ok()
        .prints("")
        .says("awsesame: no session; on the broker's machine: awsesame login -p alice\n");
    let lacking =
        "awsesame: profile `alice` has no session; on the broker's machine: awsesame login -p alice\n";
    at_the_socket(&world, &["check"]).run().exits(3).says(lacking).prints("");
    at_the_socket(&world, &["status", "-p", "alice"]).run().exits(3);
    world.log_in("alice");
    world.awsesame(&["exec", "-p", "deploy", "--", "true"]).run().ok();
    let table = at_the_socket(&world, &["status"]).run().ok().says("").stdout;
    let first = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let names: Vec<String> = table.lines().filter_map(first).collect();
    assert_eq!(names, ["PROFILE", "alice", "deploy"], "{table}");
    // Everything that does not depend on the clock is equal on both machines.
    let told = |run: Run<'_>| {
        let mut told = run.run().ok().json();
        for session in told.as_array_mut().unwrap() {
            let session = session.as_object_mut().unwrap();
            session.retain(|name, _| !name.contains("seconds"));
        }
        told
    };
    assert_eq!(
        told(at_the_socket(&world, &["status", "--json"])),
        told(world.awsesame(&["status", "--json"]))
    );
    let one = at_the_socket(&world, &["status", "-p", "deploy", "--json"]).run().ok().json();
    assert_eq!((one[0]["kind"].as_str(), one[0]["state"].as_str()), (Some("role"), Some("fresh")), "{one}");
    let line = ["status", "--format", "{profile} {account} {state} {region}"];
    at_the_socket(&world, &line).run().ok().prints("alice 123456789012 fresh us-east-1\n");
    at_the_socket(&world, &["check"]).run().ok().says("").prints("");
    at_the_socket(&world, &["check", "--for", "13h"]).run().exits(3);
    at_the_socket(&world, &["check", "--account", "210987654321"]).run().exits(4);
    // A profile that is not shared is not even listed.
    world.awsesame(&["broker", "stop"]).run().ok();
    world.awsesame(&["broker", "start"]).env("AWSESAME_BROKER_SHARED", "deploy").run().ok();
    let shared = at_the_socket(&world, &["status", "--json"]).run().ok().json();
    assert_eq!(shared.as_array().map(Vec::len), Some(1), "{shared}");
    at_the_socket(&world, &["check"]).run().exits(1);
    let left: Vec<_> =
        std::fs::read_dir(world.path("away")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, ["empty"]);
}

#[test]
fn running_program_goes_on_after_a_login_where_the_broker_is() {
    let world = World::new();
    world.knows_state(world.path("away/.local/state/awsesame"));
    world.write("away/empty", "");
    world.awsesame(&["broker", "start"]).run().ok();
    let via =
        |script: &str| at_the_socket(&world, &["exec", "--via", "broker", "--", "bash", "-euc", script]);
    let hint = "on the broker's machine: awsesame login -p alice";
    via("true").run().fails(3, "profile `alice` has no session", hint);
    world.log_in("alice");
    // After a logout, the same program shows the command to type and the machine for it.
    let home = world.home().display();
    let there = format!("HOME={home} AWSESAME_BROKER= awsesame");
    let code = world.code("alice");
    let script = format!(
        "{CURL}\n{there} logout -p alice 2>/dev/null\n{CURL}\n\
         rm -r {home}/.local/state/awsesame/ledger\n{there} login -p alice {code} 2>/dev/null\n{CURL}\n\
         env | grep -E 'ASIA|SECRET' || echo clean"
    );
    let ran = via(&script).env("AWS_EC2_METADATA_DISABLED", "true").run().ok();
    let lines: Vec<&str> = ran.stdout.lines().collect();
    assert!(lines[0].starts_with("200 {\"AccessKeyId\":\"ASIA"), "{ran}");
    assert_eq!(
        lines[1],
        format!(r#"403 {{"code":"LoginNeeded","message":"login needed: {hint}"}}"#),
        "{ran}"
    );
    assert!(lines[2].starts_with("200 ") && lines[2] != lines[0], "{ran}");
    assert_eq!(lines[3], "clean", "{ran}");
    // In an .envrc it is the same address.
    let direnv = ["direnv", "export", "--via", "broker"];
    let ran = at_the_socket(&world, &direnv).run().ok().says("");
    assert!(ran.stdout.contains("AWS_CONTAINER_CREDENTIALS_FULL_URI='http://127.0.0.1:"), "{ran}");
    // It knows its own from this machine's, and stops.
    let status = at_the_socket(&world, &["broker", "status", "--json"]).run().ok().json();
    let own = world.awsesame(&["broker", "status", "--json"]).run().ok().json();
    assert_ne!(status["pid"], own["pid"]);
    world.awsesame(&["broker", "stop"]).run().ok();
    let ran = at_the_socket(&world, &["exec", "--via", "broker", "--", "true"]).run().exits(1);
    assert!(ran.stderr.contains("the broker behind `"), "{ran}");
    at_the_socket(&world, &["broker", "stop"]).run().ok();
    let sessions = world.path("away/.local/state/awsesame/sessions");
    assert!(!sessions.exists(), "no session is kept here");
}

#[test]
fn broker_that_systemd_listens_for_keeps_its_token() {
    if !need("systemd-socket-activate") {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    world.awsesame(&["broker", "start"]).run().ok();
    world.awsesame(&["broker", "stop"]).run().ok();
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let port = read(place(&world).port());
    let socket = place(&world).socket();
    let own = env!("CARGO_BIN_EXE_awsesame");
    let listens = format!("127.0.0.1:{}", port.trim());
    let mut tokens = Vec::new();
    for _ in 0..2 {
        let mut command = world
            .program("systemd-socket-activate")
            .args(&["-l", &listens, "-l", &socket.display().to_string(), own, "broker", "run"])
            .command();
        let _kept = Kept(command.stderr(Stdio::null()).spawn().unwrap());
        wait_for("nobody listens", || socket.exists());
        world.awsesame(&["broker", "status"]).run().ok();
        let ran = crate::broker::shell(&world, "alice", CURL).run().ok();
        assert!(ran.stdout.starts_with("200 "), "{ran}");
        // systemd continues to listen, so no other program can take the port meanwhile.
        world.awsesame(&["broker", "stop"]).run().ok();
        tokens.push(read(place(&world).token()));
        std::fs::remove_file(&socket).unwrap();
    }
    assert_eq!(tokens[0], tokens[1]);
}

#[test]
fn systemd_accepts_the_installed_units() {
    let world = World::new();
    let printed = world.awsesame(&["broker", "install", "--print"]).run().ok().says("").stdout;
    let mut files = printed.split("# /").skip(1);
    let (socket, service) = (files.next().unwrap(), files.next().unwrap());
    assert!(socket.contains("ListenStream=127.0.0.1:") && service.contains(" broker run\n"), "{printed}");
    assert!(!world.path(".config/systemd").exists());
    world.awsesame(&["broker", "uninstall"]).run().ok().says("awsesame: the broker is not installed\n");
    let ran = world.awsesame(&["broker", "install"]).run().ok();
    let units =
        [".config/systemd/user/awsesame-broker.socket", ".config/systemd/user/awsesame-broker.service"];
    assert!(ran.stderr.contains(units[0]) && ran.stderr.contains(units[1]), "{ran}");
    if need("systemd-analyze") {
        let verify = world
            .program("systemd-analyze")
            .args(&["verify", "--user"])
            .args(&units.map(|unit| world.path(unit)));
        let ran = verify.env("XDG_RUNTIME_DIR", world.home()).run().ok();
        assert!(!ran.stderr.contains("awsesame"), "{ran}");
    }
    world.awsesame(&["broker", "uninstall"]).run().ok();
    assert!(units.iter().all(|unit| !world.path(unit).exists()));
    world.write(units[0], "[Socket]\n");
    world.awsesame(&["broker", "install"]).run().exits(1);
    assert_eq!(world.read(units[0]), "[Socket]\n");
}
