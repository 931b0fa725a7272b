//! Starts, feeds, watches and ends outside programs. The caller decides what to ask of them and what their answers
//! mean. No shell is involved, no secret is passed in an argument or a variable, and every wait has a limit.

use std::fs::{File, OpenOptions};
use std::io::{IsTerminal, Read, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use awsesame_core::fault::Fault;
use rustix::process::{Pid, Signal, WaitId, WaitIdOptions, kill_process, kill_process_group, waitid};
use zeroize::Zeroizing;

use crate::os::terminal::Terminal;

/// The maximum size of a program's output.
const MOST_BYTES: usize = 1024 * 1024;
/// The interval at which a program is checked.
const TICK: Duration = Duration::from_millis(5);
/// The time limit for output after a program has ended, if a child of it keeps the pipe open.
const AFTERWARDS: Duration = Duration::from_millis(500);

/// The result of a program.
#[derive(Debug)]
pub struct Output {
    /// The bytes that it wrote to stdout.
    pub stdout: Zeroizing<Vec<u8>>,
    /// The text that it wrote to stderr, if we listened to it; otherwise it wrote the text to our own stderr.
    pub stderr: String,
    /// The status with which it ended.
    pub status: ExitStatus,
}

impl Output {
    /// Returns the last line of the program's stderr, or else how the program ended.
    pub fn complaint(&self) -> String {
        let said = self.stderr.lines().map(str::trim).rfind(|line| !line.is_empty());
        said.map(str::to_owned).or_else(|| self.trouble()).unwrap_or_else(|| "it says nothing".into())
    }

    /// Returns the way in which it ended, in words. `None` if it ended well.
    pub fn trouble(&self) -> Option<String> {
        use std::os::unix::process::ExitStatusExt;
        match (self.status.success(), self.status.code(), self.status.signal()) {
            (true, ..) => None,
            (_, Some(code), _) => Some(format!("it ended with exit code {code}")),
            (_, _, signal) => Some(format!("signal {} ended it", signal.unwrap_or_default())),
        }
    }
}

/// Runs a program to its end. With the terminal attached, the program may ask the person there. Otherwise, or if nobody
/// is there, it gets no access to the terminal.
pub fn run(
    argv: &[String],
    stdin: Option<&[u8]>,
    timeout: Duration,
    attach_terminal: bool,
) -> Result<Output, Fault> {
    carry_out(argv, None, stdin, timeout, attach_terminal)
}

/// Runs a program with additional variables, and captures its stderr for the caller.
pub fn listen(
    argv: &[String],
    variables: &[(&str, String)],
    stdin: Option<&[u8]>,
    timeout: Duration,
    attach_terminal: bool,
) -> Result<Output, Fault> {
    carry_out(argv, Some(variables), stdin, timeout, attach_terminal)
}

/// Removes the variables with keys and tokens that a program would inherit from us: those of a shell with credentials,
/// the user's own, and direnv's record of its variables. The programs that we start need none of them.
pub fn withhold_keys(command: &mut Command) {
    for (name, _) in std::env::vars_os() {
        if name.to_str().is_some_and(is_key) {
            command.env_remove(name);
        }
    }
}

/// Returns true if a variable of this name contains a key or a token, or one half of a pair, because tools fail if they
/// find a key without its secret. The path of a token file does not count.
fn is_key(name: &str) -> bool {
    let secret = ["SECRET", "TOKEN", "ACCESS_KEY"].iter().any(|part| name.contains(part));
    name == "DIRENV_DIFF"
        || name.starts_with("MASTER_AWS_")
        || (name.starts_with("AWS_") && secret && !name.ends_with("_FILE"))
}

fn carry_out(
    argv: &[String],
    listened: Option<&[(&str, String)]>,
    stdin: Option<&[u8]>,
    timeout: Duration,
    attach_terminal: bool,
) -> Result<Output, Fault> {
    let Some((program, arguments)) = argv.split_first() else {
        return Err(Fault::Bug { what: "a program without a name".into() });
    };
    let attached = attach_terminal && Terminal::open().is_some();
    let mut command = Command::new(program);
    withhold_keys(&mut command);
    command.args(arguments).stdout(Stdio::piped()).stdin(match (stdin, attached) {
        (Some(_), _) => Stdio::piped(),
        (None, true) => File::open("/dev/tty").map_or_else(|_| Stdio::null(), Stdio::from),
        (None, false) => Stdio::null(),
    });
    if attached {
        if let Some(name) = crate::os::terminal::name() {
            command.env("GPG_TTY", name);
        }
    } else {
        // In the background of a terminal, reading from the terminal would stop the program.
        command.process_group(0);
    }
    if let Some(variables) = listened {
        command.envs(variables.iter().map(|(name, value)| (name, value))).stderr(Stdio::piped());
    }
    // A client that keeps our stderr to itself hides a question or a call for a touch from the person it is for.
    let shown = if attached && listened.is_none() && !std::io::stderr().is_terminal() {
        OpenOptions::new().write(true).open("/dev/tty").ok()
    } else {
        None
    };
    if shown.is_some() {
        command.stderr(Stdio::piped());
    }
    let child = command.spawn().map_err(|error| crate::os::file::not_started(program.as_ref(), &error))?;
    let mut running = Running { child, grouped: !attached };
    let child = &mut running.child;
    let unheard = |error: std::io::Error| crate::os::file::not_started(program.as_ref(), &error);
    if let (Some(mut pipe), Some(text)) = (child.stdin.take(), stdin) {
        let text = Zeroizing::new(text.to_vec());
        // A separate thread writes, because a program that does not read its input must not block this one.
        background(move || drop(pipe.write_all(&text))).map_err(unheard)?;
    }
    let output = collect(child.stdout.take()).map_err(unheard)?;
    let copied = match (shown, child.stderr.take()) {
        (Some(terminal), Some(stderr)) => Some(copy(stderr, terminal).map_err(unheard)?),
        (_, stderr) => {
            child.stderr = stderr;
            None
        }
    };
    let said = collect(child.stderr.take()).map_err(unheard)?;
    let failed = |why: String| Fault::ProgramFailed { program: program.clone(), why, command: argv.to_vec() };
    let ended = running.watch(&output, Instant::now() + timeout);
    if let Some(copied) = copied {
        // A daemon that was left behind may never close the pipe. The output that has arrived is shown.
        let _ = copied.recv_timeout(AFTERWARDS);
    }
    match ended {
        Ended::Well(status, stdout) => Ok(Output { stdout, status, stderr: heard(&said) }),
        Ended::TooMuch => Err(failed(format!("prints more than {MOST_BYTES} bytes"))),
        Ended::Stopped => Err(failed("wants the terminal, where awsesame may not ask".into())),
        Ended::Late => Err(Fault::ProgramHung {
            program: program.clone(),
            seconds: timeout.as_secs(),
            command: argv.to_vec(),
        }),
        Ended::Unknown(error) => {
            Err(failed(format!("cannot be watched: {}", crate::os::file::words(&error))))
        }
    }
}

/// The way in which a run ended.
enum Ended {
    Well(ExitStatus, Zeroizing<Vec<u8>>),
    TooMuch,
    Stopped,
    Late,
    Unknown(std::io::Error),
}

/// Reads the output in pieces, so that a part of it is available before the end.
fn collect(from: Option<impl Read + Send + 'static>) -> std::io::Result<Receiver<Zeroizing<Vec<u8>>>> {
    let (sender, receiver) = channel();
    background(move || {
        let Some(mut from) = from else { return };
        let mut piece = Zeroizing::new(vec![0; 64 * 1024]);
        // If the pipe cannot be read, there is no more output.
        while let Ok(count @ 1..) = from.read(&mut piece) {
            if sender.send(Zeroizing::new(piece[..count].to_vec())).is_err() {
                return;
            }
        }
    })?;
    Ok(receiver)
}

/// Runs a piece of work on a thread of its own. `std::thread::spawn` would panic if the system starts no more threads.
fn background(work: impl FnOnce() + Send + 'static) -> std::io::Result<()> {
    std::thread::Builder::new().spawn(work).map(drop)
}

/// Shows what a program says to our own stderr and to the terminal. The receiver hears of the end.
fn copy(mut from: impl Read + Send + 'static, mut terminal: File) -> std::io::Result<Receiver<()>> {
    let (sender, receiver) = channel();
    background(move || {
        let mut piece = [0; 4096];
        while let Ok(count @ 1..) = from.read(&mut piece) {
            // Either destination may be closed; the other one still gets the output.
            let _ = std::io::stderr().write_all(&piece[..count]);
            let _ = terminal.write_all(&piece[..count]);
        }
        drop(sender);
    })?;
    Ok(receiver)
}

/// Returns the output that has arrived so far, because a daemon that was left behind may never close the pipe.
fn heard(said: &Receiver<Zeroizing<Vec<u8>>>) -> String {
    let (mut bytes, until) = (Vec::new(), Instant::now() + AFTERWARDS);
    while bytes.len() < MOST_BYTES
        && let Ok(piece) = said.recv_timeout(until.saturating_duration_since(Instant::now()))
    {
        bytes.extend_from_slice(&piece);
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A running program, which is killed on drop.
struct Running {
    child: Child,
    /// True if the program has a process group of its own.
    grouped: bool,
}

impl Running {
    fn watch(&mut self, output: &Receiver<Zeroizing<Vec<u8>>>, until: Instant) -> Ended {
        // The output is read in pieces, because a growing buffer would leave copies of a secret in memory.
        let mut pieces: Vec<Zeroizing<Vec<u8>>> = Vec::new();
        let mut length = 0;
        let mut ended: Option<(ExitStatus, Instant)> = None;
        loop {
            let finished = match output.recv_timeout(TICK) {
                Ok(piece) => {
                    length += piece.len();
                    if length > MOST_BYTES {
                        return Ended::TooMuch;
                    }
                    pieces.push(piece);
                    false
                }
                Err(RecvTimeoutError::Timeout) => false,
                Err(RecvTimeoutError::Disconnected) => {
                    std::thread::sleep(TICK);
                    true
                }
            };
            match ended {
                Some((status, at)) if finished || at.elapsed() > AFTERWARDS => {
                    let mut bytes = Zeroizing::new(Vec::with_capacity(length));
                    for piece in &pieces {
                        bytes.extend_from_slice(piece);
                    }
                    return Ended::Well(status, bytes);
                }
                Some(_) => continue,
                None => {}
            }
            match self.child.try_wait() {
                Err(error) => return Ended::Unknown(error),
                Ok(Some(status)) => ended = Some((status, Instant::now())),
                Ok(None) if self.grouped && self.is_stopped() => return Ended::Stopped,
                Ok(None) if Instant::now() >= until => return Ended::Late,
                Ok(None) => {}
            }
        }
    }

    fn is_stopped(&self) -> bool {
        let looking = WaitIdOptions::STOPPED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        waitid(WaitId::Pid(Pid::from_child(&self.child)), looking).is_ok_and(|found| found.is_some())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if let Ok(Some(_)) = self.child.try_wait() {
            return;
        }
        let pid = Pid::from_child(&self.child);
        // A program that has already ended counts as killed.
        let _ = if self.grouped {
            kill_process_group(pid, Signal::KILL)
        } else {
            kill_process(pid, Signal::KILL)
        };
        let _ = self.child.wait();
    }
}

/// Runs a program that uses the terminal, such as a pager, and returns its result. Returns `None` if it cannot be run.
/// Variables with secrets are removed from its environment.
pub fn in_the_foreground(program: &str, arguments: &[std::ffi::OsString]) -> Option<ExitStatus> {
    let mut command = Command::new(program);
    command.args(arguments).env_remove("AWS_SECRET_ACCESS_KEY").env_remove("AWS_SESSION_TOKEN");
    command.status().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sh(script: &str, stdin: Option<&[u8]>, timeout: u64) -> Result<Output, Fault> {
        let argv = ["sh", "-c", script].map(str::to_owned);
        run(&argv, stdin, Duration::from_secs(timeout), false)
    }

    #[test]
    fn stdin_and_stdout_are_passed_through() {
        let output = sh("tr a-z A-Z; exit 3", Some(b"open sesame"), 10).unwrap();
        assert_eq!(*output.stdout, b"OPEN SESAME");
        assert_eq!(output.trouble().as_deref(), Some("it ended with exit code 3"));
        assert_eq!(sh("true", Some(&vec![b'x'; 500_000]), 10).unwrap().trouble(), None);
        let killed = sh("kill -9 $$", None, 10).unwrap();
        assert_eq!(killed.trouble().as_deref(), Some("signal 9 ended it"));
    }

    #[test]
    fn a_variable_with_a_key_or_a_token_is_told_from_one_without() {
        for name in [
            "AWS_ACCESS_KEY_ID",
            "AWS_SECRET_ACCESS_KEY",
            "AWS_SESSION_TOKEN",
            "AWS_SECURITY_TOKEN",
            "AWS_SECRET_KEY",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN",
            "AWS_BEARER_TOKEN_BEDROCK",
            "MASTER_AWS_ACCESS_KEY_ID",
            "MASTER_AWS_SECRET_ACCESS_KEY",
            "DIRENV_DIFF",
        ] {
            assert!(is_key(name), "{name}");
        }
        for name in [
            "AWS_PROFILE",
            "AWS_REGION",
            "AWS_CONFIG_FILE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE",
            "AWS_ENDPOINT_URL",
            "PATH",
            "SSH_AUTH_SOCK",
            "VAULT_TOKEN",
        ] {
            assert!(!is_key(name), "{name}");
        }
    }

    #[test]
    fn stderr_is_captured_if_the_caller_wants_it() {
        let argv = ["sh", "-c", "echo one >&2; echo $TWO >&2; exit 1"].map(str::to_owned);
        let output = listen(&argv, &[("TWO", "two".into())], None, Duration::from_secs(10), false).unwrap();
        assert_eq!((output.stderr.as_str(), output.complaint().as_str()), ("one\ntwo\n", "two"));
    }

    #[test]
    fn program_that_hangs_is_ended_with_its_children() {
        let begun = Instant::now();
        let marker = tempfile::tempdir().unwrap();
        let script = format!("(sleep 2; touch {}/late) & sleep 60", marker.path().display());
        let fault = sh(&script, None, 1).unwrap_err();
        assert_eq!(fault.to_string(), "`sh` did not end within 1 s");
        assert!(begun.elapsed() < Duration::from_secs(10));
        std::thread::sleep(Duration::from_millis(1500));
        assert!(!marker.path().join("late").exists());
    }

    #[test]
    fn program_that_does_not_stop_printing_is_ended() {
        let fault = sh("yes", None, 60).unwrap_err();
        assert_eq!(fault.to_string(), "`sh` prints more than 1048576 bytes");
    }

    #[test]
    fn program_that_leaves_a_child_behind_is_not_waited_for_twice() {
        let begun = Instant::now();
        let output = sh("echo 123456; sleep 2 2>/dev/null &", None, 60).unwrap();
        assert!(begun.elapsed() < Duration::from_millis(1900));
        assert_eq!((output.stdout.as_slice(), output.trouble()), (&b"123456\n"[..], None));
    }

    #[test]
    fn program_that_is_not_there_says_so() {
        let argv = ["awsesame-no-such-program".to_owned()];
        let fault = run(&argv, None, Duration::from_secs(1), false).unwrap_err();
        assert!(matches!(fault, Fault::CannotRun { missing: true, .. }), "{fault}");
    }
}
