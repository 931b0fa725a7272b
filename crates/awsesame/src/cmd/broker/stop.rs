//! `awsesame broker stop`: ends the broker of this user.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use awsesame_core::fault::{BrokerFault, Fault};
use rustix::process::{Signal, kill_process};

use super::super::Runner;
use crate::broker::lease::{self, Lease};
use crate::broker::place::BrokerPaths;
use crate::ui;

/// The time limit for the broker to exit.
const PATIENCE: Duration = Duration::from_secs(5);
const TICK: Duration = Duration::from_millis(10);

/// Stop the broker
#[derive(Debug, clap::Args)]
pub(super) struct Stop {}

impl Stop {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        match stop(&BrokerPaths::meant(&state, runner.context))? {
            Some(pid) => {
                // Shells of direnv that use the broker load their .envrc again, which starts another broker if it is
                // needed.
                for stem in state.session_stems()? {
                    let _ = state.touch(&state.named_stamp(&stem));
                }
                ui::say(&format!("the broker is stopped (pid {pid})"));
            }
            None => ui::say("no broker is running"),
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Stops the broker; which process it was, if there was one.
pub(super) fn stop(place: &BrokerPaths) -> Result<Option<u32>, Fault> {
    let pid = match Lease::holder(place) {
        Ok(Some(pid)) => pid,
        Ok(None) => return Ok(None),
        // No process here is it, so no signal reaches it.
        Err(Fault::Broker(BrokerFault::Runs { pid: None })) => return Err(BrokerFault::OutOfReach.into()),
        Err(fault) => return Err(fault),
    };
    let begun = Instant::now();
    let mut signal = Signal::TERM;
    loop {
        // This is checked before every signal: a process that no longer holds the lock is not the broker.
        if Lease::holder(place)? != Some(pid) {
            return Ok(Some(lease::number(pid)));
        }
        // A broker that has already ended counts as stopped.
        let _ = kill_process(pid, signal);
        while Lease::holder(place)? == Some(pid) && begun.elapsed() < PATIENCE {
            std::thread::sleep(TICK);
        }
        if signal == Signal::KILL && begun.elapsed() > 2 * PATIENCE {
            return Err(BrokerFault::Runs { pid: Some(lease::number(pid)) }.into());
        }
        signal = Signal::KILL;
    }
}
