//! `awsesame list`: shows every profile of AWS's files, and how it gets its credentials.

use std::collections::HashSet;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Subject};
use awsesame_core::plan::{Plan, Root, SignIn};
use awsesame_core::session::{Header, file_stem};
use serde::Serialize;

use super::Runner;
use crate::config::plan::Plans;
use crate::state::State;
use crate::ui::table::{Cell, Table};
use crate::ui::{self, Color, report};

/// List every profile: account, how it gets its credentials, session left
#[derive(Debug, clap::Args)]
pub(super) struct List {}

/// One profile of the list.
#[derive(Serialize)]
struct Row {
    profile: String,
    account: Option<String>,
    /// The source of its credentials, in the words of the table.
    credentials: String,
    /// The seconds that its session is still valid. None if it has no session.
    seconds_left: Option<i64>,
    /// True if it has a plan of its own, and does not only ask us for the session of another profile.
    #[serde(skip)]
    served: bool,
}

impl List {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let now = runner.context.now();
        let rows = rows(runner, now)?;
        if runner.shared.json {
            ui::print_json(&rows)?;
            return Ok(ExitCode::SUCCESS);
        }
        if rows.is_empty() {
            ui::say("there is no profile; set one up: awsesame init");
        } else {
            ui::print_table(&table(&rows))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// A profile that can be served, with its texts for a list.
pub(super) struct Choice {
    pub(super) profile: String,
    /// The name of the profile, with control characters made visible.
    pub(super) shown: String,
    pub(super) account: String,
    pub(super) about: String,
}

/// Returns the profiles that can be served.
pub(super) fn served(runner: &Runner<'_>) -> Result<Vec<Choice>, Fault> {
    let rows = rows(runner, runner.context.now())?.into_iter().filter(|row| row.served);
    let choice = |row: Row| {
        let left = row.seconds_left.map(|left| format!("{} left, ", report::span(left))).unwrap_or_default();
        Choice {
            shown: Shown(&row.profile).to_string(),
            account: row.account.unwrap_or_else(|| "-".to_owned()),
            about: format!("{left}{}", Shown(&row.credentials)),
            profile: row.profile,
        }
    };
    Ok(rows.map(choice).collect())
}

fn rows(runner: &Runner<'_>, now: i64) -> Result<Vec<Row>, Fault> {
    let plans = Plans::read(runner.context)?;
    let state = runner.state()?;
    // The names are read once, because there may be many profiles and few sessions.
    let there: HashSet<String> = state.session_stems()?.into_iter().collect();
    let row = |name: &ProfileName, plan: Result<Plan, Fault>| {
        let subject = Subject::Profile(name.clone());
        let session = there.contains(&file_stem(&subject)).then(|| session(&state, &subject, now)).flatten();
        let served = plan.as_ref().is_ok_and(|plan| plan.subject == subject);
        let planned = plan.as_ref().ok().and_then(account);
        Row {
            profile: name.as_str().to_owned(),
            account: session.as_ref().map(|header| header.account.as_str().to_owned()).or(planned),
            credentials: plan.map_or_else(|fault| fallback(&fault), |plan| way(&plan)),
            seconds_left: session.map(|header| header.left(now)),
            served,
        }
    };
    Ok(plans.each().map(|(name, plan)| row(name, plan)).collect())
}

/// Returns the header of a session that has not expired.
fn session(state: &State, subject: &Subject, now: i64) -> Option<Header> {
    let sealed = state.session(subject).ok()??.ok()?;
    Some(sealed.header().clone()).filter(|header| header.left(now) > 0)
}

fn account(plan: &Plan) -> Option<String> {
    let of_role = plan.last_role().and_then(|role| role.arn.account());
    let of_device = || plan.serials().first().and_then(awsesame_core::name::Serial::account);
    of_role.or_else(of_device).map(|account| account.as_str().to_owned())
}

/// Returns the way in which the credentials are obtained.
fn way(plan: &Plan) -> String {
    let root = match &plan.root {
        Root::Session { key, .. } | Root::Direct { key, .. } => match key.holder.profile() {
            Some(holder) if plan.subject.profile() != Some(holder) => format!("key of {holder}"),
            _ => "key".to_owned(),
        },
        Root::SignIn(SignIn::Console(_)) => "sign-in".to_owned(),
        Root::SignIn(SignIn::Portal(..)) => "Identity Center".to_owned(),
        Root::WebIdentity(_) => "web identity".to_owned(),
        Root::Program(program) if plan.subject.profile() == Some(&program.profile) => "program".to_owned(),
        Root::Program(program) => format!("program of {}", program.profile),
        Root::Ambient(source) => source.as_str().to_owned(),
    };
    match plan.last_role() {
        Some(role) => format!("role {} through {root}", Shown(role.arn.role_name())),
        None => root,
    }
}

/// Returns the text for a profile that awsesame does not serve.
fn fallback(fault: &Fault) -> String {
    match fault {
        Fault::Unsupported { setting, .. } => (*setting).to_owned(),
        Fault::NoCredentials { .. } => "none".to_owned(),
        fault => format!("error: {fault}"),
    }
}

fn table(rows: &[Row]) -> Table {
    let mut table = Table::new(&["PROFILE", "ACCOUNT", "CREDENTIALS", "LEFT"])
        .sparing(&["ACCOUNT"])
        .shortening(&["PROFILE"])
        .cutting(&["CREDENTIALS"]);
    for row in rows {
        let left = row.seconds_left.map(report::span);
        table.push(vec![
            Shown(&row.profile).to_string().into(),
            row.account.clone().unwrap_or_else(|| "-".to_owned()).into(),
            Shown(&row.credentials).to_string().into(),
            left.map_or_else(|| "-".into(), |left| Cell::colored(left, Color::Good)),
        ]);
    }
    table
}
