//! A real interactive bash on a terminal of its own: this module types into it and reads its output. The module `tour`
//! decides what is typed, and the module `stage` checks the output.

use std::fs::{File, OpenOptions};
use std::io::{Read, Write};
use std::os::fd::OwnedFd;
use std::os::unix::fs::OpenOptionsExt;
use std::process::{Child, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use rustix::fs::OFlags;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, OptionalActions, Winsize, tcgetattr, tcgetpgrp, tcsetattr, tcsetwinsize};

use super::world::World;
use crate::child;
use crate::interrupt::{Interrupt, LOOK};
use crate::say;

/// The maximum time that a command may take.
const PATIENCE: Duration = Duration::from_mins(1);

/// The character around the exit code in the prompt. No program prints it.
const MARK: char = '\u{1e}';

/// The first line that the shell is given. Its prompt is the last command's exit status.
const SET_UP: &str = "PS1=$'\\x1e$?\\x1e' PS2=; unset HISTFILE; set -o pipefail; . ~/.bashrc\n";

/// An interactive shell.
pub(crate) struct Shell {
    /// The text before its prompt in the transcript, if there are several shells.
    pub(crate) name: &'static str,
    bash: Child,
    master: File,
    /// The terminal, which is kept open to look up its foreground process.
    terminal: File,
    screen: Receiver<Vec<u8>>,
    seen: Vec<u8>,
    interrupt: Interrupt,
}

impl Shell {
    /// Opens a shell in the home, and waits for its first prompt.
    pub(crate) fn open(world: &World, name: &'static str, interrupt: &Interrupt) -> Result<Self> {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC)?;
        grantpt(&master)?;
        unlockpt(&master)?;
        let device = ptsname(&master, Vec::new())?.into_string().context("the terminal's name is no text")?;
        let flags = OFlags::NOCTTY.bits().cast_signed();
        let terminal = OpenOptions::new().read(true).write(true).custom_flags(flags).open(device)?;
        tcsetwinsize(&terminal, Winsize { ws_row: 40, ws_col: 120, ws_xpixel: 0, ws_ypixel: 0 })?;
        let mut modes = tcgetattr(&terminal)?;
        modes.local_modes.remove(LocalModes::ECHO);
        tcsetattr(&terminal, OptionalActions::Now, &modes)?;

        let handle = || Ok::<_, std::io::Error>(Stdio::from(OwnedFd::from(terminal.try_clone()?)));
        // The terminal must become the one that /dev/tty means, which only a new session's leader can do.
        let mut bash = world.command("setsid");
        bash.args(["-c", "bash", "--noprofile", "--norc", "--noediting", "-i"]);
        // Colors would have to be taken out again.
        bash.env("TERM", "dumb").stdin(handle()?).stdout(handle()?).stderr(handle()?);
        let bash = bash.spawn().context("no shell starts")?;
        let master = File::from(master);
        let screen = follow(master.try_clone()?);
        let interrupt = interrupt.clone();
        let mut shell = Self { name, bash, master, terminal, screen, seen: Vec::new(), interrupt };
        shell.type_in(SET_UP)?;
        shell.prompt().context("no prompt comes")?;
        Ok(shell)
    }

    /// Runs one line. Returns its exit status and everything that appeared until the next prompt.
    pub(crate) fn run(&mut self, line: &str) -> Result<(i32, String)> {
        self.type_in(&format!("{line}\n"))?;
        self.prompt()
    }

    /// Runs a line that asks questions, and answers each one when it appears.
    pub(crate) fn run_and_answer(
        &mut self,
        line: &str,
        answers: &[(&str, &dyn Fn() -> Result<String>)],
    ) -> Result<(i32, String)> {
        self.type_in(&format!("{line}\n"))?;
        let mut asked = String::new();
        for (question, answer) in answers {
            asked += &self.expect(|text| {
                let end = text.find(question)? + question.len();
                // Everything up to the colon, or to the choice in brackets, belongs to the question.
                let rest = [": ", "] "].iter().filter_map(|mark| text[end..].find(mark)).min()?;
                Some(end + rest + 2)
            })?;
            self.type_in(&format!("{}\n", answer()?))?;
        }
        let (status, rest) = self.prompt()?;
        Ok((status, asked + &rest))
    }

    fn type_in(&mut self, keys: &str) -> Result<()> {
        self.master.write_all(keys.as_bytes()).context("the shell is gone")
    }

    fn prompt(&mut self) -> Result<(i32, String)> {
        let text = self.expect(|text| {
            let first = text.find(MARK)? + MARK.len_utf8();
            text[first..].find(MARK).map(|second| first + second + MARK.len_utf8())
        })?;
        let mut parts = text.split(MARK);
        let said = parts.next().unwrap_or_default().to_owned();
        let status = parts.next().and_then(|status| status.parse().ok());
        Ok((status.context("a prompt without an exit status")?, said))
    }

    /// Waits until `find` finds a position in the output, and returns the text before it with plain line ends.
    fn expect(&mut self, find: impl Fn(&str) -> Option<usize>) -> Result<String> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let text = String::from_utf8_lossy(&self.seen).into_owned();
            if let Some(end) = find(&text) {
                self.seen = text.as_bytes()[end..].to_vec();
                return Ok(text[..end].replace("\r\n", "\n"));
            }
            self.interrupt.check()?;
            match self.screen.recv_timeout(LOOK) {
                Ok(chunk) => self.seen.extend(chunk),
                Err(RecvTimeoutError::Disconnected) => bail!("the shell ended: {}", text.trim()),
                Err(RecvTimeoutError::Timeout) => {
                    let limit = say::span(PATIENCE);
                    ensure!(Instant::now() < deadline, "no end within {limit}: {}", text.trim());
                }
            }
        }
    }
}

impl Drop for Shell {
    fn drop(&mut self) {
        // As when its window is closed: an interactive shell does not mind SIGTERM.
        if let Ok(foreground) = tcgetpgrp(&self.terminal) {
            let _ = kill_process_group(foreground, Signal::HUP);
        }
        if matches!(self.bash.try_wait(), Ok(None)) {
            let _ = kill_process(Pid::from_child(&self.bash), Signal::HUP);
        }
        if !matches!(child::wait_at_most(&mut self.bash, Duration::from_secs(2)), Ok(Some(_))) {
            child::stop(&mut self.bash);
        }
    }
}

/// Reads to the end in a thread, so that a full terminal blocks nobody.
fn follow(mut from: File) -> Receiver<Vec<u8>> {
    let (sender, receiver) = channel();
    thread::spawn(move || {
        let mut chunk = [0; 8192];
        while let Ok(n @ 1..) = from.read(&mut chunk) {
            if sender.send(chunk[..n].to_vec()).is_err() {
                return;
            }
        }
    });
    receiver
}
