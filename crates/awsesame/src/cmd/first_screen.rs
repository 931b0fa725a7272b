//! The screen of `awsesame` without arguments: the state of the profile and the session, and the next commands to type.
//! It fits 60 columns and 24 lines.

use std::fmt::Write as _;
use std::process::ExitCode;

use awsesame_core::name::{ProfileName, Subject, Typed};
use awsesame_core::plan::{Plan, Root};

use crate::config::plan::Planned;
use crate::config::profiles;
use crate::os::context::Context;
use crate::state::State;
use crate::ui;
use crate::ui::report;

use super::init::start_up;

/// The maximum number of columns of the screen.
const WIDTH: usize = 60;

/// A command to paste, and its purpose.
type Next = (String, &'static str);

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
    let served: Vec<(&ProfileName, &Plan)> = plans
        .iter()
        .filter_map(|found| found.plan.subject.profile().map(|profile| (profile, &found.plan)))
        .collect();
    let now = context.now();
    let live = live(context, now);
    let meant = context.named_profile(None);
    let meant = served.iter().find(|(name, _)| Some(*name) == meant.as_ref()).copied();
    let meant = meant.or(if let [only] = served.as_slice() { Some(*only) } else { None });
    let no_device = meant.is_some_and(|(_, plan)| names_no_device(plan));
    let _ = match served.as_slice() {
        [] => writeln!(text, "  no profile that awsesame can use"),
        [(name, _)] if no_device => writeln!(text, "  1 profile: {name}, which names no MFA device"),
        [(name, _)] => writeln!(text, "  1 profile: {name}"),
        all => writeln!(text, "  {} profiles; to see them: awsesame list", all.len()),
    };
    match live.as_slice() {
        [] => text += "  no session\n",
        [(subject, left), rest @ ..] => {
            let more = if rest.is_empty() { String::new() } else { format!(", and {} more", rest.len()) };
            let _ = writeln!(text, "  session of {subject}, {} left{more}", report::span(*left));
        }
    }
    text += "\nNext:\n";
    let lines = match (meant, live.first()) {
        _ if served.is_empty() => without_profile(),
        (_, Some((subject, _))) => with_session(context, subject),
        (meant, None) => without_session(meant.map(|(name, _)| name), no_device),
    };
    let width = lines.iter().map(|(command, _)| command.chars().count()).max().unwrap_or_default();
    let beside = lines.iter().all(|(_, about)| width + about.chars().count() + 4 <= WIDTH);
    for (command, about) in lines {
        let _ = if beside {
            writeln!(text, "  {command:<width$}  {about}")
        } else {
            writeln!(text, "  {command}\n      {about}")
        };
    }
    text
}

/// Returns true if a code is needed, but the profile names no device.
fn names_no_device(plan: &Plan) -> bool {
    matches!(plan.root, Root::Session { .. } | Root::Direct { .. }) && plan.serials().is_empty()
}

fn without_profile() -> Vec<Next> {
    vec![
        ("awsesame init".to_owned(), "set up a profile, with its key"),
        ("awsesame doctor".to_owned(), "see what is missing"),
        ("awsesame --help".to_owned(), "every command"),
    ]
}

/// Returns the next commands if there is no session. `login` without a name shows a list of the profiles.
fn without_session(name: Option<&ProfileName>, no_device: bool) -> Vec<Next> {
    let typed = name.map_or_else(String::new, |name| format!(" {}", Typed(name.as_str())));
    let login = (format!("awsesame login{typed}"), "one MFA code for the day");
    let list = ("awsesame list".to_owned(), "every profile, and its session");
    match name {
        Some(name) if no_device => {
            let enroll = format!("awsesame mfa enroll{}", name.flag());
            vec![login, (enroll, "if you have no device yet"), list]
        }
        _ => vec![login, list, ("awsesame --help".to_owned(), "every command")],
    }
}

fn with_session(context: Context, subject: &Subject) -> Vec<Next> {
    let name = subject.profile().map_or_else(String::new, |name| format!(" {}", Typed(name.as_str())));
    vec![
        (format!("awsesame exec{name} -- aws s3 ls"), "run a program with it"),
        (format!("eval \"$(awsesame env{name})\""), "use it in this shell"),
        follow(context, subject),
    ]
}

/// Returns the command by which shells or tools get the session automatically: the prompt hook, or else a profile of
/// ours in AWS's files.
fn follow(context: Context, subject: &Subject) -> Next {
    if let Some((_, path, lines)) = start_up(context) {
        let text = profiles::contents(&path).ok().flatten().unwrap_or_default();
        let hook = lines.lines().next().unwrap_or_default();
        if !text.contains("awsesame hook") {
            let shown = context.folders().shown(&path);
            return (format!("echo '{hook}' >> {shown}"), "be told at the prompt when it has expired");
        }
    }
    (format!("awsesame init{}", subject.flag()), "for every AWS tool")
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
