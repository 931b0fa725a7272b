//! Bare `awsesame`: shows what is set up, and the commands that come next. It fits 80 columns and 24 lines.

use std::fmt::Write as _;
use std::process::ExitCode;

use awsesame_core::name::{ProfileName, Subject, Typed};

use crate::config::plan::Planned;
use crate::os::context::Context;
use crate::state::State;
use crate::ui;
use crate::ui::report;

/// Prints the screen. The exit code is always 0, because nothing was requested that could fail.
pub(super) fn show(context: Context) -> ExitCode {
    match ui::print(&text(context)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(fault) => {
            ui::fault(&fault);
            ExitCode::FAILURE
        }
    }
}

fn text(context: Context) -> String {
    let mut text = "awsesame: MFA-authenticated, short-lived AWS credentials\n\n".to_owned();
    let plans = Planned::all(context).unwrap_or_default();
    let served: Vec<&ProfileName> = plans.iter().filter_map(|found| found.plan.subject.profile()).collect();
    let now = context.now();
    let live = live(context, now);
    let _ = match served.len() {
        0 => writeln!(text, "  no profile that awsesame can use"),
        1 => writeln!(text, "  1 profile: {}", served[0]),
        count => writeln!(text, "  {count} profiles; awsesame list shows them"),
    };
    match live.as_slice() {
        [] => text += "  no session\n",
        [(subject, left), rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            let _ = writeln!(text, "  session of {subject}, {} left{more}", report::span(*left));
        }
    }
    text += "\nNext:\n";
    let meant = context.named_profile(None).filter(|name| served.contains(&name));
    let name = meant.as_ref().or_else(|| served.first().copied());
    let lines: [(String, &str); 3] = match (name, live.first()) {
        (None, _) => [
            ("awsesame init -p NAME".to_owned(), "set up a profile, with its key and MFA device"),
            ("awsesame doctor".to_owned(), "see what is missing"),
            ("awsesame --help".to_owned(), "every command"),
        ],
        (Some(name), None) => [
            (format!("awsesame login {}", Typed(name.as_str())), "one MFA code for the day"),
            ("awsesame list".to_owned(), "every profile, and how it gets its credentials"),
            ("awsesame --help".to_owned(), "every command"),
        ],
        (Some(_), Some((subject, _))) => {
            let name =
                subject.profile().map_or_else(String::new, |name| format!(" {}", Typed(name.as_str())));
            [
                (format!("awsesame exec{name} -- aws sts get-caller-identity"), "run a program with it"),
                (format!("eval \"$(awsesame env{name})\""), "use it in this shell"),
                ("awsesame direnv install".to_owned(), "use it in every project"),
            ]
        }
    };
    let width = lines.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    for (command, about) in lines {
        if width <= 44 {
            let _ = writeln!(text, "  {command:<width$}  {about}");
        } else {
            let _ = writeln!(text, "  {command}");
        }
    }
    text
}

/// Returns the valid sessions, the longest first.
fn live(context: Context, now: i64) -> Vec<(Subject, i64)> {
    let Ok(folder) = context.folders().state() else { return Vec::new() };
    let sessions = State::at(folder).sessions().unwrap_or_default();
    let mut live: Vec<(Subject, i64)> = sessions
        .into_iter()
        .filter_map(|(stem, session)| {
            let session = session.ok()?;
            let header = session.header();
            let own = awsesame_core::session::file_stem(&header.subject) == stem;
            (own && header.left(now) > 0).then(|| (header.subject.clone(), header.left(now)))
        })
        .collect();
    live.sort_by_key(|(_, left)| -left);
    live
}
