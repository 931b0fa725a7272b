//! `awsesame logout`: sessions forgotten. AWS cannot be told to end them before
//! their time, so whoever copied one elsewhere keeps it until it expires.

use std::collections::BTreeSet;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::session::file_stem;

use super::Runner;
use crate::state::State;
use crate::ui;
use crate::vault::Vault;

/// Forget the session of a profile, and the MFA session beneath it
#[derive(Debug, clap::Args)]
pub(super) struct Logout {
    /// Forget every session, and the key that opens them
    #[arg(long)]
    all: bool,
}

impl Logout {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        if self.all {
            for stem in state.session_stems() {
                forget(&state, &stem)?;
            }
            // A store that cannot be reached holds no key that anybody could use now.
            if let Ok(vault) = Vault::open(&state, &runner.store()) {
                vault.lock()?;
            }
            ui::say("every session is forgotten");
            return Ok(ExitCode::SUCCESS);
        }
        let subject = runner.context.subject(runner.profile());
        let own = file_stem(&subject);
        let root = match state.session(&subject)? {
            Some(Ok(session)) => Some(session.header().root.clone()),
            _ => None,
        };
        let mut others = BTreeSet::new();
        for (stem, session) in state.sessions() {
            // Whatever stems from the same MFA session could bring this one back without a code.
            if let Ok(session) = session
                && root.as_ref() == Some(&session.header().root)
                && stem != own
            {
                if file_stem(&session.header().subject) == stem {
                    others.insert(session.header().subject.to_string());
                }
                forget(&state, &stem)?;
            }
        }
        if forget(&state, &own)? {
            let also = if others.is_empty() {
                String::new()
            } else {
                format!(", and with it {}", others.into_iter().collect::<Vec<_>>().join(", "))
            };
            ui::say(&format!("the session of {subject} is forgotten{also}"));
        } else {
            ui::say(&format!("{subject} had no session"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One session gone, and everybody who watches it told.
fn forget(state: &State, stem: &str) -> Result<bool, Fault> {
    let there = state.forget(stem)?;
    if there {
        state.touch(&state.named_stamp(stem))?;
    }
    Ok(there)
}
