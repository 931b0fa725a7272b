//! `awsesame broker start`: starts the broker in the background, unless it already runs.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::Shown;

use super::super::{Runner, seconds};
use super::stop;
use crate::broker::address::Choice;
use crate::broker::place::BrokerPaths;
use crate::broker::start::{How, ensure};
use crate::ui;

/// Start the broker in the background, and return when it answers
#[derive(Debug, clap::Args)]
pub(super) struct Start {
    /// End it when no program has asked for this long (`30m`)
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    idle_exit: Option<u32>,
    /// Take another port, and a new token, from now on
    #[arg(long)]
    new_port: bool,
}

impl Start {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let place = BrokerPaths::meant(&runner.state()?, runner.context);
        let choice = if self.new_port { Choice::New } else { Choice::Keep };
        if self.new_port {
            stop::stop(&place)?;
        }
        let (running, new) = ensure(&place, How { choice, idle_exit: self.idle_exit }, runner.context)?;
        if runner.shared.json {
            ui::print_json(&running.status)?;
        }
        if let Some(told) = running.other_version() {
            ui::warn(&format!(
                "the broker that runs is of {told}; to start one of this version, type: awsesame broker stop; \
                 awsesame broker start"
            ));
        }
        let (port, pid) = (&running.status["port"], &running.status["pid"]);
        let word = if new { "started" } else { "runs already" };
        let whose = place.far().map_or_else(String::new, |far| {
            format!(", with the sessions of the one behind `{}`", Shown(&far.to_string_lossy()))
        });
        ui::say(&format!("the broker {word}: http://127.0.0.1:{port} (pid {pid}){whose}"));
        Ok(ExitCode::SUCCESS)
    }
}
