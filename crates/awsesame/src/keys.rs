//! Long-term keys in stores: which store has the key of a profile, the key itself when a call has to be signed, and the
//! file that it came from. The module `import` moves a key out of AWS's files.

pub mod backup;
pub mod import;
pub mod moving;
mod printed;
pub mod rotate;

use std::fs::File;
use std::path::PathBuf;

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::key_index::{KeyIndex, StoredKey};
use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::name::secret::Secret;
use awsesame_core::plan::{Half, LongTermKey};
use awsesame_local::lock;

use crate::aws;
use crate::config::key_list;
use crate::keys::backup::Backups;
use crate::os::context::Context;
use crate::os::file::{self, Durability};
use crate::state::State;
use crate::store::{self, Store};
use crate::vault::keyring::SessionKeyring;

/// The keys of a user.
pub struct Keys<'a> {
    context: Context,
    state: &'a State,
    /// True if a store may ask a person.
    may_ask: bool,
    folder: PathBuf,
}

/// Returns the signer for a long-term key: its store is asked here, if it is stored in one.
pub fn signer(keyring: &SessionKeyring<'_>, key: &LongTermKey, may_ask: bool) -> Result<Signer, Fault> {
    let found = match &key.secret {
        Half::Here(secret) => return Ok(aws::long_term(&key.id, secret)),
        Half::InStore { store, profile } => {
            let stored = StoredKey { id: key.id.clone(), store: store.clone() };
            Keys::open(keyring.context, keyring.state, may_ask)?.fetch(&stored, profile)?
        }
        Half::Printed { command, profile } => printed::key(keyring.context, profile, command, may_ask)?,
    };
    Ok(aws::long_term(&found.id, &found.secret))
}

/// Deletes the backup of the file from which a key came, after the key from the store has signed a call that AWS
/// accepted.
pub fn proven(keyring: &SessionKeyring<'_>, key: &LongTermKey) -> Result<(), Fault> {
    match key.secret {
        Half::InStore { .. } => Backups::at(&keyring.context.folders().data()?).shred(&key.id),
        Half::Here(_) | Half::Printed { .. } => Ok(()),
    }
}

impl<'a> Keys<'a> {
    /// Opens the keys. Nothing is read and nobody is asked yet.
    pub fn open(context: Context, state: &'a State, may_ask: bool) -> Result<Self, Fault> {
        Ok(Self { context, state, may_ask, folder: context.folders().data()? })
    }

    /// Returns true if a store may ask a person.
    pub fn may_ask(&self) -> bool {
        self.may_ask
    }

    /// Returns the index that says which profile has which key.
    pub fn index(&self) -> Result<KeyIndex, Fault> {
        key_list::read(self.context.folders().key_list().as_ref())
    }

    /// Waits for the lock on the index and on the AWS files from which keys are taken.
    pub fn turn(&self) -> Result<File, Fault> {
        lock::take(&self.folder.join("keys.lock"), lock::LIMIT)
    }

    /// Fetches a key that the list contains. It is a fault if its store has lost it.
    pub fn fetch(&self, stored: &StoredKey, profile: &ProfileName) -> Result<AccessKey, Fault> {
        let lost = |damaged| Fault::KeyLost {
            key: stored.id.clone(),
            store: stored.store.clone(),
            profile: profile.clone(),
            damaged,
        };
        let bytes = self.store(&stored.store)?.get(&stored.item())?.ok_or_else(|| lost(false))?;
        AccessKey::from_rest(&bytes, &stored.id).ok_or_else(|| lost(true))
    }

    /// Returns the key that a store has under the ID of a key. Returns None if the content is not a key.
    pub fn look(&self, stored: &StoredKey) -> Result<Option<AccessKey>, Fault> {
        let bytes = self.store(&stored.store)?.get(&stored.item())?;
        Ok(bytes.and_then(|bytes| AccessKey::from_rest(&bytes, &stored.id)))
    }

    /// Stores a key and reads it back, because a lost key could not be obtained again.
    pub fn lay_down(&self, stored: &StoredKey, secret: &Secret, profile: &ProfileName) -> Result<(), Fault> {
        let key = AccessKey { id: stored.id.clone(), secret: secret.clone() };
        self.store(&stored.store)?.put(&stored.item(), key.at_rest().expose().as_bytes(), None)?;
        if self.fetch(stored, profile)? == key {
            return Ok(());
        }
        Err(Fault::KeyDiffers { key: key.id, store: stored.store.clone(), profile: profile.clone() })
    }

    /// Deletes a key from its store. Returns true if it was there.
    pub fn destroy(&self, stored: &StoredKey) -> Result<bool, Fault> {
        self.store(&stored.store)?.delete(&stored.item())
    }

    /// Writes the index. It cannot be reconstructed, so it is on the disk before this returns.
    pub fn write(&self, index: &KeyIndex) -> Result<(), Fault> {
        let path = self.context.folders().key_list().ok_or_else(no_home)?;
        file::write_own(&path, index.to_text().as_bytes(), Durability::Disk)
    }

    fn store(&self, name: &str) -> Result<Box<dyn Store>, Fault> {
        store::itself(name, self.state, self.context, self.may_ask)
    }
}

fn no_home() -> Fault {
    Fault::NoHome { what: "secrets", variable: "XDG_DATA_HOME" }
}
