//! The places that name a key: our index of the keys in stores, and AWS's files. They are always changed together,
//! because they name the same key.

use std::collections::BTreeSet;
use std::path::Path;

use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::edit::{AwsFile, FileKind};
use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::aws_files::profile::ProfileSet;
use awsesame_core::fault::Fault;
use awsesame_core::name::{AccessKeyId, ProfileName};
use zeroize::Zeroizing;

use crate::config::editing::Original;
use crate::config::profiles;
use crate::keys::Keys;
use crate::os::aws_files::AwsFiles;

const ID: &str = "aws_access_key_id";
const SECRET: &str = "aws_secret_access_key";
/// The command that continues if another program has changed a file.
const AGAIN: &str = "keys rotate";

/// The places where a key is named.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Named {
    /// The stores that have the key, by the index.
    pub stores: BTreeSet<String>,
    /// True if it is anywhere in AWS's files, even if it is overridden there.
    pub in_files: bool,
    /// The profiles for which it counts.
    pub profiles: BTreeSet<ProfileName>,
}

impl Named {
    /// Returns true if the key is named anywhere.
    pub fn is_named(&self) -> bool {
        self.in_files || !self.stores.is_empty()
    }
}

/// Finds out who names a key.
pub fn named(keys: &Keys<'_>, files: &AwsFiles, id: &AccessKeyId) -> Result<Named, Fault> {
    let mut named = Named::default();
    for (profile, key) in keys.index()?.iter().filter(|(_, key)| key.id == *id) {
        named.stores.insert(key.store.clone());
        named.profiles.insert(profile.clone());
    }
    let texts = Texts::read(files)?;
    named.in_files = texts.files().into_iter().any(|(text, kind)| stands_in(text, kind, id));
    named.profiles.extend(holders(&texts.set(files), id));
    Ok(named)
}

/// Returns the secret half of a key, from AWS's files or from one of the stores.
pub fn secret<'s>(
    keys: &Keys<'_>,
    files: &AwsFiles,
    id: &AccessKeyId,
    stores: impl IntoIterator<Item = &'s String>,
) -> Result<Option<AccessKey>, Fault> {
    let set = profiles::in_files(files)?;
    let in_file = holders(&set, id).first().and_then(|profile| set.get(profile)?.secret(SECRET).cloned());
    if let Some(secret) = in_file {
        return Ok(Some(AccessKey { id: id.clone(), secret }));
    }
    for store in stores {
        if let Some(key) = keys.look(&StoredKey { id: id.clone(), store: store.clone() })? {
            return Ok(Some(key));
        }
    }
    Ok(None)
}

/// Replaces a key with another in every place that names it. The new key is in the store already.
pub fn put(keys: &Keys<'_>, files: &AwsFiles, old: &AccessKeyId, new: &AccessKey) -> Result<(), Fault> {
    let _turn = keys.turn()?;
    let mut index = keys.index()?;
    let moved: Vec<(ProfileName, StoredKey)> = index
        .iter()
        .filter(|(_, key)| key.id == *old)
        .map(|(profile, key)| (profile.clone(), StoredKey { id: new.id.clone(), ..key.clone() }))
        .collect();
    if !moved.is_empty() {
        for (profile, key) in moved {
            index.insert(profile, key);
        }
        keys.write(&index)?;
    }
    match put_in_files(files, old, new) {
        // The program that changed the file is done by now.
        Err(Fault::ChangedMeanwhile { .. }) => put_in_files(files, old, new),
        put => put,
    }
}

/// Fails if it is already known that a key cannot be replaced in AWS's files.
pub fn may_be_edited(files: &AwsFiles, id: &AccessKeyId) -> Result<(), Fault> {
    let texts = Texts::read(files)?;
    for (text, kind) in texts.files() {
        if stands_in(text, kind, id) {
            Original::read(path(files, kind))?;
        }
    }
    Ok(())
}

fn put_in_files(files: &AwsFiles, old: &AccessKeyId, new: &AccessKey) -> Result<(), Fault> {
    let read = Texts::read(files)?;
    let before = read.set(files);
    let holders = holders(&before, old);
    let exchanged = |text: &str, kind| {
        AwsFile::read(text, kind).exchanged(|profile, key, value| {
            let settings = before.get(&ProfileName::new(profile))?;
            if key.eq_ignore_ascii_case(ID) {
                return (value == old.as_str()).then_some(new.id.as_str());
            }
            // Only the secret that belongs to the ID is replaced, and not one that another ID may use.
            let goes = key.eq_ignore_ascii_case(SECRET)
                && settings.get(ID) == Some(old.as_str())
                && settings.secret(SECRET).is_some_and(|secret| secret.expose() == value);
            goes.then_some(new.secret.expose())
        })
    };
    let written = Texts {
        config: Zeroizing::new(exchanged(&read.config, FileKind::Config)),
        credentials: Zeroizing::new(exchanged(&read.credentials, FileKind::Credentials)),
    };
    // The edited text is parsed again as the AWS CLI will parse it.
    if written.set(files) != before.rekeyed(&holders, new) {
        return Err(Fault::Bug { what: format!("the edit would change more than the key `{old}`") });
    }
    let profile = holders.first().cloned().unwrap_or_else(|| ProfileName::new(ProfileName::DEFAULT));
    // The credentials file is written first, because it takes precedence.
    for ((before, kind), (after, _)) in read.files().into_iter().zip(written.files()).rev() {
        if before == after {
            continue;
        }
        let changed = || Fault::ChangedMeanwhile {
            path: path(files, kind).to_string_lossy().into_owned(),
            then: AGAIN.to_owned(),
            profile: profile.clone(),
        };
        let original = Original::read(path(files, kind))?.filter(|original| original.text() == before);
        original.ok_or_else(changed)?.replace(after, AGAIN, &profile)?;
    }
    Ok(())
}

/// Returns the profiles that use a key from AWS's files.
fn holders(set: &ProfileSet, id: &AccessKeyId) -> Vec<ProfileName> {
    let holds = |name: &&ProfileName| set.get(name).is_some_and(|all| all.get(ID) == Some(id.as_str()));
    set.names().filter(holds).cloned().collect()
}

/// Returns true if an id is anywhere in one of AWS's files, even if it is overridden there.
fn stands_in(text: &str, kind: FileKind, id: &AccessKeyId) -> bool {
    let file = AwsFile::read(text, kind);
    file.settings().any(|(_, key, value)| key.eq_ignore_ascii_case(ID) && value == id.as_str())
}

fn path(files: &AwsFiles, kind: FileKind) -> &Path {
    match kind {
        FileKind::Config => &files.config,
        FileKind::Credentials => &files.credentials,
    }
}

/// The contents of AWS's two files.
struct Texts {
    config: Zeroizing<String>,
    credentials: Zeroizing<String>,
}

impl Texts {
    fn read(files: &AwsFiles) -> Result<Self, Fault> {
        let text = |path| profiles::contents(path).map(Option::unwrap_or_default).map(Zeroizing::new);
        Ok(Self { config: text(&files.config)?, credentials: text(&files.credentials)? })
    }

    fn files(&self) -> [(&str, FileKind); 2] {
        [(&self.config, FileKind::Config), (&self.credentials, FileKind::Credentials)]
    }

    fn set(&self, files: &AwsFiles) -> ProfileSet {
        profiles::from_texts(files, &self.config, &self.credentials)
    }
}
