//! The world of one test: a sandbox, a home with AWS files for its users, and the program with a cleared environment.
//! The module `run` builds and runs programs.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use awsesame::broker::lease::Lease;
use awsesame::broker::place::BrokerPaths;
use awsesame::state::State;
use awsesame::store::{self, DATA_KEY};
use awsesame_sandbox::{Fixture, Options, Sandbox};
use tempfile::TempDir;

use crate::run::Run;

/// The roles of the built-in fixture, as a developer would write them down. An
/// endpoint is not inherited from the source profile, in no AWS tool.
const ROLES: &str = "\
[profile deploy]
region = us-east-1
endpoint_url = {URL}
role_arn = arn:aws:iam::123456789012:role/deploy
source_profile = alice

[profile longhaul]
region = us-east-1
endpoint_url = {URL}
role_arn = arn:aws:iam::123456789012:role/longhaul
source_profile = alice
duration_seconds = 43200

[profile readonly]
region = us-east-1
endpoint_url = {URL}
role_arn = arn:aws:iam::123456789012:role/readonly
source_profile = alice

[profile chained]
region = us-east-1
endpoint_url = {URL}
role_arn = arn:aws:iam::123456789012:role/chained
source_profile = deploy

[profile partner]
region = us-east-1
endpoint_url = {URL}
role_arn = arn:aws:iam::210987654321:role/partner
source_profile = alice
external_id = sesame-4711

";

/// The file from which the programs read how far their clock is moved.
const CLOCK: &str = ".clock";

/// A home, a sandbox, and what must never be seen outside them. Dropped, it takes
/// the data keys of its states out of the kernel.
pub(crate) struct World {
    sandbox: Sandbox,
    home: TempDir,
    /// Every folder of state that a run was pointed at.
    states: Mutex<BTreeSet<PathBuf>>,
    /// Every data key that was ever seen there.
    data_keys: Mutex<BTreeSet<Vec<u8>>>,
    /// The differences of the programs' clock and the sandbox's clock from the machine's clock, in seconds.
    moved: (AtomicI64, AtomicI64),
}

impl World {
    /// Returns the built-in fixture under AWS's own limits.
    pub(crate) fn new() -> Self {
        Self::with(Options::default())
    }

    /// Returns the built-in fixture under other limits.
    pub(crate) fn with(options: Options) -> Self {
        let world = Self::of(&Fixture::builtin(), options);
        world.append_config(ROLES);
        world
    }

    /// Returns a world with another fixture. Its users have profiles, and its roles have none.
    pub(crate) fn of(fixture: &Fixture, options: Options) -> Self {
        let moved = (AtomicI64::new(0), AtomicI64::new(options.clock_offset));
        let sandbox = Sandbox::start(fixture, options).unwrap();
        let home = tempfile::Builder::new().prefix("awsesame-test-").tempdir().unwrap();
        let state = home.path().join(".local/state/awsesame");
        let world = Self {
            sandbox,
            home,
            states: Mutex::new(BTreeSet::from([state])),
            data_keys: Mutex::new(BTreeSet::new()),
            moved,
        };
        std::fs::create_dir(world.path(".aws")).unwrap();
        let url = world.url();
        let (mut config, mut credentials) = (String::new(), String::new());
        for (user, serial) in fixture.profiles() {
            let device = serial.map_or_else(String::new, |serial| format!("mfa_serial = {serial}\n"));
            let _ = writeln!(config, "[profile {user}]\nregion = us-east-1\nendpoint_url = {url}\n{device}");
        }
        for (user, id, secret) in fixture.access_keys() {
            let key = format!("aws_access_key_id = {id}\naws_secret_access_key = {secret}\n");
            let _ = writeln!(credentials, "[{user}]\n{key}");
        }
        world.write(".aws/config", &config);
        world.write_private(".aws/credentials", &credentials);
        world
    }

    /// Returns the sandbox of this world.
    pub(crate) fn sandbox(&self) -> &Sandbox {
        &self.sandbox
    }

    /// Returns the address `http://127.0.0.1:PORT`.
    pub(crate) fn url(&self) -> String {
        self.sandbox.url()
    }

    /// Returns a code of this user that was not used yet.
    pub(crate) fn code(&self, user: &str) -> String {
        self.sandbox.fresh_code(user)
    }

    /// Lets so many seconds pass without waiting for them: for the sandbox, for every run that begins from now on, and
    /// for those that began after an earlier call.
    pub(crate) fn pass(&self, seconds: i64) {
        let moved = self.moved.0.fetch_add(seconds, Ordering::SeqCst) + seconds;
        let sandbox = self.moved.1.fetch_add(seconds, Ordering::SeqCst) + seconds;
        self.set_clock(&moved.to_string());
        self.sandbox.set_clock_offset(sandbox);
    }

    /// Stops the clock of the programs, though not the sandbox's, for what has to be over within a step.
    pub(crate) fn stops(&self) {
        let now = jiff::Timestamp::now().as_second() + self.moved.0.load(Ordering::SeqCst);
        self.set_clock(&format!("={now}"));
    }

    fn set_clock(&self, text: &str) {
        // Whole at any time, because a program may look just now.
        std::fs::write(self.path(".clock-new"), text).unwrap();
        std::fs::rename(self.path(".clock-new"), self.path(CLOCK)).unwrap();
    }

    /// Moves the clock to this second of a 30-second step of codes, without waiting. A test that depends on one step
    /// begins early in it, and a test that waits for the next one begins late.
    pub(crate) fn goes_to_second(&self, second: i64) {
        let now = jiff::Timestamp::now().as_second() + self.moved.0.load(Ordering::SeqCst);
        self.pass((second - now).rem_euclid(30));
    }

    /// Returns the file that moves the clock of our programs, after the clock was moved.
    pub(crate) fn clock(&self) -> Option<PathBuf> {
        Some(self.path(CLOCK)).filter(|file| file.exists())
    }

    /// Returns the path of HOME.
    pub(crate) fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns a path below HOME.
    pub(crate) fn path(&self, below: impl AsRef<Path>) -> PathBuf {
        self.home().join(below)
    }

    /// Returns the program's state folder without `XDG_STATE_HOME`.
    pub(crate) fn state(&self) -> PathBuf {
        self.path(".local/state/awsesame")
    }

    /// Writes a file below HOME, over an older one.
    pub(crate) fn write(&self, below: &str, text: &str) {
        let path = self.path(below);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// Writes a file below HOME that only we may read.
    pub(crate) fn write_private(&self, below: &str, text: &str) {
        use std::os::unix::fs::PermissionsExt;
        self.write(below, text);
        std::fs::set_permissions(self.path(below), std::fs::Permissions::from_mode(0o600)).unwrap();
    }

    /// Returns a file below HOME as text.
    pub(crate) fn read(&self, below: &str) -> String {
        std::fs::read_to_string(self.path(below)).unwrap()
    }

    /// Returns a file below HOME as bytes.
    pub(crate) fn read_bytes(&self, below: &str) -> Vec<u8> {
        std::fs::read(self.path(below)).unwrap()
    }

    /// Replaces `~/.aws/config`. `{URL}` is replaced by the address of the sandbox.
    pub(crate) fn config(&self, text: &str) {
        self.write(".aws/config", &text.replace("{URL}", &self.url()));
    }

    /// Adds text to `~/.aws/config`. `{URL}` is replaced by the address of the sandbox.
    pub(crate) fn append_config(&self, text: &str) {
        self.config(&(self.read(".aws/config") + text));
    }

    /// Replaces a text in `~/.aws/config` with another.
    pub(crate) fn change_config(&self, from: &str, to: &str) {
        let before = self.read(".aws/config");
        assert!(before.contains(from), "{from:?} is not in {before}");
        self.config(&before.replace(from, to));
    }

    /// Returns a run of `awsesame ARGUMENTS...`, by default without a terminal.
    pub(crate) fn awsesame<A: AsRef<OsStr>>(&self, arguments: &[A]) -> Run<'_> {
        self.program(env!("CARGO_BIN_EXE_awsesame")).args(arguments)
    }

    /// Prepares any program in this world's environment.
    pub(crate) fn program(&self, program: impl AsRef<OsStr>) -> Run<'_> {
        Run::new(self, program.as_ref())
    }

    /// Makes the folder that keeps an interactive fish from reading every manual page in the background, for minutes and
    /// beyond the end of the test.
    pub(crate) fn spare_fish(&self) {
        std::fs::create_dir_all(self.path(".local/share/fish/generated_completions")).unwrap();
    }

    /// Logs a user in with a fresh code.
    pub(crate) fn log_in(&self, user: &str) {
        self.awsesame(&["login", "-p", user, &self.code(user)]).run().ok();
    }

    /// Registers a folder whose kernel key is watched, and removed at the end.
    pub(crate) fn knows_state(&self, folder: PathBuf) {
        lock(&self.states).insert(folder);
    }

    /// Returns every data key that the states have or had.
    pub(crate) fn data_keys(&self) -> BTreeSet<Vec<u8>> {
        let mut keys = lock(&self.data_keys);
        for folder in lock(&self.states).iter() {
            for name in store::NAMES {
                let state = State::at(folder.clone());
                let key = store::open(name, &state).and_then(|store| store.get(DATA_KEY));
                keys.extend(key.ok().flatten().map(|key| key.to_vec()));
            }
        }
        keys.clone()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for folder in lock(&self.states).iter() {
            // The brokers of this home end with it.
            for place in BrokerPaths::all(&State::at(folder.clone())) {
                if let Ok(Some(pid)) = Lease::holder(&place) {
                    let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
                }
            }
            // A keyring that cannot be reached has no key of ours.
            for name in store::NAMES.into_iter().filter(|name| *name != store::file::NAME) {
                if let Ok(store) = store::open(name, &State::at(folder.clone())) {
                    let _ = store.delete(DATA_KEY);
                }
            }
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
