//! The environment of the bench: a sandbox with many users, and homes with configs of any size. Nothing is measured
//! here.

use std::cell::Cell;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tempfile::TempDir;

use crate::child;
use crate::dist::FRONT;
use crate::project::Project;

/// The profile that is used; all others are there to be read over.
pub(crate) const PROFILE: &str = "bench";

/// The maximum time that the sandbox may take to listen, or to answer.
const SANDBOX: Duration = Duration::from_secs(10);

/// The maximum time that a login may take.
const LOGIN: Duration = Duration::from_secs(30);

const ACCOUNT: &str = "123456789012";

/// The sandbox and the homes of a bench run. The sandbox is stopped on drop.
pub(crate) struct World {
    folder: TempDir,
    sandbox: Child,
    port: u16,
    users: usize,
    taken: Cell<usize>,
    /// The folder of the programs under test, first on the children's search path.
    programs: PathBuf,
    path: std::ffi::OsString,
}

/// One of the sandbox's users, which is used only once: a code is valid once, so a second login would have to wait.
pub(crate) struct User {
    name: String,
    number: usize,
}

impl User {
    /// Returns the access key: its id and its secret.
    pub(crate) fn key(&self) -> (String, String) {
        (
            format!("AKIABENCH{:011}", self.number),
            format!("wJalrXUtnFEMI/K7MDENG/{:08}EXAMPLEKEY", self.number),
        )
    }

    /// Returns the serial number of the user's MFA device.
    pub(crate) fn serial(&self) -> String {
        format!("arn:aws:iam::{ACCOUNT}:mfa/{}", self.name)
    }

    fn fixture(&self) -> String {
        let (id, secret) = self.key();
        format!(
            "[[user]]\nname = \"{}\"\naccess_key = {{ id = \"{id}\", secret = \"{secret}\" }}\n\
             devices = [{{ serial = \"{}\", seed = \"BENCHBENCHBENCHBENCHBENCHBENCH22\" }}]\n",
            self.name,
            self.serial()
        )
    }
}

fn user(number: usize) -> User {
    User { name: format!("user{number}"), number }
}

impl World {
    /// Starts a sandbox with this many users.
    pub(crate) fn start(project: &Project, programs: &Path, sandbox: &Path, users: usize) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("awsesame-bench-").tempdir()?;
        let fixture = folder.path().join("fixture.toml");
        let mut text = format!("[[account]]\nid = \"{ACCOUNT}\"\n");
        for number in 0..users {
            text += &user(number).fixture();
        }
        fs::write(&fixture, text)?;
        let noted = folder.path().join("sandbox-url");
        let mut command = project.command(sandbox);
        command.arg("serve").arg("--fixture").arg(&fixture).arg("--state-file").arg(&noted);
        let sandbox = command.stdout(Stdio::null()).spawn().context("the sandbox does not start")?;
        let mut path = programs.as_os_str().to_owned();
        path.push(":");
        path.push(project.path());
        let taken = Cell::new(0);
        let mut world = Self { folder, sandbox, port: 0, users, taken, programs: programs.to_owned(), path };
        world.port = world.wait_for_port(&noted)?;
        Ok(world)
    }

    fn wait_for_port(&mut self, noted: &Path) -> Result<u16> {
        let deadline = Instant::now() + SANDBOX;
        loop {
            if let Ok(url) = fs::read_to_string(noted)
                && let Some(port) = url.trim().rsplit_once(':').and_then(|(_, port)| port.parse().ok())
            {
                return Ok(port);
            }
            if let Some(status) = self.sandbox.try_wait()? {
                bail!("the sandbox ended: {status}");
            }
            ensure!(Instant::now() < deadline, "the sandbox does not listen");
            thread::sleep(Duration::from_millis(10));
        }
    }

    /// Returns a user that no other measurement uses.
    pub(crate) fn user(&self) -> Result<User> {
        let number = self.taken.get();
        ensure!(number < self.users, "the sandbox has only {} users", self.users);
        self.taken.set(number + 1);
        Ok(user(number))
    }

    /// Returns the code that a user's device shows, if it was not used yet.
    pub(crate) fn code(&self, user: &User) -> Result<String> {
        let (status, body) = self.get(&format!("/_sandbox/code?user={}&fresh=1", user.name))?;
        ensure!(status == 200, "no code for {}: {status} {}", user.name, body.trim());
        Ok(body.trim().to_owned())
    }

    /// Returns the number of times that the sandbox was asked for a session so far.
    pub(crate) fn session_calls(&self) -> Result<usize> {
        let (status, body) = self.get("/_sandbox/log")?;
        ensure!(status == 200, "no log: {status} {}", body.trim());
        Ok(body.lines().filter(|line| line.contains("GetSessionToken")).count())
    }

    fn get(&self, path: &str) -> Result<(u16, String)> {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, self.port));
        let mut stream = TcpStream::connect_timeout(&address, SANDBOX)?;
        stream.set_read_timeout(Some(SANDBOX))?;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port)?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").context("the sandbox's answer has no body")?;
        let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
        Ok((status.context("the sandbox's answer has no status")?, body.to_owned()))
    }

    /// Creates a home for a user: a config with this many profiles, of which the last one is used.
    pub(crate) fn home(&self, name: &str, profiles: usize, user: User) -> Result<Home<'_>> {
        let folder = self.folder.path().join(name);
        fs::create_dir_all(folder.join(".aws"))?;
        let mut config = String::new();
        for number in 1..profiles {
            write!(
                config,
                "[profile customer-{number:04}]\nrole_arn = arn:aws:iam::{:012}:role/deploy\n\
                 source_profile = {PROFILE}\nregion = eu-central-1\n\n",
                100_000_000_000_u64 + number as u64
            )?;
        }
        write!(config, "[profile {PROFILE}]\nregion = eu-central-1\nmfa_serial = {}\n", user.serial())?;
        fs::write(folder.join(".aws/config"), config)?;
        let (id, secret) = user.key();
        let keys = format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
        fs::write(folder.join(".aws/credentials"), format!("[{PROFILE}]\n{keys}"))?;
        private(&folder.join(".aws/credentials"))?;
        Ok(Home { world: self, folder, user })
    }
}

impl Drop for World {
    fn drop(&mut self) {
        child::stop(&mut self.sandbox);
    }
}

/// A user's home, with nothing of the caller's.
pub(crate) struct Home<'a> {
    world: &'a World,
    folder: PathBuf,
    user: User,
}

impl Home<'_> {
    /// Returns the folder of the home.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns the user of the home.
    pub(crate) fn user(&self) -> &User {
        &self.user
    }

    /// Returns the address of the sandbox.
    pub(crate) fn endpoint(&self) -> String {
        format!("http://127.0.0.1:{}", self.world.port)
    }

    /// Returns a command for a program that runs in this home with no other variables.
    pub(crate) fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command
            .env_clear()
            .env("PATH", &self.world.path)
            .env("HOME", &self.folder)
            .env("XDG_STATE_HOME", self.folder.join("state"))
            .env("XDG_CONFIG_HOME", self.folder.join("config"))
            .env("XDG_DATA_HOME", self.folder.join("data"))
            .env("XDG_CACHE_HOME", self.folder.join("cache"))
            .env("AWS_CONFIG_FILE", self.folder.join(".aws/config"))
            .env("AWS_SHARED_CREDENTIALS_FILE", self.folder.join(".aws/credentials"))
            .env("AWS_ENDPOINT_URL", self.endpoint())
            .env("AWS_EC2_METADATA_DISABLED", "true")
            // A program that does not know `AWS_ENDPOINT_URL` must not reach AWS instead. Nothing listens at this address.
            .env("HTTPS_PROXY", "http://127.0.0.1:9")
            .env("AWSESAME_PROFILE", PROFILE)
            .stdin(Stdio::null());
        command
    }

    /// Returns a command for the program under test.
    pub(crate) fn awsesame(&self, arguments: &[&str]) -> Command {
        let mut command = self.command(self.world.programs.join(FRONT));
        command.args(arguments);
        command
    }

    /// Returns a code of the user of this home.
    pub(crate) fn code(&self) -> Result<String> {
        self.world.code(&self.user)
    }

    /// Gets this home a fresh session.
    pub(crate) fn log_in(&self) -> Result<()> {
        child::read(&mut self.awsesame(&["login", &self.code()?]), LOGIN).map(drop)
    }
}

impl Drop for Home<'_> {
    fn drop(&mut self) {
        // This removes the key of the home from the kernel's keyring. It would expire after some hours.
        drop(child::read(&mut self.awsesame(&["lock"]), LOGIN));
    }
}

/// Makes a file private, because some clients complain otherwise.
pub(crate) fn private(file: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(file, fs::Permissions::from_mode(0o600)).with_context(|| file.display().to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_user_has_a_key_of_the_length_of_a_real_one() {
        for number in [0, 7, 99_999] {
            let (id, secret) = user(number).key();
            assert_eq!((id.len(), secret.len()), (20, 40));
        }
    }
}
