//! Loads the fixture that a command names.

use std::path::Path;

use awsesame_sandbox::Fixture;

use crate::failure::Failure;

/// Returns the fixture in `file`, or else the built-in one.
pub(crate) fn load(file: Option<&Path>) -> Result<Fixture, Failure> {
    let Some(file) = file else { return Ok(Fixture::with_browser()) };
    let wrong = |what: String| {
        Failure::new(
            format!("fixture `{}`: {what}", file.display()),
            "awsesame-sandbox serve --print-fixture",
        )
    };
    let text = std::fs::read_to_string(file).map_err(|error| wrong(error.to_string()))?;
    Fixture::parse(&text).map_err(|error| wrong(error.to_string()))
}
