//! Parses times as policies write them: the W3C profile of ISO 8601, or Unix seconds. It reads no clock, because the
//! time of a request is a condition key.

use jiff::Timestamp;

/// Returns the time that a text names. A year alone could also be a number of seconds, and a time without a zone could
/// be anywhere, so neither is read.
pub(crate) fn parse(text: &str) -> Option<Timestamp> {
    if text.len() > 4 && text.bytes().all(|b| b.is_ascii_digit()) {
        return Timestamp::from_second(text.parse().ok()?).ok();
    }
    if !text.bytes().all(|b| b.is_ascii_digit() || b"-+:.TZ".contains(&b)) {
        return None;
    }
    match text.len() {
        7 => format!("{text}-01T00:00:00Z").parse().ok(),
        10 => format!("{text}T00:00:00Z").parse().ok(),
        _ => text.parse().ok(),
    }
}
