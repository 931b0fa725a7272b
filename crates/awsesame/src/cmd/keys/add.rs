//! `awsesame keys add`: stores a key that is typed without echo or read from stdin. A key is never an argument, because
//! the shell's history and `ps` would show it.

use std::io::{IsTerminal, Read};
use std::process::ExitCode;

use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::fault::Fault;
use awsesame_core::name::{AccessKeyId, ProfileName};
use serde::Serialize;
use zeroize::Zeroizing;

use super::super::Runner;
use crate::os::file;
use crate::ui;

/// The maximum size of the input. It is larger than any form in which AWS provides a key.
const MOST_BYTES: u64 = 64 * 1024;

/// Put a key into the store: typed at the terminal, or from stdin in the form that AWS gives it
#[derive(Debug, clap::Args)]
pub(super) struct Add {
    /// Name a key that is in the store already, instead of giving one
    #[arg(long, value_name = "KEY-ID")]
    existing: Option<String>,
}

/// The key that was added, as programs read it.
#[derive(Serialize)]
struct AddedObject<'a> {
    profile: &'a str,
    key: &'a str,
    store: &'a str,
}

impl Add {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let keys = runner.keys(&state)?;
        let profile = runner.meant_profile();
        let store = runner.keys_store(&profile)?;
        let given = match &self.existing {
            Some(_) => None,
            None => Some(read(runner, &profile)?),
        };
        let id = match (&given, &self.existing) {
            (Some(key), _) => key.id.clone(),
            (None, existing) => AccessKeyId::new(existing.as_deref().unwrap_or_default()),
        };
        let stored = StoredKey { id, store: store.to_owned() };
        let _turn = keys.turn()?;
        let mut index = keys.index()?;
        match given {
            Some(key) => keys.lay_down(&stored, &key.secret, &profile)?,
            None => keys.fetch(&stored, &profile).map(drop)?,
        }
        let before = index.insert(profile.clone(), stored.clone()).filter(|before| *before != stored);
        keys.write(&index)?;
        if runner.shared.json {
            ui::print_json(&AddedObject {
                profile: profile.as_str(),
                key: stored.id.as_str(),
                store: &stored.store,
            })?;
        }
        ui::say(&format!("the key `{}` of profile `{profile}` is now in the `{store}` store", stored.id));
        super::remarks(&profile, &stored, before.as_ref());
        Ok(ExitCode::SUCCESS)
    }
}

fn read(runner: &Runner<'_>, profile: &ProfileName) -> Result<AccessKey, Fault> {
    let stdin = std::io::stdin();
    if stdin.is_terminal() {
        return ask(runner, profile);
    }
    let wrong = |why: String| Fault::BadKey { why };
    // The buffer has its maximum size from the start, because a growing buffer would leave copies of a secret in
    // memory.
    let mut text = Zeroizing::new(Vec::with_capacity(usize::try_from(MOST_BYTES).unwrap_or_default()));
    stdin
        .lock()
        .take(MOST_BYTES)
        .read_to_end(&mut text)
        .map_err(|error| wrong(format!("stdin cannot be read: {}", file::words(&error))))?;
    let text = std::str::from_utf8(&text).map_err(|_| wrong("what came on stdin is not text".into()))?;
    AccessKey::parse(text)
}

fn ask(runner: &Runner<'_>, profile: &ProfileName) -> Result<AccessKey, Fault> {
    let mut person = runner.person("a key that is typed in", "keys add", profile)?;
    let cancelled = || Fault::NotConfirmed {
        what: "no key was added",
        then: "keys add".to_owned(),
        profile: profile.clone(),
    };
    let id = person.says(&format!("access key id of profile `{profile}`: "))?.ok_or_else(cancelled)?;
    // An invalid ID is reported before the secret is requested.
    AccessKey::check_id(&id)?;
    let secret = person.whispers("secret access key (not shown): ")?.ok_or_else(cancelled)?;
    AccessKey::new(&id, secret.expose())
}
