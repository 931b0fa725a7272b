//! The error for a text that is not a policy, with its line and column.

use std::fmt;

/// The first thing in a text that keeps it from being a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParseError {
    /// The line, counted from one, where known.
    pub line: Option<usize>,
    /// The column in that line, counted from one, where known. It marks the end of
    /// what is wrong, not its beginning.
    pub column: Option<usize>,
    /// The description of the error, in lowercase, with the thing named in backticks.
    pub message: String,
}

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.line, self.column) {
            (Some(line), Some(column)) => {
                write!(f, "line {line}, column {column}: {}", self.message)
            }
            _ => f.write_str(&self.message),
        }
    }
}

impl std::error::Error for ParseError {}

impl From<serde_json::Error> for ParseError {
    fn from(error: serde_json::Error) -> Self {
        let text = error.to_string();
        if error.line() == 0 {
            return Self { line: None, column: None, message: text };
        }
        let (line, column) = (error.line(), error.column());
        let place = format!(" at line {line} column {column}");
        let message = text.strip_suffix(&place).unwrap_or(&text).to_owned();
        Self { line: Some(line), column: Some(column), message }
    }
}
