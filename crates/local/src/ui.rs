//! Printing: errors and talk to stderr, to stdout only what a program reads.

use std::borrow::Cow;
use std::io::{ErrorKind, Write};

use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::text::quote::{json, json_for_terminals};

/// The two lines of an error.
pub fn fault(fault: &Fault) {
    talk(&format!("error: {fault}\nhint: {}\n", fault.hint()));
}

/// What a program reads: all of it, or it is an error. A person may read JSON too, so it drives no terminal, whatever
/// made it.
pub fn print(text: &str) -> Result<(), Fault> {
    let is_json = text.starts_with(['{', '[']) && text.trim_end().ends_with(['}', ']']);
    let text = if is_json { json_for_terminals(text) } else { Cow::Borrowed(text) };
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

/// A fault of the whole run: for programs too where its command line says `--json`.
pub fn fault_of_run(about: &Fault, json: bool) {
    if json {
        fault_json(about, None);
    }
    fault(about);
}

/// A fault as a program reads it.
pub fn fault_json(fault: &Fault, profile: Option<&ProfileName>) {
    error_json(fault.slug(), profile, &fault.to_string(), &fault.hint());
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
