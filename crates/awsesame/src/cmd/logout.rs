//! `awsesame logout`: deletes sessions. AWS cannot end them early, so a copy of the credentials works until they
//! expire.

use std::collections::BTreeSet;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::session::file_stem;

use super::{Named, Runner};
use crate::aws::Aws;
use crate::config::plan::Planned;
use crate::signin::{Need, Signing, Way};
use crate::state::State;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// Delete the session of a profile, and the MFA session that it comes from
#[derive(Debug, clap::Args)]
pub(super) struct Logout {
    #[command(flatten)]
    pub(super) named: Named,
    /// Delete every session, and the key that decrypts them
    #[arg(long)]
    all: bool,
}

impl Logout {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        if self.all {
            let mut known = BTreeSet::new();
            let all = Planned::all(runner.context).unwrap_or_default();
            for planned in all.iter().filter(|planned| known.insert(planned.plan.grant_id())) {
                sign_out(runner, &state, planned);
            }
            // The key is deleted first, because without it no session can be opened. A store that cannot be reached
            // contains no usable key.
            let locked = runner.vault(&state).map_or(Ok(false), |vault| vault.lock());
            for stem in state.session_stems()? {
                forget(&state, &stem)?;
            }
            locked?;
            ui::say("every session is deleted");
            return Ok(ExitCode::SUCCESS);
        }
        let subject = runner.context.subject(runner.profile());
        let own = file_stem(&subject);
        let mut roots = BTreeSet::new();
        if let Some(Ok(session)) = state.session(&subject)? {
            roots.extend(session.header().root.clone());
        }
        // After an interrupted login, the MFA session can be there without a session that names it.
        if let Ok(planned) = Planned::of(runner.context, runner.profile(), None) {
            sign_out(runner, &state, &planned);
            roots.insert(planned.plan.root_id());
            roots.extend(planned.plan.grant_id());
        }
        let (mut any, mut others) = (false, BTreeSet::new());
        for (stem, session) in state.sessions()? {
            // A session of the same MFA session could renew this one without a code.
            if let Ok(session) = session
                && session.header().root.as_ref().is_some_and(|root| roots.contains(root))
                && stem != own
            {
                if file_stem(&session.header().subject) == stem {
                    others.insert(session.header().subject.to_string());
                }
                any |= forget(&state, &stem)?;
            }
        }
        // The files are also deleted by name, because an unreadable file may be readable later.
        for stem in state.session_stems()? {
            if stem == own || roots.contains(&stem) {
                any |= forget(&state, &stem)?;
            }
        }
        if any {
            change_key(runner, &state);
            let also = if others.is_empty() {
                String::new()
            } else {
                format!(", and with it {}", others.into_iter().collect::<Vec<_>>().join(", "))
            };
            ui::say(&format!("the session of {subject} is deleted{also}"));
        } else {
            ui::say(&format!("{subject} had no session"));
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Seals what stays under a new key, so that earlier copies no longer open.
fn change_key(runner: &Runner<'_>, state: &State) {
    let changed = runner.vault(state).and_then(|vault| vault.change_key(runner.context.now()));
    if let Err(fault) = changed {
        let hint = "forget all of them: awsesame logout --all";
        ui::warn(&format!(
            "a copy of what is forgotten would still open, because its key could not be changed: {fault}; {hint}"
        ));
    }
}

/// Ends a sign-in by browser at the service, if possible. In any case it is deleted here.
fn sign_out(runner: &Runner<'_>, state: &State, planned: &Planned) {
    let plan = &planned.plan;
    let Some(grant) = plan.grant_id().filter(|grant| state.has(grant)) else { return };
    let ended = runner.vault(state).and_then(|vault| {
        let keyring = SessionKeyring { context: runner.context, state, vault: &vault };
        let aws = Aws::reach(&plan.client, runner.context)?;
        Signing::of(&keyring, plan, &aws, &Way::default(), Need::default())?.sign_out();
        Ok(())
    });
    if let Err(fault) = ended {
        ui::warn(&format!("`{grant}` is only deleted here: {fault}"));
    }
}

/// Deletes one session, and notifies everything that watches it.
fn forget(state: &State, stem: &str) -> Result<bool, Fault> {
    let stamp = state.named_stamp(stem);
    if state.has(stem) {
        // The notice is sent before and after. If only the second one was sent and this run was killed before it, the
        // watchers would keep their keys.
        let _ = state.touch(&stamp);
    }
    let there = state.forget(stem)?;
    if there {
        state.touch(&stamp)?;
    }
    Ok(there)
}
