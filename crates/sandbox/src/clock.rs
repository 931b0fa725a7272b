//! The server's clock, which tests can set to another time than the machine's, and the date formats that AWS uses.
//! Nothing else in this crate reads the time.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// The machine's clock plus an offset in seconds.
#[derive(Debug)]
pub(crate) struct Clock {
    offset: AtomicI64,
}

impl Clock {
    pub(crate) fn new(offset: i64) -> Self {
        Self { offset: AtomicI64::new(offset) }
    }

    pub(crate) fn set_offset(&self, offset: i64) {
        self.offset.store(offset, Ordering::SeqCst);
    }

    /// Returns the time in seconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        let machine = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(i64::MAX));
        machine.saturating_add(self.offset.load(Ordering::SeqCst))
    }
}

/// Returns a time this many days earlier.
pub(crate) fn days_before(now: i64, days: u32) -> i64 {
    now - i64::from(days) * 86_400
}

fn format(time: i64, pattern: &str) -> String {
    let timestamp = Timestamp::from_second(time).unwrap_or(Timestamp::UNIX_EPOCH);
    timestamp.strftime(pattern).to_string()
}

fn parse(text: &str, pattern: &str) -> Option<i64> {
    let civil = DateTime::strptime(pattern, text).ok()?;
    Some(civil.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Formats a time for signatures, such as `20150830T123600Z`.
pub(crate) fn basic(time: i64) -> String {
    format(time, "%Y%m%dT%H%M%SZ")
}

/// Reads a time that [`basic`] wrote.
pub(crate) fn parse_basic(text: &str) -> Option<i64> {
    parse(text, "%Y%m%dT%H%M%SZ")
}

/// Formats a time for STS and IAM, such as `2015-08-30T12:36:00Z`.
pub(crate) fn iso(time: i64) -> String {
    format(time, "%Y-%m-%dT%H:%M:%SZ")
}

/// Formats a time for the listings of S3, such as `2015-08-30T12:36:00.000Z`.
pub(crate) fn iso_millis(time: i64) -> String {
    format(time, "%Y-%m-%dT%H:%M:%S.000Z")
}

/// Formats a time for HTTP headers, such as `Sun, 30 Aug 2015 12:36:00 GMT`.
pub(crate) fn http(time: i64) -> String {
    format(time, "%a, %d %b %Y %H:%M:%S GMT")
}

/// Reads a time that [`http`] wrote.
pub(crate) fn parse_http(text: &str) -> Option<i64> {
    parse(text, "%a, %d %b %Y %H:%M:%S GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    const TIME: i64 = 1_440_938_160;

    #[test]
    fn every_format_says_the_same_instant() {
        assert_eq!(basic(TIME), "20150830T123600Z");
        assert_eq!(iso(TIME), "2015-08-30T12:36:00Z");
        assert_eq!(iso_millis(TIME), "2015-08-30T12:36:00.000Z");
        assert_eq!(http(TIME), "Sun, 30 Aug 2015 12:36:00 GMT");
    }

    #[test]
    fn what_is_written_can_be_read() {
        assert_eq!(parse_basic(&basic(TIME)), Some(TIME));
        assert_eq!(parse_http(&http(TIME)), Some(TIME));
        assert_eq!(parse_basic("yesterday"), None);
    }
}
