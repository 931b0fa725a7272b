//! The environment of the demo: a home of its own, two sandboxes, and none of the caller's variables. The tour itself
//! is in `tour`.

use std::ffi::{OsStr, OsString};
use std::fmt::Write as _;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::os::unix::fs::symlink;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs, thread};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::child;
use crate::interrupt::{Interrupt, LOOK};
use crate::project::Project;
use crate::say;

/// The maximum time that a program may take to answer.
const ANSWER: Duration = Duration::from_secs(30);

/// The maximum time that a sandbox may take to listen, or to answer.
const SANDBOX: Duration = Duration::from_secs(10);

/// The programs that are built, and found first on the search path.
const PROGRAMS: [&str; 3] = ["awsesame", "awsesame-full", "awsesame-sandbox"];

/// The caller's variables that are passed on: the names of the terminal, the language and the person. None of them
/// leads to an account, a proxy or a file.
const PASSING: [&str; 7] = ["USER", "LOGNAME", "SHELL", "LANG", "TZ", "TERM", "COLORTERM"];

/// The home, the sandboxes and the search path. All of it is removed on drop, also the key in the kernel.
pub(crate) struct World {
    long: Sandbox,
    short: Sandbox,
    path: OsString,
    store: Option<&'static str>,
    folder: TempDir,
}

/// A sandbox that is stopped on drop.
struct Sandbox {
    child: Child,
    address: SocketAddr,
}

impl World {
    /// Builds the home. Bob's sessions expire after `lifetime` seconds, and those of the others as in AWS.
    pub(crate) fn start(
        project: &Project,
        programs: &Path,
        lifetime: u32,
        interrupt: &Interrupt,
    ) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("awsesame-demo-").tempdir()?;
        let bin = folder.path().join(".bin");
        fs::create_dir(&bin)?;
        for name in PROGRAMS {
            symlink(programs.join(name), bin.join(name))?;
        }
        let mut path = bin.into_os_string();
        path.push(":");
        path.push(project.path());
        let aws = folder.path().join(".aws");
        let sandbox = |state: &str, arguments: &[&OsStr]| {
            let mut command = command(&path, folder.path(), "awsesame-sandbox");
            command.arg("serve").args(arguments);
            Sandbox::start(command, &folder.path().join(state), interrupt)
        };
        let long = sandbox(".sandbox", &["--config-dir".as_ref(), aws.as_os_str()])?;
        let short = sandbox(".sandbox-of-bob", &["--lifetime".as_ref(), lifetime.to_string().as_ref()])?;
        let config = aws.join("config");
        let text = fs::read_to_string(&config).with_context(|| config.display().to_string())?;
        fs::write(&config, moved(&text, "bob", &short.url())?)?;
        let mut world = Self { long, short, path, store: None, folder };
        world.store = world.other_store()?;
        Ok(world)
    }

    /// Returns the store that is named instead of the kernel's keyring where that cannot be used, as in most
    /// containers. None if it can be used.
    fn other_store(&self) -> Result<Option<&'static str>> {
        let (status, _, why) = child::collect(self.command("awsesame").arg("lock"), ANSWER)?;
        if status.success() {
            return Ok(None);
        }
        ensure!(why.contains("AWSESAME_STORE=file"), "no store can be used: {}", why.trim());
        Ok(Some("file"))
    }

    /// Returns true if the key that opens the sessions is in the kernel's memory, as by default.
    pub(crate) fn key_is_in_the_kernel(&self) -> bool {
        self.store.is_none()
    }

    /// Returns the path of the home.
    pub(crate) fn home(&self) -> &Path {
        self.folder.path()
    }

    /// Returns the folder that comes first on the search path.
    pub(crate) fn bin(&self) -> PathBuf {
        self.home().join(".bin")
    }

    /// Returns the address of the sandbox for everybody except bob.
    pub(crate) fn url(&self) -> String {
        self.long.url()
    }

    /// Returns a command for a program in this world.
    pub(crate) fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = command(&self.path, self.home(), program);
        if let Some(store) = self.store {
            command.env("AWSESAME_STORE", store);
        }
        command
    }

    /// Runs a program in this world and returns what it printed; anything but success is an error.
    pub(crate) fn read(&self, program: &str, arguments: &[&str]) -> Result<String> {
        child::read(self.command(program).args(arguments), ANSWER)
    }

    /// Writes a file into the home.
    pub(crate) fn write(&self, below: &str, text: &str) -> Result<()> {
        let file = self.home().join(below);
        let folder = file.parent().expect("a file in the home has a folder");
        fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        fs::write(&file, text).with_context(|| file.display().to_string())
    }

    /// Returns the code that a device shows now, used or not.
    pub(crate) fn code_shown(&self, device: &str) -> Result<String> {
        let said = self.read("awsesame-sandbox", &["code", device, "--endpoint", &self.url()])?;
        Ok(said.trim().to_owned())
    }

    /// Returns the code that the user's phone shows, if it was not used yet.
    pub(crate) fn code(&self, user: &str) -> Result<String> {
        let url = if user == "bob" { self.short.url() } else { self.long.url() };
        let said = self.read("awsesame-sandbox", &["code", user, "--fresh", "--endpoint", &url])?;
        Ok(said.trim().to_owned())
    }

    /// Returns the number of calls of an action in that sandbox.
    pub(crate) fn count(&self, action: &str) -> Result<usize> {
        let action = format!("\"action\":\"{action}\"");
        Ok(self.long.log()?.lines().filter(|line| line.contains(&action)).count())
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // This removes the key from the kernel.
        if let Err(error) = self.read("awsesame", &["logout", "--all"]) {
            say::note(&format!(
                "a key that opens nothing any more may stay in the kernel for a day: {error:#}"
            ));
        }
        // A process that is still running may write for a moment longer.
        for _ in 0..10 {
            match fs::remove_dir_all(self.home()) {
                Err(error) if error.kind() != ErrorKind::NotFound => thread::sleep(LOOK),
                _ => return,
            }
        }
        say::note(&format!("something still writes there, so it stays: {}", self.home().display()));
    }
}

impl Sandbox {
    fn start(mut command: Command, noted: &Path, interrupt: &Interrupt) -> Result<Self> {
        command.arg("--state-file").arg(noted).stdout(Stdio::null());
        // A Ctrl-C at the terminal is meant for the shell of the person.
        command.process_group(0);
        let child = command.spawn().context("the sandbox does not start")?;
        let mut sandbox = Self { child, address: SocketAddr::from(([127, 0, 0, 1], 0)) };
        let deadline = Instant::now() + SANDBOX;
        loop {
            if let Ok(url) = fs::read_to_string(noted)
                && let Some(address) = url.trim().strip_prefix("http://")
                && let Ok(address) = address.parse()
            {
                sandbox.address = address;
                return Ok(sandbox);
            }
            if let Some(status) = sandbox.child.try_wait()? {
                bail!("the sandbox ended: {status}");
            }
            ensure!(Instant::now() < deadline, "the sandbox does not listen");
            interrupt.sleep(LOOK)?;
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn log(&self) -> Result<String> {
        let mut stream = TcpStream::connect_timeout(&self.address, SANDBOX)?;
        stream.set_read_timeout(Some(SANDBOX))?;
        stream.set_write_timeout(Some(SANDBOX))?;
        let host = self.address;
        write!(stream, "GET /_sandbox/log HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        ensure!(answer.starts_with("HTTP/1.1 200"), "the sandbox shows no log");
        Ok(answer)
    }
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        child::stop(&mut self.child);
    }
}

/// Returns a command for a program in a home, with only a search path and the permitted variables.
fn command(path: &OsStr, home: &Path, program: impl AsRef<OsStr>) -> Command {
    // Looked up on the world's search path, not on ours.
    let found =
        env::split_paths(path).map(|folder| folder.join(program.as_ref())).find(|file| file.is_file());
    let mut command = Command::new(found.as_deref().map_or(program.as_ref(), Path::as_os_str));
    command.current_dir(home).env_clear().env("PATH", path).env("HOME", home).stdin(Stdio::null());
    for (name, value) in env::vars_os().filter(|(name, _)| may_pass(name)) {
        command.env(name, value);
    }
    // With these variables, the outside programs stay on this machine and ask nothing.
    command.env("AWS_EC2_METADATA_DISABLED", "true").env("AWS_PAGER", "").env("AWS_MAX_ATTEMPTS", "1");
    command.env("CHECKPOINT_DISABLE", "1").env("TF_IN_AUTOMATION", "1").env("TF_INPUT", "0");
    command
}

fn may_pass(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    PASSING.contains(&&*name) || name.starts_with("LC_")
}

/// Returns a config in which one profile has another endpoint.
fn moved(config: &str, profile: &str, endpoint: &str) -> Result<String> {
    let heading = format!("[profile {profile}]");
    let (mut text, mut inside, mut done) = (String::new(), false, false);
    for line in config.lines() {
        if line.starts_with('[') {
            inside = line == heading;
        }
        if inside && line.starts_with("endpoint_url") {
            done = true;
            writeln!(text, "endpoint_url = {endpoint}")?;
        } else {
            writeln!(text, "{line}")?;
        }
    }
    ensure!(done, "the sandbox's config has no endpoint for {profile}");
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_profile_that_is_meant_moves() {
        let config = "[profile a]\nendpoint_url = x\n[profile bob]\nregion = r\nendpoint_url = x\n";
        let expected = "[profile a]\nendpoint_url = x\n[profile bob]\nregion = r\nendpoint_url = y\n";
        assert_eq!(moved(config, "bob", "y").unwrap(), expected);
        assert!(moved(config, "carol", "y").is_err());
    }

    #[test]
    fn nothing_of_the_callers_accounts_passes() {
        for name in [
            "AWS_PROFILE",
            "AWSESAME_STORE",
            "MASTER_AWS_ACCESS_KEY_ID",
            "HTTP_PROXY",
            "XDG_STATE_HOME",
            "HOME",
        ] {
            assert!(!may_pass(OsStr::new(name)), "{name}");
        }
        for name in ["TERM", "LC_ALL", "SHELL"] {
            assert!(may_pass(OsStr::new(name)), "{name}");
        }
    }
}
