//! `awsesame keys import`: moves keys from AWS's files to the store.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Typed};
use serde::Serialize;

use super::super::Runner;
use crate::keys::import::{Imported, candidates, import};
use crate::ui;
use crate::ui::FaultObject;

/// Move a key out of `~/.aws/credentials` (or `~/.aws/config`) into the store
#[derive(Debug, clap::Args)]
pub(super) struct Import {
    /// Do this for the keys of all profiles
    #[arg(long)]
    all: bool,
}

impl Import {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let keys = runner.keys(&state)?;
        let files = runner.context.folders().aws()?;
        let one = |profile: &ProfileName| import(&keys, &files, profile, runner.keys_store(profile)?);
        if !self.all {
            let profile = runner.meant_profile();
            let imported = one(&profile)?;
            if runner.shared.json {
                ui::print_json(&Outcome::of(&profile, Ok(&imported)))?;
            }
            tell(&profile, &imported);
            closing(&[(profile, imported)]);
            return Ok(ExitCode::SUCCESS);
        }
        let profiles = candidates(&files)?;
        if profiles.is_empty() {
            ui::say("no profile has a long-term key in AWS's files");
        }
        let mut objects = Vec::new();
        let mut moved = Vec::new();
        let mut refused: Option<Fault> = None;
        for profile in profiles {
            match one(&profile) {
                Ok(imported) => {
                    objects.push(Outcome::of(&profile, Ok(&imported)));
                    // The others follow.
                    let imported = Imported { still: Vec::new(), ..imported };
                    tell(&profile, &imported);
                    moved.push((profile, imported));
                }
                // The keys of the other profiles are still moved.
                Err(fault) => {
                    objects.push(Outcome::of(&profile, Err(&fault)));
                    // A store that refuses every key is reported only once.
                    if refused.as_ref() != Some(&fault) {
                        ui::fault(&fault);
                    }
                    refused = Some(fault);
                }
            }
        }
        if runner.shared.json {
            ui::print_json(&objects)?;
        }
        closing(&moved);
        Ok(if refused.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
    }
}

fn tell(profile: &ProfileName, imported: &Imported) {
    let (id, store) = (&imported.key.id, Shown(&imported.key.store));
    if imported.files.is_empty() {
        ui::say(&format!("the key `{id}` of profile `{profile}` is already in the `{store}` store"));
    } else {
        let files: Vec<String> =
            imported.files.iter().map(|path| Shown(&path.to_string_lossy()).to_string()).collect();
        // The same key may also be set in other profiles.
        let own = if imported.still.is_empty() { "" } else { "under this profile " };
        ui::say(&format!(
            "the key `{id}` of profile `{profile}` is now in the `{store}` store, and no longer {own}in {}",
            files.join(" and ")
        ));
        if let Some(other) = imported.still.first() {
            let names: Vec<String> = imported.still.iter().map(|name| format!("`{name}`")).collect();
            let profiles = if names.len() == 1 { "profile" } else { "profiles" };
            ui::say(&format!(
                "the same key is still there in the clear under {profiles} {}; type: awsesame keys import -p {}",
                names.join(", "),
                Typed(other.as_str())
            ));
        }
    }
    super::remarks(profile, &imported.key, imported.before.as_ref());
}

/// Writes what to do next, once.
fn closing(imported: &[(ProfileName, Imported)]) {
    let moved: Vec<_> = imported.iter().filter(|(_, imported)| !imported.files.is_empty()).collect();
    let Some((profile, _)) = moved.last() else { return };
    let shown = |path: &Path| Shown(&path.to_string_lossy()).to_string();
    let backups: Vec<&PathBuf> = moved.iter().flat_map(|(_, imported)| &imported.backups).collect();
    let folder = backups.first().and_then(|backup| backup.parent()).filter(|_| moved.len() > 1);
    let (kept, place, it) = if let Some(folder) = folder {
        // Each backup is the file before its key was moved.
        ("until each key has been used once, its old file is saved in", shown(folder), "one")
    } else {
        let backups: Vec<String> = backups.iter().map(|path| shown(path)).collect();
        ("until the key has been used once, the old file is saved as", backups.join(" and "), "it")
    };
    let flag = profile.flag();
    ui::say(&format!("{kept} {place}; to use {it}: awsesame login{flag}"));
    ui::say(&format!(
        "plain `aws` no longer finds a key there; it asks awsesame with `credential_process = awsesame process{flag}` \
         in the profile, or is given a session by `use awsesame` in an .envrc"
    ));
}

/// The JSON of `keys import`: the outcome for one profile's key.
#[derive(Serialize)]
#[serde(untagged)]
enum Outcome {
    Moved { profile: String, key: String, store: String, files: Vec<String>, backups: Vec<String> },
    Failed(FaultObject),
}

impl Outcome {
    fn of(profile: &ProfileName, outcome: Result<&Imported, &Fault>) -> Self {
        let list = |paths: &[PathBuf]| paths.iter().map(|path| path.to_string_lossy().into_owned()).collect();
        match outcome {
            Ok(imported) => Self::Moved {
                profile: profile.as_str().to_owned(),
                key: imported.key.id.as_str().to_owned(),
                store: imported.key.store.clone(),
                files: list(&imported.files),
                backups: list(&imported.backups),
            },
            Err(fault) => Self::Failed(FaultObject::of(fault, Some(profile))),
        }
    }
}
