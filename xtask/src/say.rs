//! The only module of xtask that prints. It makes no decision.
//!
//! Results are printed to stdout, and progress to stderr.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "the only place that prints")]

use std::io::ErrorKind;
use std::time::Duration;

use crate::fault::Fault;

/// Prints one line of a chore's result.
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Says what is being done now.
pub(crate) fn note(text: &str) {
    eprintln!("{text}");
}

/// Prints the heading of a step, which is visible among the output of the programs that it runs.
pub(crate) fn heading(name: &str, about: &str) {
    eprintln!("\n==> {name}: {about}");
}

/// Prints why the chore failed, and the command to type if it is known.
pub(crate) fn error(error: &anyhow::Error) {
    eprintln!("error: {error:#}");
    if let Some(hint) = hint(error) {
        eprintln!("hint: {hint}");
    }
}

/// Returns the hint of an error, if it has one.
pub(crate) fn hint(error: &anyhow::Error) -> Option<&str> {
    if let Some(fault) = error.downcast_ref::<Fault>() {
        return Some(fault.hint());
    }
    let cause = error.chain().find_map(|cause| cause.downcast_ref::<std::io::Error>())?;
    match cause.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => Some("df -h ."),
        _ => None,
    }
}

/// Returns a duration as people read it: `850 ms`, `12.3 s`, `4 min 05 s`.
pub(crate) fn span(time: Duration) -> String {
    let seconds = time.as_secs();
    if seconds >= 60 {
        format!("{} min {:02} s", seconds / 60, seconds % 60)
    } else if seconds >= 1 {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        format!("{} ms", time.as_millis())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_that_can_be_mended_says_how_under_any_context() {
        let fault =
            Fault::error("dist/ is in the way", "rm dist").context("while putting the packages there");
        assert_eq!(hint(&fault), Some("rm dist"));
        let full = anyhow::Error::from(std::io::Error::from(ErrorKind::StorageFull)).context("dist/awsesame");
        assert_eq!(hint(&full), Some("df -h ."));
        assert_eq!(hint(&anyhow::anyhow!("broken")), None);
    }

    #[test]
    fn a_span_is_said_in_the_unit_that_suits_it() {
        assert_eq!(span(Duration::from_millis(850)), "850 ms");
        assert_eq!(span(Duration::from_millis(12_340)), "12.3 s");
        assert_eq!(span(Duration::from_secs(245)), "4 min 05 s");
    }
}
