//! The terminal device. It is opened directly, because stdin, stdout and stderr belong to the program that started us.
//! It is read in our own mode, because fish leaves its terminal in a mode in which Enter sends a carriage return, and a
//! line would never end.

mod line;

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::fd::AsFd;
use std::os::unix::fs::OpenOptionsExt;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::io::Errno;
use rustix::termios::{InputModes, LocalModes, OptionalActions, OutputModes, SpecialCodeIndex, Termios};
use zeroize::Zeroize;

use super::job::{self, Job};
use super::signals::Signals;

use line::{Edit, Line};

/// The maximum length of a typed line, which is that of a serial number (IAM's limit).
const LONGEST: usize = 256;

/// The outcome of a question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// A line, without its end.
    Line(String),
    /// The person pressed Ctrl-C or Ctrl-D, or closed the terminal.
    Cancelled,
    /// No answer came in time.
    TimedOut,
}

/// The controlling terminal, with us in its foreground.
#[derive(Debug)]
pub struct Terminal {
    device: File,
}

impl Terminal {
    /// Opens the terminal. Returns None in the background, where a read would stop this process.
    pub fn open() -> Option<Self> {
        let flags = OFlags::NOCTTY | OFlags::CLOEXEC;
        let device = OpenOptions::new()
            .read(true)
            .write(true)
            .custom_flags(flags.bits().cast_signed())
            .open("/dev/tty")
            .ok()?;
        let foreground = rustix::termios::tcgetpgrp(&device).ok()?;
        (foreground == rustix::process::getpgrp()).then_some(Self { device })
    }

    /// Shows text that must not go to stdout.
    pub fn show(&mut self, text: &str) -> std::io::Result<()> {
        self.device.write_all(text.as_bytes())
    }

    /// Returns the device, for a caller that draws on it.
    pub(crate) fn into_device(self) -> File {
        self.device
    }

    /// Asks a question on the device and reads one line, echoed and editable.
    pub fn ask(&mut self, question: &str, patience: Option<Duration>) -> std::io::Result<Answer> {
        self.question(question, patience, (true, LONGEST), &|| false)
    }

    /// Asks for a line that is pasted, with a maximum length in bytes.
    pub fn ask_for_pasted(
        &mut self,
        question: &str,
        patience: Option<Duration>,
        longest: usize,
    ) -> std::io::Result<Answer> {
        self.question(question, patience, (true, longest), &|| false)
    }

    /// Asks the same question, and returns `Cancelled` as soon as no answer is needed any more.
    pub fn ask_unless(
        &mut self,
        question: &str,
        patience: Option<Duration>,
        answered: &dyn Fn() -> bool,
    ) -> std::io::Result<Answer> {
        self.question(question, patience, (true, LONGEST), answered)
    }

    /// Asks a question without echo. The caller must zero the line.
    pub fn ask_hidden(&mut self, question: &str, patience: Option<Duration>) -> std::io::Result<Answer> {
        self.question(question, patience, (false, LONGEST), &|| false)
    }

    fn question(
        &mut self,
        question: &str,
        patience: Option<Duration>,
        (shown, longest): (bool, usize),
        answered: &dyn Fn() -> bool,
    ) -> std::io::Result<Answer> {
        // If two profiles need a code at the same time, their questions come one after the other.
        let mut turn = lock_device(patience, answered);
        if answered() {
            return Ok(Answer::Cancelled);
        }
        let signals = Signals::watch()?;
        let job = Job::watch();
        let modes = Modes::take(&self.device)?;
        let answer = loop {
            let read = self.device.write_all(question.as_bytes());
            let read = read.and_then(|()| {
                self.read_line(patience, &signals, (&job, &modes), (shown, longest), answered)
            });
            // The line's end was not echoed.
            let _ = self.device.write_all(b"\n");
            match read {
                Ok(Read::Answer(answer)) => break Ok(answer),
                Ok(Read::Suspended) => {
                    modes.restore();
                    drop(turn.take());
                    job.suspend();
                    turn = lock_device(patience, answered);
                }
                Ok(Read::Continued) => {}
                Err(error) => break Err(error),
            }
            if answered() {
                break Ok(Answer::Cancelled);
            }
            // The shell that continued us has set modes of its own.
            modes.apply();
        };
        drop(modes);
        drop(job);
        drop(turn);
        signals.obey();
        answer
    }

    fn read_line(
        &mut self,
        patience: Option<Duration>,
        signals: &Signals,
        (job, modes): (&Job, &Modes),
        (shown, longest): (bool, usize),
        answered: &dyn Fn() -> bool,
    ) -> std::io::Result<Read> {
        let until = patience.map(|patience| Instant::now() + patience);
        let mut line = Line::of_at_most(longest);
        loop {
            if job.has_gone_on() {
                // What was typed so far is typed again.
                line.into_text().zeroize();
                return Ok(Read::Continued);
            }
            let left = match until.map(|until| until.checked_duration_since(Instant::now())) {
                Some(None) => return Ok(Read::Answer(Answer::TimedOut)),
                Some(Some(left)) => left.min(LOOK_AGAIN),
                None => LOOK_AGAIN,
            };
            let timeout = Timespec::try_from(left).unwrap_or(Timespec { tv_sec: 1, tv_nsec: 0 });
            match poll(&mut [PollFd::new(&self.device, PollFlags::IN)], Some(&timeout)) {
                Ok(0) | Err(Errno::INTR) if signals.arrived() || answered() => {
                    return Ok(Read::Answer(Answer::Cancelled));
                }
                Ok(0) | Err(Errno::INTR) => continue,
                Ok(_) => {}
                Err(error) => return Err(error.into()),
            }
            // One byte is read at a time, because text that was typed ahead belongs to the shell.
            let mut byte = [0];
            match rustix::io::read(&self.device, &mut byte) {
                Ok(0) | Err(Errno::IO) => return Ok(Read::Answer(Answer::Cancelled)),
                Ok(_) => {}
                Err(Errno::INTR | Errno::AGAIN) => continue,
                Err(error) => return Err(error.into()),
            }
            if modes.suspends(byte[0]) && job::can_be_continued() {
                line.into_text().zeroize();
                return Ok(Read::Suspended);
            }
            match line.take(byte[0]) {
                Edit::Done => return Ok(Read::Answer(Answer::Line(line.into_text()))),
                Edit::Cancel => return Ok(Read::Answer(Answer::Cancelled)),
                Edit::Echo(text) if shown => self.device.write_all(text.as_bytes())?,
                Edit::Echo(_) => {}
            }
        }
    }
}

/// The outcome of reading a line.
enum Read {
    Answer(Answer),
    /// This job is to be suspended (Ctrl-Z), and asked again when it goes on.
    Suspended,
    /// This process was stopped and goes on.
    Continued,
}

/// The interval at which signals are checked, because one may arrive between two system calls.
const LOOK_AGAIN: Duration = Duration::from_millis(500);

/// The terminal's modes, put back when dropped.
pub(crate) struct Modes {
    /// A separate handle, so that the terminal can be written to meanwhile.
    device: File,
    before: Termios,
    ours: Termios,
}

impl Modes {
    /// Switches the terminal to single keys, without echo, and without signals from keys.
    pub(crate) fn take(device: &File) -> std::io::Result<Self> {
        let device = device.try_clone()?;
        let before = rustix::termios::tcgetattr(&device)?;
        let mut ours = before.clone();
        // No signals from keys: direnv kills an .envrc at Ctrl-C and drops its watches.
        ours.local_modes -= LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG | LocalModes::IEXTEN;
        ours.input_modes |= InputModes::ICRNL;
        ours.output_modes |= OutputModes::OPOST | OutputModes::ONLCR;
        ours.special_codes[SpecialCodeIndex::VMIN] = 1;
        ours.special_codes[SpecialCodeIndex::VTIME] = 0;
        rustix::termios::tcsetattr(&device, OptionalActions::Drain, &ours)?;
        Ok(Self { device, before, ours })
    }

    /// Sets our modes again. In the background, this stops us until we are in the foreground.
    fn apply(&self) {
        // Reading tells if the terminal has gone away.
        let _ = rustix::termios::tcsetattr(&self.device, OptionalActions::Drain, &self.ours);
    }

    /// Sets the modes of before.
    fn restore(&self) {
        let _ = rustix::termios::tcsetattr(&self.device, OptionalActions::Drain, &self.before);
    }

    /// Returns true if this is the key that suspends a job, Ctrl-Z as a rule.
    fn suspends(&self, byte: u8) -> bool {
        let key = self.before.special_codes[SpecialCodeIndex::VSUSP];
        key != 0 && byte == key && self.before.local_modes.contains(LocalModes::ISIG)
    }
}

impl Drop for Modes {
    fn drop(&mut self) {
        // If the terminal is closed, nothing remains to be restored.
        self.restore();
    }
}

/// Takes the lock on the terminal, for as long as the returned file is open. The lock is on the device's own name,
/// because `/dev/tty` is the same file for all terminals of all users. Without a name or a lock, questions of several
/// programs may mix, but they are still asked.
fn lock_device(patience: Option<Duration>, answered: &dyn Fn() -> bool) -> Option<File> {
    let device = File::open(name()?).ok()?;
    let begun = Instant::now();
    loop {
        match device.try_lock() {
            Ok(()) => return Some(device),
            Err(std::fs::TryLockError::Error(_)) => return None,
            Err(std::fs::TryLockError::WouldBlock) => {}
        }
        let waited = begun.elapsed();
        // A process that was stopped by Ctrl-Z holds the lock without asking anybody.
        let stopped = waited > Duration::from_secs(1) && super::lock_holder::is_stopped(&device);
        if stopped || answered() || patience.is_some_and(|patience| waited >= patience) {
            return None;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// Returns the name of our terminal, such as `/dev/pts/3`, so that people can find it.
pub fn name() -> Option<String> {
    [std::io::stderr().as_fd(), std::io::stdin().as_fd(), std::io::stdout().as_fd()]
        .into_iter()
        .find_map(|fd| rustix::termios::ttyname(fd, Vec::new()).ok())
        .map(|name| name.to_string_lossy().into_owned())
}
