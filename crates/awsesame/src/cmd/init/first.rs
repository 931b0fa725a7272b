//! Sets up the first profile with its key. All questions come before anything is written. Then the key is stored, the
//! profile is written to `~/.aws/config`, and finally the two are connected, so that the same command can repeat a
//! killed run.

use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::aws_files::new_profile::NewProfile;
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown};

use super::super::Runner;
use super::lacking::Lacking;
use super::questions::{Answers, Questions};
use crate::config::editing::Original;
use crate::config::profiles;
use crate::keys::Keys;
use crate::os::aws_files::AwsFiles;
use crate::store;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// The result of a first set-up.
pub(super) struct SetUp {
    /// The profile that was named, perhaps only in an answer.
    pub(super) named: ProfileName,
    /// The profile that has the key.
    pub(super) holder: ProfileName,
    /// True if a device is to be enrolled for it.
    pub(super) enrol: bool,
    /// True if there is a device to log in with.
    pub(super) has_device: bool,
}

/// Asks for the missing settings and writes them. Returns `None` if the named profile is complete.
pub(super) fn set_up(
    runner: &Runner<'_>,
    named: Option<&ProfileName>,
    lacking: &Lacking,
) -> Result<SetUp, Fault> {
    let files = runner.context.folders().aws()?;
    let state = runner.state()?;
    let vault = runner.vault(&state)?;
    let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
    let person = runner.person("the set-up of a profile", "init", &lacking.profile)?;
    let mut questions =
        Questions { runner, keyring: &keyring, files: &files, person, profile: lacking.profile.clone() };
    let name = questions.name(lacking)?;
    let known = profiles::read(&files)?;
    if lacking.unnamed
        && let Ok(None) = super::lacking::lacking(runner.context, Some(&name), false)
    {
        return Ok(SetUp { named: name.clone(), holder: name, enrol: false, has_device: true });
    }
    questions.profile = name.clone();
    let Answers { new, enrol, has_device } = questions.about(&name, &known)?;
    let keys = runner.keys(&state)?;
    let home = lay_down(&mut questions, &keys, &new)?;
    let _turn = keys.turn()?;
    in_config(&files, &new)?;
    attach(&keys, &files, &new, home)?;
    let named = named.cloned().unwrap_or_else(|| name.clone());
    Ok(SetUp { named, holder: name, enrol, has_device })
}

/// Puts the key in the configured or chosen store, and returns it. Returns `None` if the key goes to AWS's own file.
fn lay_down(
    questions: &mut Questions<'_>,
    keys: &Keys<'_>,
    new: &NewProfile,
) -> Result<Option<&'static str>, Fault> {
    let runner = questions.runner;
    let config = runner.config()?;
    let profile = Some(new.name.as_str());
    if config.is_set("keys_store", profile) || store::keeps(&config.name("store", profile)) {
        let store = runner.keys_store(&new.name)?;
        put(keys, store, new)?;
        return Ok(Some(store));
    }
    let is_ready = |store: &str| store::is_ready(store, runner.context);
    let mut stores: Vec<&'static str> = store::there(runner.context).collect();
    stores.sort_by_key(|store| !is_ready(store));
    // Without an identity file, age encrypts with a passphrase.
    let has_passphrase = |store: &str| store == store::AGE && !config.is_set("stores.age.identities", None);
    while !stores.is_empty() {
        // Stores that encrypt come first, because a person who only presses Enter gets the first one.
        let encrypted = stores.iter().enumerate().map(|(at, store)| {
            if !is_ready(store) {
                return format!("the `{store}` store, encrypted, not set up yet");
            }
            let how =
                if has_passphrase(store) { " with a passphrase, which each login asks for" } else { "" };
            let advice = if at == 0 { " (recommended)" } else { "" };
            format!("the `{store}` store, encrypted{how}{advice}")
        });
        let file = "~/.aws/credentials, where every program of yours can read it".to_owned();
        let choices: Vec<String> = encrypted.chain(std::iter::once(file)).collect();
        let chosen = questions.choice("where shall the key be stored?", &choices)?;
        let Some(store) = stores.get(chosen).copied() else { break };
        match put(keys, store, new) {
            Ok(()) => return Ok(Some(store)),
            Err(fault) => {
                ui::fault(&fault);
                stores.retain(|known| *known != store);
            }
        }
    }
    Ok(None)
}

fn put(keys: &Keys<'_>, store: &str, new: &NewProfile) -> Result<(), Fault> {
    let stored = StoredKey { id: new.key.id.clone(), store: store.to_owned() };
    keys.lay_down(&stored, &new.key.secret, &new.name)
}

fn in_config(files: &AwsFiles, new: &NewProfile) -> Result<(), Fault> {
    let original = Original::read(&files.config)?;
    let old = original.as_ref().map_or("", Original::text);
    let text = new.in_config(old);
    if text == old {
        return Ok(());
    }
    match &original {
        Some(original) => original.replace(&text, "init", &new.name)?,
        None => Original::create(&files.config, &text)?,
    }
    let path = files.config.to_string_lossy();
    ui::say(&format!("wrote profile `{}` in `{}`", new.name, Shown(&path)));
    Ok(())
}

/// Makes the key the profile's.
fn attach(
    keys: &Keys<'_>,
    files: &AwsFiles,
    new: &NewProfile,
    store: Option<&'static str>,
) -> Result<(), Fault> {
    let (id, name) = (&new.key.id, &new.name);
    let mut index = keys.index()?;
    let Some(store) = store else {
        let original = Original::read(&files.credentials)?;
        let text = new.in_credentials(original.as_ref().map_or("", Original::text));
        match &original {
            Some(original) => original.replace(&text, "init", name)?,
            None => Original::create(&files.credentials, &text)?,
        }
        let path = files.credentials.to_string_lossy();
        ui::say(&format!("the key `{id}` of profile `{name}` is in `{}`", Shown(&path)));
        // A key in a store would take precedence over this one.
        if index.remove(name).is_some() {
            keys.write(&index)?;
        }
        return Ok(());
    };
    let stored = StoredKey { id: id.clone(), store: store.to_owned() };
    let before = index.insert(name.clone(), stored.clone()).filter(|before| *before != stored);
    keys.write(&index)?;
    ui::say(&format!("the key `{id}` of profile `{name}` is now in the `{store}` store"));
    super::super::keys::remarks(name, &stored, before.as_ref());
    Ok(())
}
