//! `awsesame status`: every session, and how long it still holds.

use std::process::ExitCode;

use awsesame_core::fault::{Exit, Fault};
use awsesame_core::name::Subject;
use awsesame_core::session::{Header, file_stem};
use awsesame_core::template::{Field, Template};

use super::Runner;
use crate::standing::{FRESH, standing};
use crate::state::State;
use crate::{report, ui};

/// Show every session: profile, account, identity, time left, MFA age, store
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    /// Print one line about the profile in force instead, with fields in braces (`{profile} {left}`)
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "json", long_help = FORMAT_HELP)]
    format: Option<String>,
}

const FORMAT_HELP: &str = "\
Print one line about the profile in force (`-p`, else `AWSESAME_PROFILE` and so on) instead, and nothing \
where it has no session. Fields stand in braces: {profile} {account} {identity} {arn} {kind} {state} \
{left} {seconds_left} {expires} {until} {mfa_age} {mfa_age_seconds} {store} {region}. A brace itself is \
written twice. {state} is fresh, expired, locked or damaged; {expires} is ISO 8601 in UTC, {until} the \
clock on the wall. Exits with 3 unless the session is fresh";

/// A session and how it stands.
type Row = (Header, &'static str);

impl Status {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let now = runner.context.now();
        if let Some(format) = &self.format {
            let template = Template::parse(format)?;
            let rows = rows(&state, Some(&runner.context.subject(runner.profile())), now)?;
            for row in &rows {
                ui::print(&line(&template, row, now))?;
            }
            return Ok(code(&rows));
        }
        // One profile's status is a question with an answer: exit 3 where it is no.
        let only = runner.profile().map(|name| runner.context.subject(Some(name)));
        let rows = rows(&state, only.as_ref(), now)?;
        if runner.shared.json {
            let objects: Vec<String> = rows
                .iter()
                .map(|(header, word)| report::json(header, word, now).trim_end().to_owned())
                .collect();
            ui::print(&format!("[{}]\n", objects.join(",")))?;
        } else if rows.is_empty() {
            let subject = only.clone().unwrap_or_else(|| runner.context.subject(None));
            ui::say(&format!("no session; type: awsesame login{}", subject.flag()));
        } else {
            ui::print(&report::table(&rows, now))?;
        }
        Ok(if only.is_some() { code(&rows) } else { ExitCode::SUCCESS })
    }
}

/// The sessions of subjects, or of one subject alone.
fn rows(state: &State, only: Option<&Subject>, now: i64) -> Result<Vec<Row>, Fault> {
    let mut rows = Vec::new();
    for (stem, session) in state.sessions()? {
        let Ok(session) = session else {
            ui::warn(&format!("`{stem}.session` is damaged; forget it: awsesame logout --all"));
            continue;
        };
        let header = session.header();
        let own = file_stem(&header.subject) == stem;
        if own && only.is_none_or(|only| *only == header.subject) {
            rows.push((header.clone(), standing(state, header, now)?));
        }
    }
    Ok(rows)
}

/// The line of a template, with its end.
fn line(template: &Template<'_>, (header, word): &Row, now: i64) -> String {
    let line = template.fill(|field| match field {
        Field::Until => report::clock(header.expires, now),
        _ => report::field(field, header, word, now).unwrap_or_default(),
    });
    line + "\n"
}

/// Whether there is a session that can be used.
fn code(rows: &[Row]) -> ExitCode {
    if rows.iter().any(|(_, word)| *word == FRESH) {
        ExitCode::SUCCESS
    } else {
        ExitCode::from(Exit::LoginNeeded as u8)
    }
}
