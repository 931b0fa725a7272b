//! `awsesame status --watch`: shows the sessions continuously, as they begin and expire.

use std::collections::BTreeMap;
use std::io::IsTerminal;
use std::process::ExitCode;
use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::name::Subject;
use awsesame_core::session::standing::Standing;
use rustix::event::PollFlags;

use super::{Row, View, unread};
use crate::os::file;
use crate::os::screen::{Key, Screen};
use crate::os::watch::Watch;
use crate::ui;
use crate::ui::report;
use crate::ui::report::SessionObject;

/// A change of a session is noticed at once; what only the clock changes, after this long.
const TICK: Duration = Duration::from_secs(1);

/// The exit code of a program that Ctrl-C has ended.
const INTERRUPTED: u8 = 130;

/// Runs until the user stops it.
pub(super) fn run(view: &View<'_>) -> Result<ExitCode, Fault> {
    // The watch starts before the first reading, so that a change in between is noticed.
    let watch = match view.away {
        Some(_) => Watch::nothing()?,
        None => Watch::folder(&view.state.stamps_folder())?,
    };
    let drawn = std::io::stdout().is_terminal()
        && !ui::is_dumb()
        && view.template.is_none()
        && !view.runner.shared.json;
    match drawn.then(Screen::open).flatten() {
        Some(screen) => draw(view, watch, screen),
        None => tell(view, watch),
    }
}

/// Draws the table again after every change.
fn draw(view: &View<'_>, mut watch: Watch, mut screen: Screen) -> Result<ExitCode, Fault> {
    loop {
        let (now, found) = view.look()?;
        let mut text = view.text(&found.rows, now, Some(screen.width()), false)?;
        if text.is_empty() {
            text = view.nothing() + "\n";
        }
        for (stem, why) in &found.unread {
            text += &unread(stem, *why);
            text += "\n";
        }
        text += "\nq closes this\n";
        let gone = |error: std::io::Error| Fault::Output { why: file::words(&error) };
        screen.show(&text).map_err(gone)?;
        if watch.changed_or(screen.device(), PollFlags::IN, TICK)? {
            match screen.key() {
                Key::Quit => return Ok(ExitCode::SUCCESS),
                Key::Interrupt => return Ok(ExitCode::from(INTERRUPTED)),
                Key::Other => {}
            }
        }
        if screen.ended() {
            // The screen, once it is put back, does what the signal was sent for.
            return Ok(ExitCode::SUCCESS);
        }
    }
}

/// Prints a line for every change, until the reader closes the pipe.
fn tell(view: &View<'_>, mut watch: Watch) -> Result<ExitCode, Fault> {
    let mut known = BTreeMap::new();
    loop {
        let (now, found) = view.look()?;
        let mut current = BTreeMap::new();
        let mut lines = String::new();
        for row in &found.rows {
            let line = view.line(row, now)?;
            // With a template, the whole line is compared; otherwise only the session.
            let counts = if view.template.is_some() {
                line.clone()
            } else {
                format!("{} {}", row.1.word(), row.0.expires)
            };
            if known.get(&row.0.subject).is_none_or(|(before, _)| *before != counts) {
                lines += &line;
            }
            current.insert(row.0.subject.clone(), (counts, row.clone()));
        }
        for (subject, (_, row)) in &known {
            if !current.contains_key(subject) {
                lines += &view.gone(row, now)?;
            }
        }
        known = current;
        ui::print(&lines)?;
        // Polled without events, a pipe reports only that its reader has closed it.
        if watch.changed_or(&std::io::stdout(), PollFlags::empty(), TICK)? {
            return Ok(ExitCode::SUCCESS);
        }
    }
}

impl View<'_> {
    /// Returns one line for a session.
    fn line(&self, row: &Row, now: i64) -> Result<String, Fault> {
        let (header, standing) = row;
        Ok(match &self.template {
            Some(template) => super::line(template, row, now),
            None if self.runner.shared.json => ui::to_json(&SessionObject::of(header, standing.word(), now))?,
            None if *standing == Standing::Fresh => format!("{}\n", report::sentence(header, now)),
            None => said(&header.subject, standing.word()),
        })
    }

    /// Returns the line for a session that was deleted. With a template it is an empty line.
    fn gone(&self, (header, _): &Row, now: i64) -> Result<String, Fault> {
        Ok(match &self.template {
            Some(_) => "\n".to_owned(),
            None if self.runner.shared.json => ui::to_json(&SessionObject::of(header, "gone", now))?,
            None => said(&header.subject, "gone"),
        })
    }
}

fn said(subject: &Subject, word: &str) -> String {
    format!("{subject}: {word}\n")
}
