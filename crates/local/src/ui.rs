//! Prints errors and messages to stderr, and output for programs to stdout.

use std::ffi::OsStr;
use std::io::{ErrorKind, IsTerminal, Write};

use awsesame_core::fault::{CLOSED, Fault};
use awsesame_core::name::ProfileName;
use awsesame_core::text::lines::folded;
use awsesame_core::text::quote::json;

use crate::os::environment::Environment;

/// The indent of the further lines of a text that is wider than the terminal.
const INDENT: usize = 2;

/// The meaning of a color.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Color {
    /// The state is good.
    Good,
    /// The state may need attention.
    Doubtful,
    /// The state is bad or dangerous.
    Bad,
    /// The text that the user should type.
    Next,
}

/// Returns a text in a color, if colors are wanted.
pub fn painted(text: &str, color: Color, wanted: bool) -> String {
    let code = match color {
        Color::Good => 32,
        Color::Doubtful => 33,
        Color::Bad => 31,
        Color::Next => 36,
    };
    if wanted { format!("\x1b[{code}m{text}\x1b[0m") } else { text.to_owned() }
}

/// Returns true if a stream shows colors: it is a terminal that supports them, and `NO_COLOR` is not set.
pub fn shows_colors(stream: &impl IsTerminal) -> bool {
    stream.is_terminal() && !is_dumb() && variable("NO_COLOR").is_none()
}

/// Returns true for a terminal that only prints.
pub fn is_dumb() -> bool {
    variable("TERM").is_none_or(|term| term == "dumb")
}

/// Returns a variable of this process, None if it is not set or empty. The output that we print on is this process's
/// own, and so is the environment that says how.
fn variable(name: &str) -> Option<&'static OsStr> {
    Environment::of_process().raw(name).filter(|value| !value.is_empty())
}

/// Prints an error as two lines.
pub fn fault(about: &Fault) {
    error(&about.to_string(), &about.hint());
}

/// Prints the two lines of an error with the given words.
pub fn error(what: &str, hint: &str) {
    talk(&format!("{}{}", line("error:", Some(Color::Bad), what), line("hint:", Some(Color::Next), hint)));
}

/// Prints a remark for the person at the terminal.
pub fn say(text: &str) {
    talk(&line("awsesame:", None, text));
}

/// Returns a line that begins with a word such as `error:`. On a terminal that is too narrow, the text is wrapped
/// between its words.
pub fn line(word: &str, color: Option<Color>, text: &str) -> String {
    let used = word.chars().count() + 1;
    let word =
        color.map_or_else(|| word.to_owned(), |color| painted(word, color, shows_colors(&std::io::stderr())));
    match width_of_talk() {
        Some(width) => format!("{word} {}\n", folded(text, used, INDENT, width)),
        None => format!("{word} {text}\n"),
    }
}

/// Returns the number of columns of stderr. Returns None if stderr is not a terminal, or if the terminal reports no
/// size.
pub fn width_of_talk() -> Option<usize> {
    let out = std::io::stderr();
    if !out.is_terminal() {
        return None;
    }
    let size = rustix::termios::tcgetwinsize(out).ok()?;
    (size.ws_col > 0).then(|| usize::from(size.ws_col))
}

/// Prints text for a program to read: all of it is written, or it is an error.
pub fn print(text: &str) -> Result<(), Fault> {
    if !is_open() {
        return Err(Fault::Output { why: CLOSED.into() });
    }
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        // A closed pipe needs no message.
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        Err(error) => Err(Fault::Output { why: crate::os::file::words(&error) }),
        Ok(()) => Ok(()),
    }
}

/// Returns true if stdout can be written to. Rust's own stdout ignores all output if it is closed.
fn is_open() -> bool {
    use rustix::fs::OFlags;
    rustix::fs::fcntl_getfl(rustix::stdio::stdout())
        .is_ok_and(|flags| flags & OFlags::RWMODE != OFlags::RDONLY)
}

/// Prints text for people, in one write, so that many processes on one terminal do not mix their lines. Errors are
/// ignored, because nobody could see them.
pub fn talk(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}

/// Reports a fault of the whole run, also as JSON if the command line contains `--json`.
pub fn fault_of_run(about: &Fault, json: bool) {
    if json {
        fault_json(about, None);
    }
    fault(about);
}

/// Prints a fault as JSON.
pub fn fault_json(fault: &Fault, profile: Option<&ProfileName>) {
    error_json(fault.slug(), profile, &fault.to_string(), &fault.hint());
}

/// Prints an error as JSON for programs: its name and its texts. It is written without a serializer, because the front
/// would have to link one.
pub fn error_json(kind: &str, profile: Option<&ProfileName>, what: &str, hint: &str) {
    let profile = profile.map_or_else(|| "null".to_owned(), |profile| json(profile.as_str()));
    // The original error matters, and not that it could not be printed.
    let _ = print(&format!(
        "{{\"error\":{},\"profile\":{profile},\"hint\":{},\"message\":{}}}\n",
        json(kind),
        json(hint),
        json(what)
    ));
}
