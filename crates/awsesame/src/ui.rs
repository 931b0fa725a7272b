//! The only module that prints. Messages go to stderr, one per line and without a full stop; stdout is only for output
//! that programs read.

pub mod qr;
pub mod report;
pub mod table;

use std::borrow::Cow;
use std::io::IsTerminal;

use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::text::quote::json_for_terminals;
use serde::Serialize;

pub use awsesame_local::ui::{
    Color, error, error_json, fault, fault_json, fault_of_run, is_dumb, line, painted, print, say,
    shows_colors, talk, width_of_talk,
};

/// Returns a value as one line of JSON, with a newline. A person may read it too, so control characters are escaped.
pub fn to_json(value: &impl Serialize) -> Result<String, Fault> {
    let mut text = serde_json::to_string(value)
        .map_err(|error| Fault::Bug { what: format!("a result cannot be written as JSON: {error}") })?;
    if let Cow::Owned(harmless) = json_for_terminals(&text) {
        text = harmless;
    }
    text.push('\n');
    Ok(text)
}

/// Prints a value for programs, as JSON in one line.
pub fn print_json(value: &impl Serialize) -> Result<(), Fault> {
    print(&to_json(value)?)
}

/// A fault among the results of a command that continues after it.
#[derive(Debug, Serialize)]
pub struct FaultObject {
    #[serde(skip_serializing_if = "Option::is_none")]
    profile: Option<String>,
    error: String,
    message: String,
    hint: String,
}

impl FaultObject {
    /// Creates the fault of one profile, or of a part that belongs to no profile.
    pub fn of(fault: &Fault, profile: Option<&ProfileName>) -> Self {
        Self {
            profile: profile.map(|profile| profile.as_str().to_owned()),
            error: fault.slug().to_owned(),
            message: fault.to_string(),
            hint: fault.hint(),
        }
    }

    /// Replaces the hint.
    #[must_use]
    pub fn with_hint(self, hint: String) -> Self {
        Self { hint, ..self }
    }
}

/// Prints a warning about something that works but should be corrected.
pub fn warn(text: &str) {
    talk(&line("warning:", Some(Color::Doubtful), text));
}

/// A line on the terminal that is redrawn during a task and removed at the end. If stderr is not a terminal, nothing is
/// drawn.
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

/// Closes our output, because the program that started us waits for its end.
pub fn leave_the_terminal() {
    if let Ok(nothing) = std::fs::File::options().write(true).open("/dev/null") {
        // If this fails, the output stays open.
        let _ = rustix::stdio::dup2_stdout(&nothing);
        let _ = rustix::stdio::dup2_stderr(&nothing);
    }
}

/// Prints the two lines of a negative result of a check, which is not an error.
pub fn finding(what: &str, hint: &str) {
    talk(&format!("{}{}", line("awsesame:", None, what), line("hint:", Some(Color::Next), hint)));
}

/// Prints a table, as wide as the terminal that it is printed to.
pub fn print_table(table: &table::Table) -> Result<(), Fault> {
    print(&table.text(width(), shows_colors(&std::io::stdout())))
}

/// Returns the number of columns of stdout. `None` if it is not a terminal.
pub fn width() -> Option<usize> {
    let out = std::io::stdout();
    if !out.is_terminal() {
        return None;
    }
    let columns = rustix::termios::tcgetwinsize(out).map_or(80, |size| usize::from(size.ws_col));
    Some(if columns == 0 { 80 } else { columns })
}
