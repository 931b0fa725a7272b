//! Tests the program `awsesame-sandbox`.

use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use super::outside;

const PROGRAM: &str = env!("CARGO_BIN_EXE_awsesame-sandbox");

fn program(home: &Path, arguments: &[&str]) -> Command {
    let mut command = outside::command(PROGRAM, home);
    command.args(arguments);
    command
}

/// A running `serve`, which is stopped on drop.
struct Served {
    child: Child,
    url: String,
}

impl Served {
    fn start(home: &Path, arguments: &[&str]) -> Self {
        let mut child = program(home, arguments).stdout(Stdio::piped()).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut first = String::new();
        out.read_line(&mut first).unwrap();
        let url = first.trim().strip_prefix("listening on ").unwrap().to_owned();
        // The rest of the output must be read, or the program would wait for a reader.
        std::thread::spawn(move || out.read_to_string(&mut String::new()));
        Self { child, url }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn serve_writes_a_set_up_and_stops_at_a_signal() {
    let home = tempfile::tempdir().unwrap();
    let (dir, state) = (home.path().join("aws"), home.path().join("state"));
    let paths = [dir.to_str().unwrap(), state.to_str().unwrap()];
    let mut served =
        Served::start(home.path(), &["serve", "--config-dir", paths[0], "--state-file", paths[1]]);
    let config = std::fs::read_to_string(dir.join("config")).unwrap();
    assert!(config.contains(&format!("[profile alice]\nregion = us-east-1\nendpoint_url = {}", served.url)));
    assert!(
        config.contains("external_id = sesame-4711") && config.contains("duration_seconds = 43200"),
        "{config}"
    );
    for name in ["config", "credentials"] {
        let mode = std::fs::metadata(dir.join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let code = outside::stdout_of(program(home.path(), &["code", "alice", "--state-file", paths[1]]));
    assert!(code.len() == 7 && code[..6].bytes().all(|byte| byte.is_ascii_digit()), "{code:?}");
    let fresh = ["code", "carol", "--fresh", "--endpoint", &served.url];
    assert_eq!(outside::stdout_of(program(home.path(), &fresh)).len(), 7);
    let stopped = Command::new("kill").args(["-TERM", &served.child.id().to_string()]).status().unwrap();
    assert!(stopped.success());
    assert!(served.child.wait().unwrap().success());
    assert!(!state.exists(), "the state file goes with the sandbox");
}

#[test]
fn code_without_a_sandbox_comes_from_the_fixture() {
    let home = tempfile::tempdir().unwrap();
    assert_eq!(outside::stdout_of(program(home.path(), &["code", "alice"])).len(), 7);
    let missing = outside::stderr_of(program(home.path(), &["code", "dave"]));
    assert_eq!(
        missing,
        "error: `dave` is not a user with a device that gives codes\nhint: awsesame-sandbox serve --print-fixture\n"
    );
}

#[test]
fn printed_fixture_can_be_served() {
    let home = tempfile::tempdir().unwrap();
    let file = home.path().join("fixture.toml");
    let text = outside::stdout_of(program(home.path(), &["serve", "--print-fixture"]));
    std::fs::write(&file, text.replace("alice", "eve")).unwrap();
    let served = Served::start(home.path(), &["serve", "--fixture", file.to_str().unwrap()]);
    let code = ["code", "eve", "--endpoint", &served.url];
    assert_eq!(outside::stdout_of(program(home.path(), &code)).len(), 7);
}

#[test]
fn somebody_signs_in_without_a_browser() {
    let home = tempfile::tempdir().unwrap();
    let dir = home.path().join("aws");
    let served = Served::start(home.path(), &["serve", "--config-dir", dir.to_str().unwrap()]);
    let config = std::fs::read_to_string(dir.join("config")).unwrap();
    for line in ["login_session = arn:aws:iam::123456789012:user/erin\n", "sso_role_name = ReadOnly\n"] {
        assert!(config.contains(line), "{config}");
    }
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = |client: &str, redirect: &str| {
        format!(
            "{}/v1/authorize?response_type=code&client_id=arn:aws:signin:::devtools/{client}&state=s\
             &code_challenge_method=SHA-256&scope=openid&redirect_uri={redirect}\
             &code_challenge=91vfi-tbXeuJhU8qP4GTbmjKRdP3hn2TSxdwTKpZx7Q",
            served.url
        )
    };
    // Erin's only device is a passkey.
    let callback = format!("http://{}/oauth/callback", listener.local_addr().unwrap());
    let browser = program(home.path(), &["sign-in", "erin", &url("same-device", &callback)]);
    let client = std::thread::spawn(move || {
        let (stream, _) = listener.accept().unwrap();
        let lines = BufReader::new(&stream).lines().map(Result::unwrap);
        // All of it is read, or closing would cut the answer off.
        let request: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        std::io::Write::write_all(&mut &stream, b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").unwrap();
        request.join("\n")
    });
    assert_eq!(outside::stdout_of(browser), "");
    let request = client.join().unwrap();
    assert!(request.starts_with("GET /oauth/callback?code=") && request.contains("&state=s "), "{request}");
    // For another device the page shows the code.
    let confirmation = format!("{}/v1/sessions/confirmation", served.url);
    let remote = program(home.path(), &["sign-in", "frank", &url("cross-device", &confirmation)]);
    assert!(outside::stdout_of(remote).starts_with("Y29kZT"), "base64 of `code=`");
    let refused = program(home.path(), &["sign-in", "alice", &url("same-device", &callback)]);
    assert_eq!(
        outside::stderr_of(refused),
        "error: `alice` is not signed in: `alice` has no password\nhint: awsesame-sandbox serve --print-fixture\n"
    );
}

#[test]
fn mistakes_get_two_lines() {
    let home = tempfile::tempdir().unwrap();
    let bad = home.path().join("bad.toml");
    std::fs::write(&bad, "account = 1").unwrap();
    for (arguments, status, start) in [
        (&["fly"][..], 2, "error: no command `fly`\nhint: "),
        (&[], 2, "error: no command given\nhint: "),
        (&["serve", "--port", "x"], 2, "error: "),
        (&["serve", "--fixture", "/nowhere/x.toml"], 1, "error: fixture `/nowhere/x.toml`: "),
        (&["serve", "--fixture", bad.to_str().unwrap()], 1, "error: fixture "),
        (
            &["code", "alice", "--endpoint", "http://192.0.2.1:80"],
            1,
            "error: `http://192.0.2.1:80` is not on this",
        ),
        (&["code", "alice", "--fresh"], 1, "error: only a running sandbox"),
        (&["sign-in", "frank"], 2, "error: `sign-in` needs a user and the address of a page\nhint: "),
        (&["init", "x"], 1, "error: no endpoint given\nhint: "),
    ] {
        let output = outside::finish(program(home.path(), arguments));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.starts_with(start) && text.contains("\nhint: "), "{arguments:?}: {text}");
    }
}
