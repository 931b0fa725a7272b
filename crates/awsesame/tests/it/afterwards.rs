//! Tests what remains after something has ended: after a broker, its port, at which anybody may listen; after a shell
//! with keys, its variables, which the programs that we start would inherit.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use awsesame::broker::lease::Lease;
use rustix::process::{Signal, kill_process};

use crate::broker::place;
use crate::need::need;
use crate::world::World;

/// The way in which a broker ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Stop,
    Idle,
    By(Signal),
}

/// A program that listens at the broker's port after the broker has ended. It counts the requests that it gets.
struct Impostor {
    heard: Arc<AtomicUsize>,
    stop: Arc<AtomicBool>,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Impostor {
    fn at(port: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        listener.set_nonblocking(true).unwrap();
        let (heard, stop) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicBool::new(false)));
        let (counts, stopped) = (Arc::clone(&heard), Arc::clone(&stop));
        let thread = std::thread::spawn(move || {
            while !stopped.load(Ordering::Relaxed) {
                let Ok((mut stream, _)) = listener.accept() else {
                    std::thread::sleep(Duration::from_millis(5));
                    continue;
                };
                counts.fetch_add(1, Ordering::Relaxed);
                stream.set_nonblocking(false).unwrap();
                stream.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
                let _ = stream.read(&mut [0; 8192]);
                let body = r#"{"AccessKeyId":"ASIAIMPOSTORIMPOSTOR","SecretAccessKey":"impostor","Token":"impostor","Expiration":"2099-01-01T00:00:00Z"}"#;
                let start = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n";
                let _ = write!(stream, "{start}Content-Length: {}\r\n\r\n{body}", body.len());
            }
        });
        Self { heard, stop, thread: Some(thread) }
    }
}

impl Drop for Impostor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.thread.take().unwrap().join().unwrap();
    }
}

#[test]
fn after_an_orderly_end_of_the_broker_no_client_is_served_by_who_sits_at_its_port() {
    let cli = need("aws");
    for end in [
        End::Stop,
        End::Idle,
        End::By(Signal::TERM),
        End::By(Signal::INT),
        End::By(Signal::HUP),
        End::By(Signal::KILL),
    ] {
        let world = World::new();
        world.log_in("alice");
        let mut idle = None;
        if end == End::Idle {
            idle = Some(world.awsesame(&["broker", "run", "--idle-exit", "1s"]).spawn());
            let until = Instant::now() + Duration::from_secs(20);
            while !place(&world).token().exists() {
                assert!(Instant::now() < until, "no broker came");
                std::thread::sleep(Duration::from_millis(10));
            }
        } else {
            world.awsesame(&["broker", "start"]).run().ok();
        }
        let port: u16 = std::fs::read_to_string(place(&world).port()).unwrap().trim().parse().unwrap();
        let url = format!("http://127.0.0.1:{port}/v1/credentials/alice");
        match end {
            End::Stop => drop(world.awsesame(&["broker", "stop"]).run().ok()),
            End::Idle => drop(idle.take().unwrap().wait()),
            End::By(signal) => kill_process(Lease::holder(&place(&world)).unwrap().unwrap(), signal).unwrap(),
        }
        let until = Instant::now() + Duration::from_secs(20);
        while Lease::holder(&place(&world)).unwrap().is_some() {
            assert!(Instant::now() < until, "{end:?}: the broker still runs");
            std::thread::sleep(Duration::from_millis(10));
        }
        let killed = end == End::By(Signal::KILL);
        assert_eq!(place(&world).token().exists(), killed, "{end:?}");
        let impostor = Impostor::at(port);
        if cli {
            let client = world.program("aws").args(&["configure", "list"]);
            let client = client
                .env("AWS_CONTAINER_CREDENTIALS_FULL_URI", &url)
                .env("AWS_EC2_METADATA_DISABLED", "true");
            let client = client.env("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", place(&world).token());
            let ran = client.limit(Duration::from_mins(1)).run();
            // After a crash the token file is still there, so a client trusts any program at the port. SECURITY.md
            // describes this.
            assert_eq!(ran.stdout.contains("****STOR"), killed, "{end:?}: {ran}");
            assert_eq!(impostor.heard.load(Ordering::Relaxed) > 0, killed, "{end:?}");
        }
        drop(impostor);
        // The next broker is another one to clients: a token that was shown to somebody is worth nothing.
        let shown = std::fs::read_to_string(place(&world).token()).ok();
        world.awsesame(&["broker", "start"]).run().ok();
        assert_ne!(std::fs::read_to_string(place(&world).token()).ok(), shown);
    }
}

/// Variables as a shell has them that took credentials, and the user's own.
const KEYS: [(&str, &str); 7] = [
    ("AWS_ACCESS_KEY_ID", "ASIAINHERITED0000000"),
    ("AWS_SECRET_ACCESS_KEY", "inherited-secret"),
    ("AWS_SESSION_TOKEN", "inherited-token"),
    ("AWS_SECURITY_TOKEN", "inherited-token"),
    ("MASTER_AWS_ACCESS_KEY_ID", "AKIAINHERITED0000000"),
    ("MASTER_AWS_SECRET_ACCESS_KEY", "inherited-secret"),
    ("DIRENV_DIFF", "inherited"),
];

#[test]
fn no_program_that_we_start_inherits_a_key() {
    let world = World::new();
    let seen = world.path("seen");
    // A code command, a store's command and a browser, each of which records its input.
    let noting = |world: &World, name: &str, then: &str| -> PathBuf {
        world.write(
            name,
            &format!("#!/bin/sh\nenv >> {}\necho {name} >> {}\n{then}\n", seen.display(), seen.display()),
        );
        let path = world.path(name);
        std::fs::set_permissions(&path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
        path
    };
    let command = noting(&world, "code", &format!("echo {}", world.code("alice")));
    let get = noting(&world, "get", "true");
    let put = noting(&world, "put", "cat > /dev/null");
    let listing = noting(&world, "list", "true");
    let browser = noting(&world, "browser", "true");
    let words = |path: &PathBuf| path.display().to_string();
    let run = world
        .awsesame(&["login", "-p", "alice"])
        .env("AWSESAME_CODE_SOURCE", "command")
        .env("AWSESAME_CODE_COMMAND_COMMAND", words(&command))
        .env("AWSESAME_STORE", "command")
        .env("AWSESAME_STORES_COMMAND_GET", words(&get))
        .env("AWSESAME_STORES_COMMAND_PUT", words(&put))
        .env("AWSESAME_STORES_COMMAND_LIST", words(&listing));
    let run = KEYS.iter().fold(run, |run, (name, value)| run.env(name, value));
    run.run();
    let run = world.awsesame(&["login", "-p", "alice", "--web", "--browser", &words(&browser)]);
    let run = KEYS.iter().fold(run, |run, (name, value)| run.env(name, value));
    run.limit(Duration::from_secs(20)).run();
    let text = std::fs::read_to_string(&seen).unwrap_or_default();
    for (program, expected) in [("code", true), ("get", true)] {
        assert_eq!(text.lines().any(|line| line == program), expected, "{program} ran: {text}");
    }
    // The program of `exec` gets a session and no long-term key.
    world.log_in("alice");
    let run = world.awsesame(&["exec", "-p", "alice", "--", "env"]).reveals_credentials();
    let long_term = KEYS.iter().filter(|(name, _)| name.starts_with("MASTER_"));
    let ran = long_term.fold(run, |run, (name, value)| run.env(name, value)).run().ok();
    assert!(
        ran.stdout.contains("AWS_SESSION_TOKEN=") && !ran.stdout.contains("MASTER_AWS"),
        "{}",
        ran.stderr
    );
    for (name, value) in KEYS {
        assert!(!text.contains(value) && !text.contains(&format!("{name}=")), "{name}: {text}");
    }
    assert!(text.contains("HOME="), "{text}");
}

#[test]
fn a_key_in_a_file_of_boto_is_not_taken_in_place_of_the_broker() {
    if !need("python3") {
        return;
    }
    let world = World::new();
    world.log_in("alice");
    let key = |path: &str| {
        let text = "[Credentials]\naws_access_key_id = AKIABOTO000000000000\naws_secret_access_key = bare\n";
        world.write_private(path, text);
    };
    let ask = "import botocore.session; print(botocore.session.Session().get_credentials().access_key)";
    let exec = || {
        let run = world.awsesame(&["exec", "-p", "alice", "--via", "broker", "--", "python3", "-c", ask]);
        run.reveals_credentials()
    };
    key("named.cfg");
    let ran = exec().env("BOTO_CONFIG", world.path("named.cfg")).run().ok();
    assert!(ran.stdout.starts_with("ASIA"), "{ran}");
    key(".boto");
    let ran = exec().run().ok();
    assert!(ran.stdout.starts_with("ASIA"), "{ran}");
    // A file without a key is somebody else's, and is left in force.
    world.write(".boto", "[GSUtil]\n");
    let env = world.awsesame(&["exec", "-p", "alice", "--via", "broker", "--", "env"]).run().ok();
    assert!(!env.stdout.contains("BOTO_CONFIG"), "{env}");
    world.awsesame(&["broker", "stop"]).run().ok();
}

#[test]
fn broker_logs_in_again_after_an_automatic_login_succeeded() {
    let world = World::new();
    // From now on time can be moved for programs that run already.
    world.pass(1);
    let code = world.path("code");
    world.write(
        ".config/awsesame/config.toml",
        &format!("code_source = \"command\"\ncode.command.command = [\"cat\", \"{}\"]\n", code.display()),
    );
    std::fs::write(&code, world.code("alice")).unwrap();
    world.awsesame(&["broker", "start"]).run().ok();
    let read = |path: PathBuf| std::fs::read_to_string(path).unwrap();
    let port: u16 = read(place(&world).port()).trim().parse().unwrap();
    let token = read(place(&world).token());
    let ask = || -> String {
        let mut stream = std::net::TcpStream::connect(("127.0.0.1", port)).unwrap();
        let host = format!("Host: 127.0.0.1:{port}\r\nAuthorization: {token}\r\nConnection: close\r\n");
        write!(stream, "GET /v1/credentials/alice HTTP/1.1\r\n{host}\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    for round in 1..=3 {
        let until = Instant::now() + Duration::from_secs(40);
        while !ask().starts_with("HTTP/1.1 200 ") {
            assert!(Instant::now() < until, "no login came in round {round}: {}", read(place(&world).log()));
            std::thread::sleep(Duration::from_millis(100));
        }
        assert_eq!(world.sandbox().count("GetSessionToken"), round);
        world.pass(60);
        std::fs::write(&code, world.code("alice")).unwrap();
        world.awsesame(&["logout", "-p", "alice"]).run().ok();
    }
}
