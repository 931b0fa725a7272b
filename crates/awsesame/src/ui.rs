//! The only printer. Talk goes to stderr, one thought a line, without a
//! trailing full stop; stdout carries only what a program reads.

pub mod qr;
pub mod report;

use std::io::{ErrorKind, IsTerminal, Write};

use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::text::quote::json;

use crate::os::context::{arguments, wants_json};

/// The two lines of an error.
pub fn fault(fault: &Fault) {
    talk(&format!("error: {fault}\nhint: {}\n", fault.hint()));
}

/// A remark for the person at the terminal.
pub fn say(text: &str) {
    talk(&format!("awsesame: {text}\n"));
}

/// Something that works, but should be mended.
pub fn warn(text: &str) {
    talk(&format!("warning: {text}\n"));
}

/// What a program reads: all of it, or it is an error.
pub fn print(text: &str) -> Result<(), Fault> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A reader that has gone away needs no message.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fault::Output { why: crate::os::file::words(&error) }),
        Ok(()) => Ok(()),
    }
}

/// Text for people as it stands: in one piece, so that many processes on one
/// terminal do not cut up each other's lines, and without a word if nobody can
/// be told.
pub fn talk(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// A line on the terminal that is drawn anew while something lasts; dropped, it is gone. Where
/// stderr is no terminal there is none.
#[derive(Debug)]
pub struct Line {
    shown: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self { shown: std::io::stderr().is_terminal() }
    }
}

impl Line {
    /// Draws it, cut where the terminal ends.
    pub fn draw(&self, text: &str) {
        if self.shown {
            let width = rustix::termios::tcgetwinsize(std::io::stderr()).map_or(80, |size| size.ws_col);
            let text: String = text.chars().take(usize::from(width).saturating_sub(1).max(20)).collect();
            talk(&format!("\r{text}\x1b[K"));
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        if self.shown {
            talk("\r\x1b[K");
        }
    }
}

/// Lets go of whatever reads our output: whoever started us waits for its end.
pub fn leave_the_terminal() {
    if let Ok(nothing) = std::fs::File::options().write(true).open("/dev/null") {
        // Where it cannot be, it stays as it was.
        let _ = rustix::stdio::dup2_stdout(&nothing);
        let _ = rustix::stdio::dup2_stderr(&nothing);
    }
}

/// The two lines of an error that is no fault of core's.
pub fn error(what: &str, hint: &str) {
    talk(&format!("error: {what}\nhint: {hint}\n"));
}

/// A fault of whatever was asked for, as its command line wants to be told: for programs too where it says `--json`.
pub fn fault_of_run(about: &Fault) {
    if wants_json(&arguments()) {
        fault_json(about, None);
    }
    fault(about);
}

/// A fault as a program reads it.
pub fn fault_json(fault: &Fault, profile: Option<&ProfileName>) {
    error_json(&fault.slug(), profile, &fault.to_string(), &fault.hint());
}

/// An error as a program reads it: the name of its kind, and what people are told.
pub fn error_json(kind: &str, profile: Option<&ProfileName>, what: &str, hint: &str) {
    let profile = profile.map_or_else(|| "null".to_owned(), |profile| json(profile.as_str()));
    // The error that this tells of is what counts, not that it could not be told.
    let _ = print(&format!(
        "{{\"error\":{},\"profile\":{profile},\"hint\":{},\"message\":{}}}\n",
        json(kind),
        json(hint),
        json(what)
    ));
}
