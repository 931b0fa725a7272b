//! Computes the pause before a busy service is asked again: our own pause, or the longer one that the service requests.

use std::time::Duration;

/// Reads the header `Retry-After` (RFC 9110, 10.2.3): seconds, or a date, which is compared with the answer's own `Date`.
/// None if it is neither.
pub fn asked_for(header: &str, date: Option<i64>) -> Option<Duration> {
    let text = header.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        // A number with too many digits counts as a very long time.
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let then = jiff::fmt::rfc2822::parse(text).ok()?.timestamp().as_second();
    Some(Duration::from_secs(u64::try_from(then.saturating_sub(date?)).unwrap_or(0)))
}

/// Returns the pause before the next attempt. Returns None if the service requests a pause that is too long; then it is
/// not asked again.
pub fn pause(own: Duration, asked: Option<Duration>, most: Duration) -> Option<Duration> {
    match asked {
        Some(asked) if asked > most => None,
        asked => Some(own.max(asked.unwrap_or_default())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_and_dates_are_read_and_anything_else_is_passed_over() {
        let date = Some(784_111_777);
        for (header, expected) in [
            ("7", Some(7)),
            (" 120 ", Some(120)),
            ("0", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("Sun, 06 Nov 1994 08:49:57 GMT", Some(20)),
            ("Sun, 06 Nov 1994 08:49:17 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(asked_for(header, date), expected.map(Duration::from_secs), "{header:?}");
        }
        assert_eq!(asked_for("Sun, 06 Nov 1994 08:49:57 GMT", None), None);
    }

    #[test]
    fn a_service_is_given_the_time_that_it_asks_for_or_is_left_alone() {
        let seconds = Duration::from_secs;
        for (own, asked, expected) in [
            (1, None, Some(1)),
            (1, Some(0), Some(1)),
            (1, Some(3), Some(3)),
            (4, Some(3), Some(4)),
            (1, Some(10), Some(10)),
            (1, Some(11), None),
        ] {
            let pause = pause(seconds(own), asked.map(seconds), seconds(10));
            assert_eq!(pause, expected.map(seconds), "{own} {asked:?}");
        }
    }
}
