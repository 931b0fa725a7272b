//! `awsesame wait`: waits until somebody has logged in elsewhere.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use awsesame_core::fault::{BrokerFault, Exit, Fault, NoSession};

use super::{Named, Runner, seconds};
use crate::broker::news::News;
use crate::os::watch::Watch;
use crate::session::story::Want;
use crate::ui;
use crate::ui::report;
use crate::ui::report::SessionObject;

/// Wait until there is a session, for example after a login in another shell
#[derive(Debug, clap::Args)]
pub(super) struct Wait {
    #[command(flatten)]
    pub(super) named: Named,
    /// Give up (exit 3) after this long
    #[arg(long, value_name = "TIME", value_parser = seconds)]
    timeout: Option<u32>,
}

impl Wait {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let until = self.timeout.map(|seconds| Instant::now() + Duration::from_secs(u64::from(seconds)));
        let away = runner.context.broker_elsewhere();
        // The watch starts before the first lookup, so that a login in between is noticed.
        let mut changes = match &away {
            Some(socket) => Changes::Away(News::from_now(socket)),
            None => Changes::Here(Watch::folder(&runner.state()?.stamps_folder())?),
        };
        let mut last_look = false;
        loop {
            let mut want = Want::without_a_code(runner.profile(), runner.context.pin(None, None));
            match runner.session_for(&mut want, false) {
                Ok(ready) => {
                    let now = runner.context.now();
                    if runner.shared.json {
                        ui::print_json(&SessionObject::of(&ready.session.header, "fresh", now))?;
                    }
                    ui::say(&report::sentence(&ready.session.header, now));
                    return Ok(ExitCode::SUCCESS);
                }
                Err(
                    fault @ (Fault::LoginNeeded { .. }
                    | Fault::Broker(BrokerFault::Refuses { exit: Exit::LoginNeeded, .. })),
                ) => {
                    if last_look {
                        return Err(fault);
                    }
                    // A process that was stopped for longer than its limit looks once more before it gives up.
                    last_look = !changes.wait(until)?;
                }
                Err(fault) => return Err(fault),
            }
        }
    }
}

/// The sources of a reason to look again.
enum Changes<'a> {
    Here(Watch),
    /// The broker of another machine.
    Away(News<'a>),
}

impl Changes<'_> {
    /// Waits for a change, at most until a given time. Returns false if that time has come.
    fn wait(&mut self, until: Option<Instant>) -> Result<bool, Fault> {
        match self {
            Self::Here(watch) => watch.changed(until),
            Self::Away(news) => Ok(news.changed(until)),
        }
    }
}

/// Checks at compile time that for each of these reasons a login, and so waiting for one, helps.
const _: fn(NoSession) = |reason| match reason {
    NoSession::Never
    | NoSession::Expired
    | NoSession::MfaTooOld
    | NoSession::TooShort
    | NoSession::Unwanted
    | NoSession::Sealed
    | NoSession::Elsewhere(_)
    | NoSession::Damaged
    | NoSession::Newer => (),
};
