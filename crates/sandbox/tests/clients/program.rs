//! The `awsesame-sandbox` program.

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

/// `serve`, stopped when dropped.
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
        // The rest must be read for the program not to wait for a reader.
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
        "error: `dave` is no user with a device that gives codes\nhint: awsesame-sandbox serve --print-fixture\n"
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
        (&["init", "x"], 1, "error: no endpoint given\nhint: "),
    ] {
        let output = outside::finish(program(home.path(), arguments));
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(status), "{arguments:?}: {text}");
        assert!(text.starts_with(start) && text.contains("\nhint: "), "{arguments:?}: {text}");
    }
}
