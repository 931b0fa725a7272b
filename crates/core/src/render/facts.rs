//! Words the facts about a session for people, such as its identity, its remaining time and its age.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::name::{Shown, Subject};
use crate::render::iso;
use crate::session::Header;
use crate::session::standing::Standing;
use crate::text::template::Field;

/// Returns the name of the user or the role, as people know it.
pub fn who(header: &Header) -> String {
    match header.role_name() {
        Some(role) => format!("role {}", Shown(role)),
        None => Shown(header.arn.rsplit('/').next().unwrap_or(&header.arn)).to_string(),
    }
}

/// Returns the name of the profile, or of the key if there is no profile.
pub fn name(subject: &Subject) -> String {
    match subject {
        Subject::Profile(profile) => profile.to_string(),
        Subject::Environment(key) => format!("({key})"),
    }
}

/// Returns a duration in its two largest units.
pub fn span(seconds: i64) -> String {
    let seconds = seconds.max(0);
    match (seconds / 3600, seconds / 60 % 60, seconds % 60) {
        (0, 0, seconds) => format!("{seconds} s"),
        (0, minutes, _) => format!("{minutes} min"),
        (hours, 0, _) => format!("{hours} h"),
        (hours, minutes, _) => format!("{hours} h {minutes} min"),
    }
}

/// Returns a time by the local clock, with the day if it is not today.
pub fn clock(unix: i64, now: i64, zone: TimeZone) -> String {
    let then = Timestamp::from_second(unix).unwrap_or(Timestamp::MAX).to_zoned(zone.clone());
    let today = Timestamp::from_second(now).unwrap_or(Timestamp::MAX).to_zoned(zone);
    let format = if then.date() == today.date() { "%H:%M" } else { "%a %H:%M" };
    then.strftime(format).to_string()
}

/// Returns the value of a field of `status --format`. The time zone is determined only if the field needs it.
pub fn field(
    field: Field,
    header: &Header,
    standing: Standing,
    now: i64,
    zone: impl FnOnce() -> TimeZone,
) -> String {
    let fresh = standing == Standing::Fresh;
    let optional = |value: Option<String>| value.unwrap_or_default();
    match field {
        Field::Profile => name(&header.subject),
        Field::Account => header.account.to_string(),
        Field::Arn => Shown(&header.arn).to_string(),
        Field::Identity => who(header),
        Field::Kind => header.kind.word().to_owned(),
        Field::State => standing.word().to_owned(),
        Field::Left => span(if fresh { header.left(now) } else { 0 }),
        Field::SecondsLeft => if fresh { header.left(now).max(0) } else { 0 }.to_string(),
        Field::Expires => iso(header.expires),
        Field::Until => clock(header.expires, now, zone()),
        Field::MfaAge => optional(header.mfa_age(now).map(span)),
        Field::MfaAgeSeconds => optional(header.mfa_age(now).map(|age| age.to_string())),
        Field::Store => optional(header.store.as_deref().map(|store| Shown(store).to_string())),
        Field::Region => optional(header.region.as_deref().map(|region| Shown(region).to_string())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_of_time_name_the_units_that_matter() {
        for (seconds, text) in [
            (-5, "0 s"),
            (59, "59 s"),
            (60, "1 min"),
            (3599, "59 min"),
            (3600, "1 h"),
            (43_140, "11 h 59 min"),
        ] {
            assert_eq!(span(seconds), text);
        }
    }
}
