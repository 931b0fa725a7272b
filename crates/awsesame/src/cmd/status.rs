//! `awsesame status`: shows every session, and how long it is still valid.

mod live;

use std::path::Path;
use std::process::ExitCode;

use awsesame_core::fault::{Exit, Fault};
use awsesame_core::name::{Subject, Typed};
use awsesame_core::session::seal::SealError;
use awsesame_core::session::standing::Standing;
use awsesame_core::session::{Header, file_stem};
use awsesame_core::text::template::Template;

use super::{Named, Runner};
use crate::broker::news;
use crate::config::plan::Planned;
use crate::os::zone;
use crate::state::State;
use crate::ui;
use crate::ui::report;
use crate::ui::report::SessionObject;
use crate::vault::standing::standing;

/// Show every session: profile, account, identity, time left, MFA age, store
#[derive(Debug, clap::Args)]
pub(super) struct Status {
    #[command(flatten)]
    pub(super) named: Named,
    /// Print one line about the profile in use instead, with fields in braces (`{profile} {left}`)
    #[arg(long, value_name = "TEMPLATE", conflicts_with = "json", long_help = FORMAT_HELP)]
    format: Option<String>,
    /// Keep running, and show every change: a table on a terminal (`q` ends it), else one line per change
    #[arg(long)]
    watch: bool,
}

const FORMAT_HELP: &str = "\
Print one line about the profile in use (`-p`, else `AWSESAME_PROFILE` and so on) instead, and nothing \
where it has no session. Fields are in braces: {profile} {account} {identity} {arn} {kind} {state} \
{left} {seconds_left} {expires} {until} {mfa_age} {mfa_age_seconds} {store} {region}. A brace itself is \
written twice. {state} is fresh, expired, locked, damaged or newer; {expires} is ISO 8601 in UTC, {until} the \
local time. Exits with 3 unless the session is fresh";

/// A session and its state.
type Row = (Header, Standing);

impl Status {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let template = self.format.as_deref().map(Template::parse).transpose()?;
        // A template needs the profile in force. Otherwise the status of one profile is a question whose answer is the
        // exit code (3 if there is no session), and the status of all profiles is only shown.
        let only = match (&template, runner.profile()) {
            (None, None) => None,
            (_, profile) => Some(runner.context.subject(profile)),
        };
        let away = runner.context.broker_elsewhere();
        let view = View { runner, state: &state, away: away.as_deref(), only, template };
        if self.watch {
            return live::run(&view);
        }
        let (now, found) = view.look()?;
        for (stem, why) in &found.unread {
            ui::warn(&unread(stem, *why));
        }
        if found.rows.is_empty() && view.template.is_none() && !runner.shared.json {
            ui::say(&view.nothing());
        }
        ui::print(&view.text(&found.rows, now, ui::width(), ui::shows_colors(&std::io::stdout()))?)?;
        let fresh = found.rows.iter().any(|(_, standing)| *standing == Standing::Fresh);
        Ok(if view.only.is_some() && !fresh {
            ExitCode::from(Exit::LoginNeeded as u8)
        } else {
            ExitCode::SUCCESS
        })
    }
}

/// The selection of the sessions to show, and their format.
struct View<'a> {
    runner: &'a Runner<'a>,
    state: &'a State,
    /// The socket of the remote broker, if the sessions are there.
    away: Option<&'a Path>,
    only: Option<Subject>,
    template: Option<Template<'a>>,
}

/// The sessions that were found.
struct SessionList {
    rows: Vec<Row>,
    /// The names of files that are not valid sessions.
    unread: Vec<(String, SealError)>,
}

impl View<'_> {
    /// Reads the current sessions.
    fn look(&self) -> Result<(i64, SessionList), Fault> {
        let now = self.runner.context.now();
        let mut found = SessionList { rows: Vec::new(), unread: Vec::new() };
        if let Some(socket) = self.away {
            found.rows = news::sessions(socket)?;
            found.rows.retain(|(header, _)| self.only.as_ref().is_none_or(|only| *only == header.subject));
            return Ok((now, found));
        }
        for (stem, session) in self.state.sessions()? {
            let session = match session {
                Ok(session) => session,
                Err(why) => {
                    found.unread.push((stem, why));
                    continue;
                }
            };
            let header = session.header();
            let own = file_stem(&header.subject) == stem;
            if own && self.only.as_ref().is_none_or(|only| *only == header.subject) {
                let standing = standing(self.state, header, now)?;
                found.rows.extend(standing.map(|standing| (header.clone(), standing)));
            }
        }
        Ok((now, found))
    }

    /// Returns the sessions in the requested form: lines, JSON, or columns of at most this width.
    fn text(&self, rows: &[Row], now: i64, width: Option<usize>, colors: bool) -> Result<String, Fault> {
        if let Some(template) = &self.template {
            return Ok(rows.iter().map(|row| line(template, row, now)).collect());
        }
        if self.runner.shared.json {
            let objects =
                rows.iter().map(|(header, standing)| SessionObject::of(header, standing.word(), now));
            return ui::to_json(&objects.collect::<Vec<_>>());
        }
        Ok(if rows.is_empty() { String::new() } else { report::table(rows, now).text(width, colors) })
    }

    /// Returns the command that obtains a session, or the reason why there can be none. The errors of a login are found
    /// before it is advised.
    fn next(&self, subject: &Subject) -> String {
        let context = self.runner.context;
        match Planned::of(context, self.runner.profile(), None) {
            Ok(_) => format!("no session; type: awsesame login{}", subject.flag()),
            Err(Fault::NoProfileNamed { one, .. } | Fault::DefaultIncomplete { one }) => {
                format!("no session; type: awsesame login -p {}", Typed(one.as_str()))
            }
            Err(fault) => format!("no session: {}", fault.in_one_line()),
        }
    }

    /// Returns the text for a missing session.
    fn nothing(&self) -> String {
        let subject = self.only.clone().unwrap_or_else(|| self.runner.context.subject(None));
        match self.away {
            Some(_) => {
                format!("no session; on the broker's machine: awsesame login{}", subject.flag())
            }
            None => self.next(&subject),
        }
    }
}

/// Returns the sentence about a file that cannot be read as a session.
fn unread(stem: &str, why: SealError) -> String {
    match why {
        SealError::Newer => {
            format!(
                "`{stem}.session` is of a newer version of awsesame; see which one this is: awsesame --version"
            )
        }
        SealError::Damaged | SealError::OtherKey => {
            format!("`{stem}.session` is damaged; delete it: awsesame logout --all")
        }
    }
}

/// Returns the line for a template, with its line end.
fn line(template: &Template<'_>, (header, standing): &Row, now: i64) -> String {
    let line = template.fill(|field| report::field(field, header, *standing, now, zone::here));
    line + "\n"
}
