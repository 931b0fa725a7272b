//! The only printer. Talk goes to stderr, one thought a line, without a
//! trailing full stop; stdout carries only what a program reads.
#![expect(clippy::print_stdout, clippy::print_stderr, reason = "this is where printing happens")]

use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::quote::json;

/// The two lines of an error.
pub fn fault(fault: &Fault) {
    eprintln!("error: {fault}\nhint: {}", fault.hint());
}

/// A remark for the person at the terminal.
pub fn say(text: &str) {
    eprintln!("awsesame: {text}");
}

/// Something that works, but should be mended.
pub fn warn(text: &str) {
    eprintln!("warning: {text}");
}

/// What a program reads.
pub fn print(text: &str) {
    use std::io::Write;
    // A reader that has gone away needs no message.
    let _ = std::io::stdout().lock().write_all(text.as_bytes());
}

/// Text for people as it stands.
pub fn talk(text: &str) {
    eprint!("{text}");
}

/// The two lines of an error that is no fault of core's.
pub fn error(what: &str, hint: &str) {
    eprintln!("error: {what}\nhint: {hint}");
}

/// A fault as a program reads it.
pub fn fault_json(fault: &Fault, profile: Option<&ProfileName>) {
    let profile = profile.map_or_else(|| "null".to_owned(), |profile| json(profile.as_str()));
    println!(
        "{{\"error\":{},\"profile\":{profile},\"message\":{},\"hint\":{}}}",
        json(&fault.slug()),
        json(&fault.to_string()),
        json(&fault.hint())
    );
}
