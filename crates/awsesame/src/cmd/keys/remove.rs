//! `awsesame keys remove`: deletes a key from its store. It asks first, because AWS shows a secret only once, and the
//! store may have the only copy.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;

use super::super::Runner;
use super::super::person::is_yes;
use crate::config::profiles;
use crate::keys::Keys;
use crate::ui;

/// Delete a profile's key from its store
#[derive(Debug, clap::Args)]
pub(super) struct Remove {
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Remove {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let keys = runner.keys(&state)?;
        let profile = runner.meant_profile();
        let _turn = keys.turn()?;
        let mut index = keys.index()?;
        let Some(stored) = index.get(&profile).cloned() else {
            return Err(Fault::NoKeyInStore { profile });
        };
        let shared = index.sharing(&stored).into_iter().find(|other| **other != profile).cloned();
        if !self.yes {
            ask(runner, &profile, &question(runner, &profile, &stored.id.to_string(), shared.as_ref())?)?;
        }
        index.remove(&profile);
        let (id, store) = (&stored.id, &stored.store);
        match shared {
            Some(other) => {
                keys.write(&index)?;
                ui::say(&format!(
                    "profile `{profile}` no longer has a key; `{id}` stays in the `{store}` store for profile `{other}`"
                ));
            }
            None => gone(&keys, &stored, &index).map(|()| {
                ui::say(&format!(
                    "the key `{id}` of profile `{profile}` is no longer in the `{store}` store"
                ));
            })?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Deletes the key from the store first and then from the index. In the other order, a crash in between would leave a
/// secret that nobody knows.
fn gone(
    keys: &Keys<'_>,
    stored: &awsesame_core::aws_files::key_index::StoredKey,
    index: &awsesame_core::aws_files::key_index::KeyIndex,
) -> Result<(), Fault> {
    keys.destroy(stored)?;
    keys.write(index)
}

fn question(
    runner: &Runner<'_>,
    profile: &ProfileName,
    id: &str,
    shared: Option<&ProfileName>,
) -> Result<String, Fault> {
    if let Some(other) = shared {
        return Ok(format!("profile `{profile}` loses the key `{id}`, which stays for profile `{other}`"));
    }
    let files = profiles::in_files(&runner.context.folders().aws()?)?;
    let in_files = files.names().any(|name| {
        let settings = files.get(name);
        settings.is_some_and(|settings| {
            settings.get("aws_access_key_id") == Some(id) && settings.has("aws_secret_access_key")
        })
    });
    Ok(if in_files {
        format!("the key `{id}` is deleted in the store, and stays in AWS's files")
    } else {
        format!("this is the only copy of the secret half of `{id}`, and AWS will not show it again")
    })
}

fn ask(runner: &Runner<'_>, profile: &ProfileName, what: &str) -> Result<(), Fault> {
    let mut person = runner.person("the removal of a key", "keys remove --yes", profile)?;
    let answer = person.says(&format!("{what}\nremove it? [y/N] "))?;
    if answer.is_some_and(|answer| is_yes(&answer)) {
        return Ok(());
    }
    Err(Fault::NotConfirmed {
        what: "nothing was removed",
        then: "keys remove".to_owned(),
        profile: profile.clone(),
    })
}
