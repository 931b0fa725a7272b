//! Checks parameters by the published constraints of STS, with AWS's wording.

use std::fmt::Write as _;

use crate::wire::answer::Refusal;
use crate::wire::call::Params;

/// Collects what is wrong with a request, so that one answer can list it all.
#[derive(Debug)]
pub(super) struct Check<'a> {
    form: &'a Params,
    errors: Vec<String>,
}

fn word(byte: u8, extra: &[u8]) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || extra.contains(&byte)
}

impl<'a> Check<'a> {
    pub(super) fn new(form: &'a Params) -> Self {
        Self { form, errors: Vec::new() }
    }

    fn fault(&mut self, value: &str, name: &str, constraint: &str) {
        self.errors.push(format!("Value {value} at '{name}' failed to satisfy constraint: {constraint}"));
    }

    /// Returns a text of `min` to `max` characters, each fulfilling `allowed`; `pattern` is how AWS writes that.
    pub(super) fn text(
        &mut self,
        name: &str,
        (min, max): (usize, usize),
        pattern: &str,
        allowed: impl Fn(u8) -> bool,
    ) -> Option<&'a str> {
        let value = self.form.given(name)?;
        let (shown, field) = (format!("'{value}'"), member(name));
        let length = value.chars().count();
        if length < min {
            let limit = format!("Member must have length greater than or equal to {min}");
            self.fault(&shown, &field, &limit);
        }
        if length > max {
            let limit = format!("Member must have length less than or equal to {max}");
            self.fault(&shown, &field, &limit);
        }
        if !value.bytes().all(allowed) {
            let limit = format!("Member must satisfy regular expression pattern: {pattern}");
            self.fault(&shown, &field, &limit);
        }
        Some(value)
    }

    /// Checks a required text as [`Check::text`] does.
    pub(super) fn required(
        &mut self,
        name: &str,
        length: (usize, usize),
        pattern: &str,
        allowed: impl Fn(u8) -> bool,
    ) -> &'a str {
        let value = self.text(name, length, pattern, allowed);
        if value.is_none() {
            self.fault("null", &member(name), "Member must not be null");
        }
        value.unwrap_or_default()
    }

    /// Checks the form of `SerialNumber` and `TokenCode`.
    pub(super) fn mfa(&mut self) {
        self.text("SerialNumber", (9, 256), r"[\w+=/:,.@-]*", |byte| word(byte, b"+=/:,.@-"));
        self.text("TokenCode", (6, 6), r"[\d]*", |byte| byte.is_ascii_digit());
    }

    pub(super) fn session_name(&mut self) -> &'a str {
        self.required("RoleSessionName", (2, 64), r"[\w+=,.@-]*", |byte| word(byte, b"+=,.@-"))
    }

    pub(super) fn external_id(&mut self) -> Option<&'a str> {
        self.text("ExternalId", (2, 1224), r"[\w+=,.@:\/-]*", |byte| word(byte, b"+=,.@:/-"))
    }

    pub(super) fn source_identity(&mut self) -> Option<&'a str> {
        self.text("SourceIdentity", (2, 64), r"[\w+=,.@-]*", |byte| word(byte, b"+=,.@-"))
    }

    /// Returns `DurationSeconds`, or the default if it is missing.
    pub(super) fn duration(&mut self, min: u32, max: u32, default: u32) -> u32 {
        let Some(text) = self.form.given("DurationSeconds") else { return default };
        let Ok(value) = text.parse::<i64>() else {
            self.errors.push(format!("Value '{text}' at 'durationSeconds' is not an integer"));
            return default;
        };
        let shown = format!("'{value}'");
        if value < i64::from(min) {
            let limit = format!("Member must have value greater than or equal to {min}");
            self.fault(&shown, "durationSeconds", &limit);
        }
        if value > i64::from(max) {
            let limit = format!("Member must have value less than or equal to {max}");
            self.fault(&shown, "durationSeconds", &limit);
        }
        u32::try_from(value).unwrap_or(default)
    }

    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.errors.is_empty() {
            return Ok(());
        }
        let count = self.errors.len();
        let mut message = format!("{count} validation error{} detected: ", if count == 1 { "" } else { "s" });
        let _ = write!(message, "{}", self.errors.join("; "));
        Err(Refusal::validation(message))
    }
}

/// Returns the name of a member as AWS writes it in errors, with a small first letter.
fn member(name: &str) -> String {
    let mut text = name.to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}
