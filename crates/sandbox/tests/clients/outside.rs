//! Runs outside programs: they are found on the PATH, get an environment of their own, and are stopped after three
//! minutes.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::mpsc;
use std::time::Duration;

/// These may be missing anywhere: no package registry that the checks install from has them.
pub(crate) const TERRAFORM: &str = "terraform";
pub(crate) const GO: &str = "Go";

/// Says that a test was skipped; where all programs must be there, fails instead.
pub(crate) fn skip(name: &str, why: &str) {
    // Written, not printed: the test harness would keep what a passing test prints to itself.
    std::io::stdout().write_all(format!("skipped: {name} ({why})\n").as_bytes()).unwrap();
    let strict = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!strict || [TERRAFORM, GO].contains(&name), "`{name}` is missing: {why}");
}

/// Returns true if `program` runs at all.
pub(crate) fn present(program: &str, arguments: &[&str]) -> bool {
    let home = tempfile::tempdir().unwrap();
    let run =
        command(program, home.path()).args(arguments).stdout(Stdio::null()).stderr(Stdio::null()).status();
    run.is_ok_and(|status| status.success())
}

/// Prepares `program` with only the environment that it needs to start.
pub(crate) fn command(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command.env_clear().env("HOME", home).env("AWS_EC2_METADATA_DISABLED", "true").env("LC_ALL", "C.UTF-8");
    command.env("AWS_CONFIG_FILE", home.join("config"));
    command.env("AWS_SHARED_CREDENTIALS_FILE", home.join("credentials"));
    command.env("AWS_DEFAULT_REGION", "us-east-1").stdin(Stdio::null());
    if let Some(path) = std::env::var_os("PATH") {
        command.env("PATH", path);
    }
    // Version managers put shims on the PATH that look for their own root under HOME.
    if let Some(root) = pyenv_root() {
        command.env("PYENV_ROOT", root);
    }
    command
}

fn pyenv_root() -> Option<PathBuf> {
    let given = std::env::var_os("PYENV_ROOT").map(PathBuf::from);
    given
        .or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".pyenv")))
        .filter(|root| root.is_dir())
}

/// Runs to the end, with a time limit.
#[track_caller]
pub(crate) fn finish(mut command: Command) -> Output {
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let id = child.id();
    let (done, waiting) = mpsc::channel();
    std::thread::spawn(move || done.send(child.wait_with_output()));
    if let Ok(output) = waiting.recv_timeout(Duration::from_mins(3)) {
        return output.unwrap();
    }
    let _ = Command::new("kill").args(["-9", &id.to_string()]).status();
    panic!("{command:?} did not end within three minutes");
}

/// Returns the output of a successful run.
#[track_caller]
pub(crate) fn stdout_of(command: Command) -> String {
    let output = finish(command);
    let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}\nstdout: {out}\nstderr: {err}", output.status);
    out.into_owned()
}

/// Returns the error message of a failed run.
#[track_caller]
pub(crate) fn stderr_of(command: Command) -> String {
    let output = finish(command);
    assert!(!output.status.success(), "it went well: {}", String::from_utf8_lossy(&output.stdout));
    String::from_utf8_lossy(&output.stderr).into_owned()
}
