//! The only printer. Talk goes to stderr, one thought a line, without a
//! trailing full stop; stdout carries only what a program reads.

pub mod qr;
pub mod report;
pub mod table;

use std::io::IsTerminal;

pub use awsesame_local::ui::{
    Color, error, error_json, fault, fault_json, fault_of_run, is_dumb, painted, print, shows_colors, talk,
};

/// A remark for the person at the terminal.
pub fn say(text: &str) {
    talk(&format!("awsesame: {text}\n"));
}

/// Something that works, but should be mended.
pub fn warn(text: &str) {
    let warning = painted("warning:", Color::Doubtful, shows_colors(&std::io::stderr()));
    talk(&format!("{warning} {text}\n"));
}

/// A line on the terminal that is drawn anew while something lasts; dropped, it is gone. Where
/// stderr is no terminal there is none.
#[derive(Debug)]
pub struct Line {
    shown: bool,
}

impl Default for Line {
    fn default() -> Self {
        Self { shown: std::io::stderr().is_terminal() && !is_dumb() }
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

/// The two lines of something that a check was to find out, which is not an error.
pub fn finding(what: &str, hint: &str) {
    let next = painted("hint:", Color::Next, shows_colors(&std::io::stderr()));
    talk(&format!("awsesame: {what}\n{next} {hint}\n"));
}

/// Prints a table, as wide as the terminal that it is printed to.
pub fn print_table(table: &table::Table) -> Result<(), awsesame_core::fault::Fault> {
    print(&table.text(width(), shows_colors(&std::io::stdout())))
}

/// How many columns stdout has, where it is a terminal.
pub fn width() -> Option<usize> {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return None;
    }
    let columns = rustix::termios::tcgetwinsize(out).map_or(80, |size| usize::from(size.ws_col));
    Some(if columns == 0 { 80 } else { columns })
}
