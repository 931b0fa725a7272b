//! Describes sessions for people and programs. The output is text; `ui` prints it.

use awsesame_core::name::{Shown, Subject};
use awsesame_core::render::facts::{self, name};
pub use awsesame_core::render::facts::{field, span, who};
use awsesame_core::render::iso;
use awsesame_core::session::Header;
use awsesame_core::session::standing::Standing;
use serde::Serialize;

use crate::os::zone;

use super::Color;
use super::table::{Cell, Table};

/// Returns a sentence such as: alice, account 123456789012 (profile `dev`), until 18:30 (11 h 59 min left).
pub fn sentence(header: &Header, now: i64) -> String {
    format!(
        "{}, account {} ({}), until {} ({} left)",
        who(header),
        header.account,
        header.subject,
        clock(header.expires, now),
        span(header.left(now))
    )
}

/// Returns a time by the local clock, with the day if it is not today.
pub fn clock(unix: i64, now: i64) -> String {
    facts::clock(unix, now, zone::here())
}

/// Returns an age in a single unit, which is days if it is that long.
pub fn age(seconds: i64) -> String {
    match seconds.max(0) / 86_400 {
        0 => span(seconds),
        1 => "1 day".to_owned(),
        days => format!("{days} days"),
    }
}

/// One session, for programs.
#[derive(Debug, Serialize)]
pub struct SessionObject<'a> {
    profile: Option<&'a str>,
    environment_key: Option<&'a str>,
    account: &'a str,
    arn: &'a str,
    kind: &'static str,
    /// The state of the session, in one word.
    state: &'static str,
    expires: String,
    seconds_left: i64,
    mfa_at: Option<String>,
    mfa_age_seconds: Option<i64>,
    store: &'a str,
}

impl<'a> SessionObject<'a> {
    /// Describes a session at a given time, in Unix seconds.
    pub fn of(header: &'a Header, state: &'static str, now: i64) -> Self {
        let (profile, environment_key) = match &header.subject {
            Subject::Profile(profile) => (Some(profile.as_str()), None),
            Subject::Environment(key) => (None, Some(key.as_str())),
        };
        Self {
            profile,
            environment_key,
            account: header.account.as_str(),
            arn: &header.arn,
            kind: header.kind.word(),
            state,
            expires: iso(header.expires),
            seconds_left: header.left(now).max(0),
            mfa_at: header.mfa_at.map(iso),
            mfa_age_seconds: header.mfa_age(now),
            store: header.store.as_deref().unwrap_or_default(),
        }
    }
}

/// Returns the text that is shown instead of an MFA age.
fn no_age(header: &Header) -> &'static str {
    if header.mfa_is_unknown() { "unknown" } else { "-" }
}

/// The columns of the sessions.
const COLUMNS: [&str; 7] = ["PROFILE", "ACCOUNT", "IDENTITY", "STATE", "LEFT", "MFA AGE", "STORE"];

/// Returns a table of all sessions.
pub fn table(rows: &[(Header, Standing)], now: i64) -> Table {
    let mut table = Table::new(&COLUMNS)
        .sparing(&["STORE", "MFA AGE", "ACCOUNT", "IDENTITY"])
        .shortening(&["PROFILE", "IDENTITY"]);
    for (header, standing) in rows {
        let color = if *standing == Standing::Fresh { Color::Good } else { Color::Doubtful };
        table.push(vec![
            name(&header.subject).into(),
            header.account.to_string().into(),
            who(header).into(),
            Cell::colored(standing.word(), color),
            if *standing == Standing::Fresh { span(header.left(now)).into() } else { "-".into() },
            header.mfa_age(now).map_or_else(|| no_age(header).into(), span).into(),
            header.store.clone().unwrap_or_else(|| "-".to_owned()).into(),
        ]);
    }
    table
}

/// The notes under a table, each of which is printed once, and referred to from the table's cells by number.
#[derive(Default)]
pub struct Notes<'a>(Vec<&'a str>);

impl<'a> Notes<'a> {
    /// Returns the number of a note, counted from one.
    pub fn number(&mut self, note: &'a str) -> usize {
        let known = self.0.iter().position(|known| *known == note);
        known.unwrap_or_else(|| {
            self.0.push(note);
            self.0.len() - 1
        }) + 1
    }

    /// Returns all notes, one per line.
    pub fn text(&self) -> String {
        let line = |(at, note): (usize, &&str)| format!("  ({}) {}\n", at + 1, Shown(note));
        self.0.iter().enumerate().map(line).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            subject: Subject::Profile(awsesame_core::name::ProfileName::new("dev")),
            kind: awsesame_core::session::Kind::Mfa,
            account: awsesame_core::name::AccountId::new("123456789012"),
            arn: "arn:aws:iam::123456789012:user/alice".into(),
            obtained: 0,
            expires: 43_200,
            mfa_at: Some(0),
            region: None,
            endpoint: None,
            id: "p-dev".into(),
            root: Some("mfa-0".into()),
            store: Some("kernel".into()),
            stamps: Vec::new(),
            inputs: awsesame_core::session::Inputs::default(),
        }
    }

    #[test]
    fn a_table_has_as_many_columns_as_there_is_room_for() {
        let rows = [(header(), Standing::Fresh)];
        let heading = |width| table(&rows, 60).text(width, false).lines().next().unwrap().to_owned();
        let whole = "PROFILE  ACCOUNT       IDENTITY  STATE  LEFT         MFA AGE  STORE";
        assert_eq!(heading(None), whole);
        assert_eq!(heading(Some(68)), whole);
        assert_eq!(heading(Some(67)), "PROFILE  ACCOUNT       IDENTITY  STATE  LEFT         MFA AGE");
        assert_eq!(heading(Some(50)), "PROFILE  IDENTITY  STATE  LEFT");
        assert_eq!(heading(Some(1)), "PROFILE  STATE  LEFT");
    }
}
