//! `awsesame mfa code`: prints a code for use elsewhere, such as the console. AWS accepts a code only once, so a
//! printed code is recorded as spent.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::session::ledger::{self, Verdict};
use awsesame_core::turn::Terms;

use super::super::Runner;
use crate::code::Question;
use crate::code::chosen::SourceContext;
use crate::code::turn::CodeWait;
use crate::config::plan::Planned;
use crate::session::locks;
use crate::state::ledger::Ledger as _;
use crate::state::lock::{Flight, Waiting};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The number of attempts if a source with several devices returns a spent code.
const TRIES: u32 = 3;

/// Print a code from the configured source; it counts as spent
#[derive(Debug, clap::Args)]
pub(super) struct Code {}

impl Code {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let context = runner.context;
        let scene = SessionKeyring { context, state: &state, vault: &vault };
        let plan = Planned::of(context, runner.profile(), None)?.plan;
        let chosen = runner.chosen(runner.profile_name().as_deref())?;
        let place = SourceContext {
            context,
            state: &state,
            may_ask: runner.may_ask()?,
            patience: runner.patience()?,
        };
        let source = if chosen.is_automatic() { chosen.open(place)? } else { None };
        let Some(mut source) = source else { return Err(Fault::CodesAreTyped { name: chosen.name() }) };
        let (identity, devices) = super::devices(&scene, &plan, runner.may_ask()?)?;
        // A login with the same devices would use the same code.
        let waiting = Waiting {
            terms: Terms { limit: runner.patience()?, resigns: false },
            served: &|| false,
            notice: &|holder| locks::tell(&plan.subject, holder),
        };
        let _flight = Flight::take(&state, &plan.lock_id(), &plan.subject, &waiting)?;
        let mut turn = CodeWait::new();
        let mut spent = None;
        for _ in 0..TRIES {
            turn.wait(context, &state, &devices);
            let now = context.now();
            let question = Question {
                subject: &plan.subject,
                identity: identity.as_deref(),
                devices: &devices,
                remark: None,
                now,
                came: &|| false,
            };
            let code = source.code(&question)?;
            let serial = code.of.as_ref().unwrap_or_else(|| devices.likeliest());
            let _device = Flight::of_device(&state, serial, &plan.subject)?;
            match state.may_send(serial, &code.digits, now) {
                Verdict::Send => {
                    // The code is recorded before it is printed, because it may be used as soon as it is printed.
                    state.spend(serial, ledger::step(now), &code.digits)?;
                    ui::print(&format!("{}\n", code.digits.as_str()))?;
                    return Ok(ExitCode::SUCCESS);
                }
                Verdict::Wait(wait) => {
                    let subject = plan.subject.clone();
                    spent = Some(Fault::CodeSpent { serial: serial.clone(), subject, wait });
                    turn.tried(now);
                }
            }
        }
        Err(spent.unwrap_or_else(|| Fault::Bug { what: "a code was neither spent nor unspent".into() }))
    }
}
