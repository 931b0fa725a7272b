//! `awsesame wait`: until somebody logged in elsewhere.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use awsesame_core::fault::{Fault, NoSession};

use super::{Runner, seconds};
use crate::login::Asking;
use crate::stage::Stage;
use crate::story::Want;
use crate::watch::Watch;
use crate::{report, ui};

/// Return as soon as there is a session: somebody logged in elsewhere
#[derive(Debug, clap::Args)]
pub(super) struct Wait {
    /// Give up (exit 3) after this long
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    timeout: Option<u32>,
}

impl Wait {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let vault = runner.vault_for(&state, false)?;
        let scene = Stage { context: runner.context, state: &state, vault: &vault };
        let until = self.timeout.map(|seconds| Instant::now() + Duration::from_secs(u64::from(seconds)));
        // Watching comes before looking: a login between the two is then still noticed.
        let mut watch = Watch::folder(&state.stamps_folder())?;
        loop {
            let mut want = Want {
                profile: runner.profile(),
                max_age: None,
                duration: None,
                force: false,
                pin: runner.context.pin(None, None),
                asking: Asking { given: None, may_ask: false, patience: Duration::ZERO, chosen: None },
                must_keep: false,
            };
            match scene.session(&mut want) {
                Ok(told) => {
                    let now = runner.context.now();
                    if runner.shared.json {
                        ui::print(&report::json(&told.header, "fresh", now))?;
                    }
                    ui::say(&report::sentence(&told.header, now));
                    return Ok(ExitCode::SUCCESS);
                }
                Err(Fault::LoginNeeded { subject, reason }) => {
                    if !watch.changed(until)? {
                        return Err(Fault::LoginNeeded { subject, reason });
                    }
                }
                Err(fault) => return Err(fault),
            }
        }
    }
}

/// Every reason for which waiting helps is one that a login mends.
const _: fn(NoSession) = |reason| match reason {
    NoSession::Never
    | NoSession::Expired
    | NoSession::MfaTooOld
    | NoSession::TooShort
    | NoSession::Unwanted
    | NoSession::Sealed
    | NoSession::Damaged => (),
};
