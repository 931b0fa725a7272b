//! Computes the difference between this machine's clock and the clock of AWS, from the `Date` header or from the times
//! in the refusal.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

use super::{Context, Refusal};
use crate::fault::Fault;

/// Returns the fault of the clock, if the refusal is about time.
pub(super) fn of_clock(refusal: &Refusal, context: &Context) -> Option<Fault> {
    let named = matches!(refusal.code.as_str(), "RequestTimeTooSkewed" | "RequestExpired");
    let worded = ["Signature expired", "Signature not yet current"]
        .iter()
        .any(|words| refusal.message.contains(words));
    if !named && !worded {
        return None;
    }
    // The two times in AWS's message are the most exact: the header is up to some seconds later.
    let ahead = worded_times(&refusal.message)
        .map(|(ours, theirs)| ours - theirs)
        .or_else(|| refusal.date.map(|theirs| context.now.saturating_sub(theirs)));
    Some(match ahead {
        Some(ahead) if ahead != 0 => Fault::ClockSkew { seconds: ahead.unsigned_abs(), ahead: ahead > 0 },
        _ => Fault::ClockUnknown,
    })
}

/// Returns the time of the request and AWS's own time, from `Signature expired: 20130101T000000Z is now earlier than
/// 20130101T001000Z (20130101T002500Z - 15 min.)` or `Signature not yet current: ... is still later than ... (... + 15
/// min.)`.
fn worded_times(message: &str) -> Option<(i64, i64)> {
    let (_, times) = message.split_once(": ")?;
    let ours = basic_time(times.split_whitespace().next()?)?;
    let (_, behind) = times.split_once('(')?;
    let theirs = basic_time(behind.split_whitespace().next()?)?;
    Some((ours, theirs))
}

/// Parses `20130101T000000Z` to Unix seconds.
fn basic_time(text: &str) -> Option<i64> {
    let time = DateTime::strptime("%Y%m%dT%H%M%SZ", text).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}
