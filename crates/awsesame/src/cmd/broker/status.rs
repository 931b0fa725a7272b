//! `awsesame broker status`: shows whether the broker runs, and what it has served.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::Shown;

use super::super::Runner;
use crate::broker::place::BrokerPaths;
use crate::broker::start::{Running, mute};
use crate::ui;

/// Show whether the broker runs, where, and what it serves
#[derive(Debug, clap::Args)]
pub(super) struct Status {}

impl Status {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let place = BrokerPaths::meant(&runner.state()?, runner.context);
        let Ok(mut running) = Running::find(&place) else {
            if let Some(mute) = mute(&place)? {
                return Err(mute.into());
            }
            if runner.shared.json {
                ui::print_json(&serde_json::json!({ "running": false }))?;
            }
            ui::say("no broker is running; type: awsesame broker start");
            return Ok(ExitCode::FAILURE);
        };
        if let Some(told) = running.other_version() {
            ui::warn(&format!(
                "the broker is of {told}, and this is awsesame {}; to start one of this version, type: \
                 awsesame broker stop; awsesame broker start",
                env!("CARGO_PKG_VERSION")
            ));
        }
        let status = &mut running.status;
        status["socket"] = place.socket().to_string_lossy().into();
        status["token_file"] = place.token().to_string_lossy().into();
        if let Some(far) = place.far() {
            status["elsewhere"] = far.to_string_lossy().into();
        }
        status["log"] = place.log().to_string_lossy().into();
        if runner.shared.json {
            ui::print_json(status)?;
            return Ok(ExitCode::SUCCESS);
        }
        let text = |name: &str| match &status[name] {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let profiles: Vec<&str> = status["profiles"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(serde_json::Value::as_str)
            .collect();
        let profiles = if profiles.is_empty() { "none yet".to_owned() } else { profiles.join(", ") };
        if let Some(far) = place.far() {
            ui::print(&format!("sessions  of the broker behind {}\n", Shown(&far.to_string_lossy())))?;
        }
        ui::print(&format!(
            "address   http://127.0.0.1:{}\npid       {}\nsince     {}\nprofiles  {profiles}\n\
             answers   {} served, {} refused\nmemory    {} KiB\ntoken     {}\nsocket    {}\nlog       {}\n",
            text("port"),
            text("pid"),
            text("since"),
            text("served"),
            text("refused"),
            text("memory_kib"),
            text("token_file"),
            text("socket"),
            text("log"),
        ))?;
        Ok(ExitCode::SUCCESS)
    }
}
