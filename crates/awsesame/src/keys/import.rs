//! Moves a key from `~/.aws/credentials` or `~/.aws/config` to a store. The order of the steps makes it safe: the store
//! has the key and returns it, the index names it, the old file is kept, and only then the file is replaced. If the run
//! is killed at any point, the key is in its old place, in the new one, or in both.

use std::path::PathBuf;

use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::edit::{AwsFile, Change, FileKind};
use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::plan::{Half, key_of_profile};
use zeroize::Zeroizing;

use super::Keys;
use super::backup::Backups;
use crate::config::editing::Original;
use crate::config::profiles;
use crate::os::aws_files::AwsFiles;

/// The settings that are removed.
const KEY_SETTINGS: [&str; 2] = ["aws_access_key_id", "aws_secret_access_key"];

/// The outcome of an import.
#[derive(Debug)]
pub struct Imported {
    /// The key and its new place.
    pub key: StoredKey,
    /// The files that contained the key. Empty if it was in the store already.
    pub files: Vec<PathBuf>,
    /// The backups of the files, which are kept until the key has been used.
    pub backups: Vec<PathBuf>,
    /// Other profiles in the files that have the same key.
    pub still: Vec<ProfileName>,
    /// The previous key of the profile in a store, which stays there.
    pub before: Option<StoredKey>,
}

/// One of AWS's files without the key.
struct Edit {
    original: Original,
    text: Zeroizing<String>,
}

/// Returns the profiles that have a long-term key, or half of one, in AWS's files.
pub fn candidates(files: &AwsFiles) -> Result<Vec<ProfileName>, Fault> {
    let set = profiles::in_files(files)?;
    let has_key = |name: &&ProfileName| {
        set.get(name).is_some_and(|settings| KEY_SETTINGS.iter().any(|key| settings.has(key)))
    };
    Ok(set.names().filter(has_key).cloned().collect())
}

/// Moves the key of a profile into a store.
pub fn import(
    keys: &Keys<'_>,
    files: &AwsFiles,
    profile: &ProfileName,
    store: &str,
) -> Result<Imported, Fault> {
    let _turn = keys.turn()?;
    let mut index = keys.index()?;
    let config = Original::read(&files.config)?;
    let credentials = Original::read(&files.credentials)?;
    let before = profiles::from_texts(files, text(config.as_ref()), text(credentials.as_ref()));
    let Some(key) = key_in_files(&before, profile)? else {
        if let Some(key) = index.get(profile) {
            let key = key.clone();
            return Ok(Imported {
                key,
                files: Vec::new(),
                backups: Vec::new(),
                still: Vec::new(),
                before: None,
            });
        }
        let shown = |path: &PathBuf| path.to_string_lossy().into_owned();
        return Err(Fault::NoKeyInFiles {
            profile: profile.clone(),
            credentials: shown(&files.credentials),
            config: shown(&files.config),
        });
    };
    let edits = edits(files, &before, profile, &key, config, credentials)?;

    let stored = StoredKey { id: key.id.clone(), store: store.to_owned() };
    match keys.look(&stored)? {
        Some(there) if there == key => {}
        Some(_) => {
            let (key, store) = (key.id, store.to_owned());
            return Err(Fault::KeyDiffers { key, store, profile: profile.clone() });
        }
        None => keys.lay_down(&stored, &key.secret, profile)?,
    }
    let replaced = index.insert(profile.clone(), stored.clone()).filter(|other| *other != stored);
    keys.write(&index)?;
    let backups = Backups::at(&keys.folder);
    let same = |name: &&ProfileName| {
        let settings = before.get(name);
        *name != profile
            && settings.and_then(|settings| settings.get(KEY_SETTINGS[0])) == Some(key.id.as_str())
    };
    let still = before.names().filter(same).cloned().collect();
    let mut imported =
        Imported { key: stored, files: Vec::new(), backups: Vec::new(), still, before: replaced };
    for edit in edits {
        imported.backups.push(backups.keep(&key.id, edit.original.path())?);
        edit.original.replace(&edit.text, "keys import", profile)?;
        imported.files.push(edit.original.path().to_owned());
    }
    Ok(imported)
}

fn text(original: Option<&Original>) -> &str {
    original.map_or("", Original::text)
}

fn key_in_files(set: &ProfileSet, profile: &ProfileName) -> Result<Option<AccessKey>, Fault> {
    let Some(settings) = set.get(profile) else { return Ok(None) };
    match key_of_profile(profile, settings)? {
        Some(key) => match key.secret {
            Half::Here(secret) => AccessKey::new(key.id.as_str(), secret.expose()).map(Some),
            Half::InStore { .. } | Half::Printed { .. } => Ok(None),
        },
        None => Ok(None),
    }
}

/// Returns the files without the key. Every setting that is removed must contain this key. Another key, which this one
/// overrides, would come into effect or be lost.
fn edits(
    files: &AwsFiles,
    before: &ProfileSet,
    profile: &ProfileName,
    key: &AccessKey,
    config: Option<Original>,
    credentials: Option<Original>,
) -> Result<Vec<Edit>, Fault> {
    let mut edits = Vec::new();
    let mut texts = Vec::new();
    for (original, kind) in [(config, FileKind::Config), (credentials, FileKind::Credentials)] {
        let file = AwsFile::read(text(original.as_ref()), kind);
        let halves = [key.id.as_str(), key.secret.expose()];
        for (setting, half) in KEY_SETTINGS.into_iter().zip(halves) {
            if file.values(profile, setting).iter().any(|value| value.trim() != half) {
                let path = if kind == FileKind::Config { &files.config } else { &files.credentials };
                let path = path.to_string_lossy().into_owned();
                return Err(Fault::SeveralKeys { profile: profile.clone(), path });
            }
        }
        let without = |name: &ProfileName| Change {
            without: if name == profile { KEY_SETTINGS.to_vec() } else { Vec::new() }.into(),
            with: Vec::new(),
        };
        let text = Zeroizing::new(file.changed(without));
        texts.push(text.clone());
        if let Some(original) = original
            && *text != original.text()
        {
            edits.push(Edit { original, text });
        }
    }
    // The edited text is parsed again as the AWS CLI will parse it.
    let after = profiles::from_texts(files, &texts[0], &texts[1]);
    if after != before.without(profile, &KEY_SETTINGS) {
        return Err(Fault::Bug { what: format!("the edit would change more than the key of `{profile}`") });
    }
    Ok(edits)
}

#[cfg(test)]
mod tests {
    use awsesame_core::aws_files::profile::{ProfileSet, SETTINGS};
    use proptest::prelude::*;

    use super::*;

    fn files() -> AwsFiles {
        AwsFiles { config: "config".into(), credentials: "credentials".into(), keys: None }
    }

    fn without_key(text: &str, kind: FileKind) -> String {
        let without = |name: &ProfileName| Change {
            without: if name.as_str() == "dev" { KEY_SETTINGS.to_vec() } else { Vec::new() }.into(),
            with: Vec::new(),
        };
        AwsFile::read(text, kind).changed(without)
    }

    /// Generates lines that can occur in such files, and some that should not.
    fn lines() -> impl Strategy<Value = String> {
        let setting = (0..SETTINGS.len(), "[a-z0-9 #;=\\[\\]]{0,12}")
            .prop_map(|(at, value)| format!("{} = {value}", SETTINGS[at]));
        let line = prop_oneof![
            2 => Just("[dev]".to_owned()),
            2 => Just("[profile dev]".to_owned()),
            1 => Just("[ prod ]".to_owned()),
            2 => Just("AWS_ACCESS_KEY_ID=AKIA # c".to_owned()),
            2 => Just("aws_secret_access_key = s".to_owned()),
            1 => Just("  aws_access_key_id = nested".to_owned()),
            4 => setting,
            1 => Just("\t".to_owned()),
            1 => "[ -~]{0,12}",
            1 => "\\PC{0,6}",
        ];
        let end = prop_oneof![3 => Just("\n"), 1 => Just("\r\n")];
        proptest::collection::vec((line, end), 0..12)
            .prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn to_the_aws_cli_nothing_but_the_key_is_gone(config in lines(), credentials in lines(), head in any::<bool>()) {
            let (mut config, mut credentials) = (config, credentials);
            if head {
                // Most files without a section heading at the beginning cannot be parsed.
                config.insert_str(0, "[profile dev]\n");
                credentials.insert_str(0, "[dev]\n");
            }
            let before = profiles::from_texts(&files(), &config, &credentials);
            let (config, credentials) =
                (without_key(&config, FileKind::Config), without_key(&credentials, FileKind::Credentials));
            let after = profiles::from_texts(&files(), &config, &credentials);
            // The message about an unreadable line contains its number, which is lower without the key.
            let number = regex_lite::Regex::new(r"line \d+").unwrap();
            let told = |set: &ProfileSet| number.replace_all(&format!("{set:?}"), "line").into_owned();
            let expected = before.without(&ProfileName::new("dev"), &KEY_SETTINGS);
            prop_assert_eq!(told(&after), told(&expected));
        }
    }
}
