//! One run of a program in a world, from its start to its end. The module `ran` has its result, and the watchdog checks
//! every run.

use std::collections::BTreeSet;
use std::ffi::{OsStr, OsString};
use std::io::{Read, Write};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::LazyLock;
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::pty::Pty;
use crate::ran::Ran;
use crate::watchdog::{self, Allowed, Watchdog};
use crate::world::World;

/// Longer than anything that is not a hang.
const LIMIT: Duration = Duration::from_mins(1);
/// The columns and lines of the terminal, if a test does not depend on them. It is wider than every message.
const SIZE: [u16; 2] = [300, 40];
/// The interval at which a run is checked.
const TICK: Duration = Duration::from_millis(2);

/// Returns the zone of a place where this run of the tests began between one and two in the morning. A session of
/// twelve hours ends on the same day there, so that what a program says does not hang on the hour of the tests.
fn early_morning() -> &'static str {
    static ZONE: LazyLock<String> = LazyLock::new(|| {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let hour = now.as_secs() / 3600 % 24;
        // The rule of a zone has the hours that are to be added to its own time to have UTC.
        format!("TST{:+}", i64::try_from(hour).unwrap() - 1)
    });
    &ZONE
}

/// A run that is being prepared.
#[must_use = "nothing runs before `run`, `spawn` or `pty`"]
pub(crate) struct Run<'w> {
    world: &'w World,
    program: OsString,
    arguments: Vec<OsString>,
    variables: Vec<(OsString, Option<OsString>)>,
    folder: Option<PathBuf>,
    stdin: Vec<u8>,
    limit: Duration,
    allowed: Allowed,
}

impl<'w> Run<'w> {
    pub(crate) fn new(world: &'w World, program: &OsStr) -> Self {
        Self {
            world,
            program: program.to_owned(),
            arguments: Vec::new(),
            variables: Vec::new(),
            folder: None,
            stdin: Vec::new(),
            limit: LIMIT,
            allowed: Allowed::default(),
        }
    }

    /// Adds arguments to the command line.
    pub(crate) fn args<A: AsRef<OsStr>>(mut self, arguments: &[A]) -> Self {
        self.arguments.extend(arguments.iter().map(|argument| argument.as_ref().to_owned()));
        self
    }

    /// Sets a variable, which takes precedence over the world's own.
    pub(crate) fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        if name.as_ref() == "XDG_STATE_HOME" {
            self.world.knows_state(PathBuf::from(value.as_ref()).join("awsesame"));
        }
        self.variables.push((name.as_ref().to_owned(), Some(value.as_ref().to_owned())));
        self
    }

    /// Removes a variable from the environment.
    pub(crate) fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_owned(), None));
        self
    }

    /// Sets the folder in which the program runs, instead of HOME.
    pub(crate) fn cwd(mut self, folder: impl Into<PathBuf>) -> Self {
        self.folder = Some(folder.into());
        self
    }

    /// Sets its standard input, which is empty by default.
    pub(crate) fn stdin(mut self, text: impl AsRef<[u8]>) -> Self {
        text.as_ref().clone_into(&mut self.stdin);
        self
    }

    /// Sets the time limit. After it, the program is killed and the test fails.
    pub(crate) fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Allows session credentials on stdout. Everything else is watched as usual.
    pub(crate) fn reveals_credentials(mut self) -> Self {
        self.allowed.sessions_on_stdout = true;
        self
    }

    /// Allows session credentials in files, because the programs that got them write them there, such as direnv.
    /// Long-term secrets are never allowed.
    pub(crate) fn spreads_credentials(mut self) -> Self {
        self.allowed.sessions_anywhere = true;
        self
    }

    /// Returns the command with a cleared environment and without the watchdog, for a test that starts it itself.
    pub(crate) fn command(&self) -> Command {
        self.started_by(Command::new(&self.program))
    }

    /// Runs it under a program that becomes ours in the same process, as `setsid` does.
    fn under(&self, wrapper: &[&str]) -> Command {
        let mut command = Command::new(wrapper[0]);
        command.args(&wrapper[1..]).arg(&self.program);
        self.started_by(command)
    }

    fn started_by(&self, mut command: Command) -> Command {
        let own = PathBuf::from(env!("CARGO_BIN_EXE_awsesame"));
        let outer = std::env::var_os("PATH").unwrap_or_default();
        let folders = own.parent().map(PathBuf::from).into_iter().chain(std::env::split_paths(&outer));
        command
            .args(&self.arguments)
            .env_clear()
            .env("PATH", std::env::join_paths(folders).unwrap())
            .env("HOME", self.world.home())
            .env("USER", "tester")
            .env("LANG", "C.UTF-8")
            .env("TZ", early_morning())
            .env("TERM", "xterm")
            .env("NO_COLOR", "1")
            // Should a test forget an endpoint, its calls end here and not at AWS.
            .env("HTTPS_PROXY", "http://127.0.0.1:1")
            .env("NO_PROXY", "127.0.0.1,localhost")
            .current_dir(self.folder.as_deref().unwrap_or(self.world.home()));
        if let Some(clock) = self.world.clock() {
            command.env("AWSESAME_TEST_CLOCK", clock);
        }
        for (name, value) in &self.variables {
            if name == "HOME" {
                // The home must not be looked up in this machine's own list of users.
                command.env("AWSESAME_TEST_PASSWD", self.world.path(".passwd"));
            }
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        command
    }

    /// Runs to the end, without a terminal.
    pub(crate) fn run(self) -> Ran {
        self.spawn().wait()
    }

    /// Starts the program without a terminal, and does not wait for its end.
    pub(crate) fn spawn(self) -> Running<'w> {
        // A session without a terminal: `/dev/tty` does not open.
        let mut command = self.under(&["setsid"]);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{}: {error}", self.program.display()));
        let mut stdin = child.stdin.take().unwrap();
        let text = self.stdin;
        // A program that does not read stdin closes it, which is not an error of the test.
        std::thread::spawn(move || drop(stdin.write_all(&text)));
        Running {
            watch: Watch::new(self.world, self.allowed),
            stdout: collect(child.stdout.take().unwrap()),
            stderr: collect(child.stderr.take().unwrap()),
            until: Instant::now() + self.limit,
            child,
        }
    }

    /// Starts the program in the foreground of a terminal of its own, which also receives its stdout and stderr.
    pub(crate) fn pty(self) -> Pty<'w> {
        let command = self.under(&["setsid", "--ctty"]);
        Pty::start(command, self.limit, Watch::new(self.world, self.allowed), false, SIZE)
    }

    /// Starts the program on a terminal of this many columns and 24 lines.
    pub(crate) fn pty_of(self, columns: u16) -> Pty<'w> {
        let command = self.under(&["setsid", "--ctty"]);
        Pty::start(command, self.limit, Watch::new(self.world, self.allowed), false, [columns, 24])
    }

    /// Runs it with stdout read by a program, as in `$(awsesame env)`.
    pub(crate) fn pty_with_stdout_piped(self) -> Pty<'w> {
        let command = self.under(&["setsid", "--ctty"]);
        Pty::start(command, self.limit, Watch::new(self.world, self.allowed), true, SIZE)
    }
}

/// The checks while a run lasts, and after it.
pub(crate) struct Watch<'w> {
    world: &'w World,
    allowed: Allowed,
    lines: BTreeSet<Vec<u8>>,
}

impl<'w> Watch<'w> {
    fn new(world: &'w World, allowed: Allowed) -> Self {
        Self { world, allowed, lines: BTreeSet::new() }
    }

    /// Waits for a child, looking at the command lines meanwhile. Kills it after its time.
    pub(crate) fn wait(&mut self, child: &mut Child, until: Instant) -> Option<std::process::ExitStatus> {
        loop {
            watchdog::command_lines(child.id(), &mut self.lines);
            if let Some(status) = child.try_wait().unwrap() {
                return Some(status);
            }
            if Instant::now() > until {
                child.kill().unwrap();
                child.wait().unwrap();
                return None;
            }
            std::thread::sleep(TICK);
        }
    }

    /// Fails the test if a secret was seen.
    pub(crate) fn look(&self, stdout: &[u8], stderr: &[u8]) {
        let bites = Watchdog::over(self.world).bites(stdout, stderr, &self.lines, self.allowed);
        assert!(bites.is_empty(), "secrets were seen: {bites:#?}");
    }

    pub(crate) fn world(&self) -> &'w World {
        self.world
    }
}

/// A program that is running.
pub(crate) struct Running<'w> {
    watch: Watch<'w>,
    stdout: Receiver<Vec<u8>>,
    stderr: Receiver<Vec<u8>>,
    until: Instant,
    child: Child,
}

impl Running<'_> {
    /// Its process: the program's own, no wrapper's.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Returns true if it still runs.
    pub(crate) fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    /// Sends a signal to the program.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits until the program ends, and returns its result.
    pub(crate) fn wait(mut self) -> Ran {
        let status = self.watch.wait(&mut self.child, self.until);
        let (stdout, stderr) = (gathered(&self.stdout), gathered(&self.stderr));
        self.watch.look(&stdout, &stderr);
        let ran = Ran::new(self.watch.world(), status, &stdout, &stderr);
        assert!(status.is_some(), "killed after its time; {ran}");
        ran
    }
}

/// Reads to the end on a thread, so that a full pipe holds nobody up.
pub(crate) fn collect(mut from: impl Read + Send + 'static) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    std::thread::spawn(move || {
        let mut chunk = [0; 8192];
        while let Ok(n @ 1..) = from.read(&mut chunk) {
            if sender.send(chunk[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}

/// Returns the bytes that were read. A grandchild that keeps the pipe open is waited for only briefly.
pub(crate) fn gathered(receiver: &Receiver<Vec<u8>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    while let Ok(chunk) = receiver.recv_timeout(Duration::from_secs(2)) {
        bytes.extend(chunk);
    }
    bytes
}
