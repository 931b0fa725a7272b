//! A terminal with a program in its foreground. It sends keys and waits for output, and checks that the terminal's
//! modes are restored.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use rustix::fs::OFlags;
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Termios, Winsize, tcgetattr, tcsetwinsize};

use crate::ran::Ran;
use crate::run::{Watch, collect, gathered};

/// The maximum time that expected output may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// A program on a terminal.
pub(crate) struct Pty<'w> {
    master: File,
    /// This side is held open so that the modes can be read at the end.
    slave: Option<File>,
    before: String,
    child: Child,
    screen: Receiver<Vec<u8>>,
    piped: Option<Receiver<Vec<u8>>>,
    transcript: Vec<u8>,
    /// The number of bytes of the transcript that were already matched.
    expected: usize,
    until: Instant,
    watch: Watch<'w>,
}

impl<'w> Pty<'w> {
    pub(crate) fn start(
        mut command: Command,
        limit: Duration,
        watch: Watch<'w>,
        pipe_stdout: bool,
        [ws_col, ws_row]: [u16; 2],
    ) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let flags = OFlags::NOCTTY.bits().cast_signed();
        let slave = OpenOptions::new().read(true).write(true).custom_flags(flags).open(name).unwrap();
        tcsetwinsize(&slave, Winsize { ws_row, ws_col, ws_xpixel: 0, ws_ypixel: 0 }).unwrap();
        let before = modes(&tcgetattr(&slave).unwrap());
        let handle = || Stdio::from(OwnedFd::from(slave.try_clone().unwrap()));
        command.stdin(handle()).stderr(handle());
        command.stdout(if pipe_stdout { Stdio::piped() } else { handle() });
        let mut child = command.spawn().unwrap();
        let piped = child.stdout.take().map(collect);
        let master = File::from(master);
        Self {
            screen: collect(Answering(master.try_clone().unwrap())),
            master,
            slave: Some(slave),
            before,
            child,
            piped,
            transcript: Vec::new(),
            expected: 0,
            until: Instant::now() + limit,
            watch,
        }
    }

    /// Types these keys.
    pub(crate) fn send(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    /// Waits until this text appears after the last expected text, and returns the text in between.
    #[track_caller]
    pub(crate) fn expect(&mut self, text: &str) -> String {
        let until = Instant::now() + PATIENCE;
        loop {
            let new = &self.transcript[self.expected..];
            if let Some(at) = new.windows(text.len()).position(|window| window == text.as_bytes()) {
                let between = String::from_utf8_lossy(&new[..at]).into_owned();
                self.expected += at + text.len();
                return between;
            }
            let left = until.saturating_duration_since(Instant::now());
            match self.screen.recv_timeout(left) {
                Ok(chunk) => self.transcript.extend(chunk),
                Err(why) => {
                    let gone = if why == RecvTimeoutError::Timeout { "in time" } else { "before the end" };
                    panic!("{text:?} did not come {gone}:\n{}", self.transcript());
                }
            }
        }
    }

    /// Waits until this text has appeared so often in all.
    #[track_caller]
    pub(crate) fn expect_in_all(&mut self, text: &str, times: usize) {
        let until = Instant::now() + PATIENCE;
        while self.transcript.windows(text.len()).filter(|window| *window == text.as_bytes()).count() < times
        {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(chunk) = self.screen.recv_timeout(left) else {
                panic!("{text:?} did not come {times} times:\n{}", self.transcript());
            };
            self.transcript.extend(chunk);
        }
    }

    /// Returns everything on the screen so far.
    pub(crate) fn transcript(&mut self) -> String {
        while let Ok(chunk) = self.screen.try_recv() {
            self.transcript.extend(chunk);
        }
        String::from_utf8_lossy(&self.transcript).into_owned()
    }

    /// Returns the current modes of the terminal, and true if they are the same as at the start.
    pub(crate) fn modes_are_as_before(&self) -> bool {
        let slave = self.slave.as_ref().unwrap();
        modes(&tcgetattr(slave).unwrap()) == self.before
    }

    /// Sends the process a signal.
    pub(crate) fn signal(&self, signal: rustix::process::Signal) {
        rustix::process::kill_process(rustix::process::Pid::from_child(&self.child), signal).unwrap();
    }

    /// Waits for the end. The screen is the run's stderr, with plain line ends; the
    /// modes must be as they were.
    #[track_caller]
    pub(crate) fn wait(mut self) -> Ran {
        let status = self.watch.wait(&mut self.child, self.until);
        let as_before = self.modes_are_as_before();
        // The last handle to the terminal but the program's children's: now reading ends.
        self.slave = None;
        let rest = gathered(&self.screen);
        self.transcript.extend(rest);
        let stdout = self.piped.as_ref().map(gathered).unwrap_or_default();
        self.watch.look(&stdout, &self.transcript);
        let screen = String::from_utf8_lossy(&self.transcript).replace("\r\n", "\n");
        let ran = Ran::new(self.watch.world(), status, &stdout, screen.as_bytes());
        assert!(status.is_some(), "killed after its time; {ran}");
        assert!(as_before, "the terminal's modes are not what they were; {ran}");
        ran
    }
}

/// The request that nushell's line editor sends to the terminal before each of its prompts.
pub(crate) const WHERE_IS_THE_CURSOR: &str = "\x1b[6n";

/// The screen, which reports the position of the cursor on request.
struct Answering(File);

impl Read for Answering {
    fn read(&mut self, bytes: &mut [u8]) -> std::io::Result<usize> {
        let count = self.0.read(bytes)?;
        for _ in bytes[..count].windows(4).filter(|window| *window == WHERE_IS_THE_CURSOR.as_bytes()) {
            self.0.write_all(b"\x1b[1;1R")?;
        }
        Ok(count)
    }
}

impl Drop for Pty<'_> {
    fn drop(&mut self) {
        // A test that failed half-way leaves nothing running.
        if let Ok(None) = self.child.try_wait() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

fn modes(termios: &Termios) -> String {
    format!("{termios:?}")
}
