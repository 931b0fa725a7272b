//! The only printer. Talk goes to stderr, one thought a line, without a
//! trailing full stop; stdout carries only what a program reads.

pub mod qr;
pub mod report;

use std::io::IsTerminal;

pub use awsesame_local::ui::{error_json, fault, fault_json, fault_of_run, print, talk};

/// A remark for the person at the terminal.
pub fn say(text: &str) {
    talk(&format!("awsesame: {text}\n"));
}

/// Something that works, but should be mended.
pub fn warn(text: &str) {
    talk(&format!("warning: {text}\n"));
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
