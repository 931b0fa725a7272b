//! `awsesame doctor`: checks everything that must be right, and prints for each problem the command that corrects it.
//! It never asks for a code, changes nothing without `--fix`, and skips the network checks if there is no network.

mod account;
mod clients;
mod files;
mod finding;
mod mend;
mod network;
mod programs;
mod settings;
mod shells;
mod stores;

use std::cell::Cell;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::plan::Plan;

use self::finding::{Finding, Standing};
use super::Runner;
use crate::config::plan::{Planned, Plans};
use crate::config::profiles::Readings;
use crate::os::aws_files::AwsFiles;
use crate::state::State;
use crate::ui;

/// Check the whole set-up, and name the command that corrects each problem
///
/// Exits with 1 if something failed. Notes are not failures: they say what could be better, or could
/// not be looked at. Nobody is asked for a code.
#[derive(Debug, clap::Args)]
pub(super) struct Doctor {
    /// Correct what can be corrected safely: modes of files, direnv's library, left-over files
    #[arg(long)]
    fix: bool,
    /// Also show what is right
    #[arg(long)]
    all: bool,
}

/// The data that all checks share.
struct CheckContext<'a> {
    runner: &'a Runner<'a>,
    state: State,
    /// AWS's files, parsed once for all checks. None if they cannot be read.
    readings: Option<Readings<'a>>,
    /// All plans. None where the files or our settings cannot be read.
    plans: Option<Plans>,
    /// The plan of the profile in force, or why there is none.
    plan: Result<Plan, Fault>,
    /// True after a check has found that AWS answers.
    reached: Cell<bool>,
}

/// A group of checks, with its title.
type Group = (&'static str, fn(&CheckContext<'_>) -> Vec<Finding>);

/// All of them, in the order in which they are shown.
const GROUPS: [Group; 9] = [
    ("programs", programs::look),
    ("settings", settings::look),
    ("files", files::look),
    ("tools", clients::look),
    ("shell", shells::look),
    ("store", stores::look),
    ("network", network::look),
    ("account", account::look),
    ("broker", stores::broker),
];

impl Doctor {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let files = runner.context.folders().aws();
        let stamps = files.as_ref().map(AwsFiles::stamps).unwrap_or_default();
        let readings = files.as_ref().ok().and_then(|files| Readings::read(files).ok());
        let plans = readings.as_ref().and_then(|read| Plans::of(runner.context, read, stamps).ok());
        let named = runner.context.named_profile(runner.profile());
        let planned = match &plans {
            Some(plans) => plans.plan(named.as_ref(), None),
            None => Planned::of(runner.context, runner.profile(), None),
        };
        let plan = planned.map(|planned| planned.plan);
        let (state, reached) = (runner.state()?, Cell::new(false));
        let checked = CheckContext { runner, state, readings, plans, plan, reached };
        let line = ui::Line::default();
        let look_at = |(group, look): &Group| {
            line.draw(&format!("looking at {group}"));
            (*group, look(&checked))
        };
        let mut found: Vec<(&str, Vec<Finding>)> = GROUPS.iter().map(look_at).collect();
        drop(line);
        if self.fix {
            for ((_, findings), (_, look)) in found.iter_mut().zip(GROUPS) {
                mend::mend_all(findings, runner, || look(&checked));
            }
        }
        let all = || found.iter().flat_map(|(_, findings)| findings);
        let count = |standing: Standing| all().filter(|finding| finding.standing == standing).count();
        let failures = count(Standing::Failure);
        if runner.shared.json {
            ui::print_json(&finding::objects(&found))?;
        } else {
            let home = runner.context.var("HOME");
            let colors = ui::shows_colors(&std::io::stdout());
            ui::print(&finding::text(&found, self.all, home.as_deref(), colors, ui::width()))?;
            let good = count(Standing::Good);
            if good > 0 && !self.all {
                ui::say(&format!("{good} checks are as they should be; to see them: awsesame doctor --all"));
            }
            let mendable = all().filter(|finding| finding.fix.is_some()).count();
            ui::say(&finding::summary(failures, count(Standing::Note), count(Standing::Mended), mendable));
        }
        Ok(if failures == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
    }
}
