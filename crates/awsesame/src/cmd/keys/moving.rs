//! `awsesame keys move`: moves keys, or the sessions, from one store to another.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown};
use serde::Serialize;

use super::super::Runner;
use crate::keys::moving::Candidate;
use crate::store;
use crate::ui;

/// Move a key, or the sessions, into another store
///
/// The key is written there and read back before it is deleted where it was. With `--sessions`, the sessions are
/// encrypted with a key of the new store before the old key is deleted.
#[derive(Debug, clap::Args)]
pub(super) struct Move {
    /// The store to move to: age, gpg, pass, secret-service, keychain, keybase, command or file; kernel for sessions
    #[arg(long, value_name = "STORE")]
    to: String,
    /// Every key that is in another store
    #[arg(long)]
    all: bool,
    /// The sessions, instead of a key
    #[arg(long, conflicts_with = "all")]
    sessions: bool,
    /// Only show what would be moved
    #[arg(long)]
    dry_run: bool,
}

impl Move {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        if self.sessions {
            return self.move_sessions(runner);
        }
        let to = self.destination()?;
        let state = runner.state()?;
        let keys = runner.keys(&state)?;
        if !self.dry_run {
            keys.end_moves()?;
        }
        let meant = runner.meant_profile();
        let candidates = keys.to_move(to, (!self.all).then_some(&meant))?;
        if candidates.is_empty() {
            ui::say(&format!("there is no key to move: all of them are in the `{to}` store already"));
        }
        let mut objects = Vec::new();
        let mut refused = None;
        for candidate in &candidates {
            let outcome = if self.dry_run { Ok(()) } else { keys.relocate(candidate, to) };
            objects.push(object(candidate, to, self.dry_run, outcome.as_ref().err()));
            match outcome {
                Ok(()) => ui::say(&sentence(candidate, to, self.dry_run)),
                // The other keys are still moved.
                Err(fault) if self.all => {
                    ui::fault(&fault);
                    refused = Some(fault);
                }
                Err(fault) => return Err(fault),
            }
        }
        if runner.shared.json {
            ui::print_json(&objects)?;
        }
        if !candidates.is_empty() && !self.dry_run {
            warn_of_the_clear(to);
        }
        Ok(if refused.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }

    /// Moves the sessions out of the store that is set.
    fn move_sessions(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let from = runner.store()?;
        let to = self.to.as_str();
        if !store::NAMES.contains(&to) {
            return Err(self.no_store(&store::NAMES));
        }
        if from == to {
            ui::say(&format!("the sessions are in the `{to}` store already"));
            return Ok(ExitCode::SUCCESS);
        }
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let count = if self.dry_run {
            vault.count()?
        } else {
            vault.move_to(&runner.vault_in(&state, to, runner.may_ask()?)?, runner.context.now())?
        };
        let noun = if count == 1 { "session" } else { "sessions" };
        let did = if self.dry_run { "would move" } else { "moved" };
        ui::say(&format!("{did} {count} {noun} from the `{}` store to the `{to}` store", Shown(&from)));
        if !self.dry_run {
            ui::say(&format!("write `store = \"{to}\"` into config.toml, or: export AWSESAME_STORE={to}"));
            warn_of_the_clear(to);
        }
        if runner.shared.json {
            ui::print_json(&SessionsObject { sessions: count, from: &from, to, moved: !self.dry_run })?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the store with this name, if it can keep keys.
    fn destination(&self) -> Result<&'static str, Fault> {
        let choices: Vec<&str> = store::keepers().collect();
        let named = store::NAMES.into_iter().find(|name| *name == self.to && store::keeps(name));
        named.ok_or_else(|| self.no_store(&choices))
    }

    fn no_store(&self, choices: &[&str]) -> Fault {
        let expected = format!("one of {}", choices.join(", "));
        Fault::BadValue { setting: "--to", value: self.to.clone(), expected }
    }
}

fn warn_of_the_clear(to: &str) {
    if to == store::file::NAME {
        ui::warn("the `file` store is not encrypted: whatever runs as you can read the key there");
    }
}

/// The JSON of `keys move --sessions`.
#[derive(Debug, Serialize)]
struct SessionsObject<'a> {
    sessions: usize,
    from: &'a str,
    to: &'a str,
    moved: bool,
}

fn sentence(Candidate { key, profiles }: &Candidate, to: &str, dry: bool) -> String {
    let names: Vec<String> = profiles.iter().map(|name| format!("`{name}`")).collect();
    let noun = if names.len() == 1 { "profile" } else { "profiles" };
    let did = if dry { "would move" } else { "moved" };
    format!(
        "{did} the key `{}` of {noun} {} from the `{}` store to the `{to}` store",
        key.id,
        names.join(", "),
        Shown(&key.store)
    )
}

/// A key that was or would be moved, as programs read it.
#[derive(Serialize)]
struct MovedObject<'a> {
    key: &'a str,
    profiles: Vec<&'a str>,
    from: &'a str,
    to: &'a str,
    moved: bool,
    error: Option<String>,
}

fn object<'a>(
    Candidate { key, profiles }: &'a Candidate,
    to: &'a str,
    dry: bool,
    fault: Option<&Fault>,
) -> MovedObject<'a> {
    MovedObject {
        key: key.id.as_str(),
        profiles: profiles.iter().map(ProfileName::as_str).collect(),
        from: &key.store,
        to,
        moved: !dry && fault.is_none(),
        error: fault.map(|fault| fault.slug().to_owned()),
    }
}
