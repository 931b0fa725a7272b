//! `awsesame check`: tests whether a session is there, for scripts and Makefiles. The front answers it from a fresh
//! session; this file handles all other cases.

use std::process::ExitCode;

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::session::standing::Standing;

use super::{Named, Needs, Runner, seconds};
use crate::broker::place::BrokerPaths;
use crate::broker::pointed;
use crate::session::story::{ReadySession, Want};
use crate::ui;
use crate::ui::report::SessionObject;

/// Exit with 0 if there is a session, else with 3 and one line that says what to type
///
/// It never asks, and prints nothing if there is a session. A role whose MFA session is there is
/// assumed or renewed silently, as `env` and `exec` would.
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    #[command(flatten)]
    pub(super) named: Named,
    /// Require a session that lasts at least this much longer (`30m`)
    #[arg(long = "for", value_name = "TIME", value_parser = seconds)]
    least: Option<u32>,
    #[command(flatten)]
    needs: Needs,
}

impl Check {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let now = runner.context.now();
        match self.look(runner, now) {
            Ok(ready) => {
                if runner.shared.json {
                    ui::print_json(&SessionObject::of(&ready.session.header, Standing::Fresh.word(), now))?;
                }
                Ok(ExitCode::SUCCESS)
            }
            Err(fault) => {
                if runner.shared.json {
                    runner.tell_program(&fault);
                }
                ui::say(&fault.in_one_line_with(&runner.hint(&fault)));
                Ok(ExitCode::from(fault.exit() as u8))
            }
        }
    }

    fn look(&self, runner: &Runner<'_>, now: i64) -> Result<ReadySession, Fault> {
        // A session does not help programs that ask a broker that no longer runs.
        let url = runner.context.var("AWS_CONTAINER_CREDENTIALS_FULL_URI");
        pointed::check(&BrokerPaths::meant(&runner.state()?, runner.context), url.as_deref())?;
        let pin = runner.context.pin(self.needs.account.as_deref(), self.needs.role.as_deref());
        let max_age = self.needs.max_age.map(i64::from);
        let mut want = Want { max_age, ..Want::without_a_code(runner.profile(), pin) };
        let ready = runner.session_for(&mut want, false)?;
        if self.least.is_some_and(|least| ready.session.header.left(now) < i64::from(least)) {
            let subject = ready.session.header.subject.clone();
            return Err(Fault::LoginNeeded { subject, reason: NoSession::TooShort });
        }
        Ok(ready)
    }
}
