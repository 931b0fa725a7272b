//! A failure that the reader can correct: what went wrong, and one command to type. Nothing is printed here.

use std::fmt;

/// A failure with a hint. `say::error` prints both lines.
#[derive(Debug)]
pub(crate) struct Fault {
    what: String,
    hint: String,
}

impl Fault {
    /// Returns an error that says what happened and what to type.
    pub(crate) fn error(what: impl Into<String>, hint: impl Into<String>) -> anyhow::Error {
        Self { what: what.into(), hint: hint.into() }.into()
    }

    /// Returns the command to type.
    pub(crate) fn hint(&self) -> &str {
        &self.hint
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.what)
    }
}

impl std::error::Error for Fault {}
