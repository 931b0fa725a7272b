//! Moves keys from one store to another. A key is written to its destination and read back before the index names the
//! destination, and only then it is deleted from its source. A note records what is still to be deleted, so that a
//! killed run loses nothing and the next one completes it.

use std::path::PathBuf;

use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::fault::Fault;
use awsesame_core::name::{AccessKeyId, ProfileName};

use crate::keys::Keys;
use crate::keys::rotate::journals::Journals;
use crate::os::file::{self, Durability};

/// The name of the note, in the data folder.
const NOTE: &str = "moving";
/// The maximum size of the note, which is larger than every list of keys.
const MOST_BYTES: usize = 1024 * 1024;

/// A key to be moved, with the profiles that have it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The key, in the store where it is.
    pub key: StoredKey,
    /// The profiles, one at least.
    pub profiles: Vec<ProfileName>,
}

impl Keys<'_> {
    /// Returns every key that is in another store than this one, or only that of one profile.
    pub fn to_move(&self, to: &str, only: Option<&ProfileName>) -> Result<Vec<Candidate>, Fault> {
        let index = self.index()?;
        if let Some(profile) = only
            && index.get(profile).is_none()
        {
            return Err(Fault::NoKeyInStore { profile: profile.clone() });
        }
        let mut found: Vec<Candidate> = Vec::new();
        for (_, key) in index.iter().filter(|(_, key)| key.store != to) {
            let wanted = only.is_none_or(|only| index.get(only) == Some(key));
            if wanted && !found.iter().any(|known| known.key == *key) {
                let profiles = index.sharing(key).into_iter().cloned().collect();
                found.push(Candidate { key: key.clone(), profiles });
            }
        }
        Ok(found)
    }

    /// Moves a key: to its new store, then in the list, then out of its old store.
    pub fn relocate(&self, candidate: &Candidate, to: &str) -> Result<(), Fault> {
        let Candidate { key: source, profiles } = candidate;
        let profile = &profiles[0];
        if Journals::at(&self.folder).all()?.iter().any(|journal| journal.is_about(&source.id)) {
            return Err(Fault::KeyInRotation { key: source.id.clone(), profile: profile.clone() });
        }
        let _turn = self.turn()?;
        let key = self.fetch(source, profile)?;
        let destination = StoredKey { id: source.id.clone(), store: to.to_owned() };
        match self.look(&destination)? {
            Some(there) if there == key => {}
            Some(_) => {
                let (key, store) = (key.id, to.to_owned());
                return Err(Fault::KeyDiffers { key, store, profile: profile.clone() });
            }
            None => self.lay_down(&destination, &key.secret, profile)?,
        }
        let mut note = self.noted()?;
        note.push(source.clone());
        self.note(&note)?;
        let mut index = self.index()?;
        for profile in profiles {
            index.insert(profile.clone(), destination.clone());
        }
        self.write(&index)?;
        self.clear(source, &mut note)
    }

    /// Deletes keys that a killed run has moved but not yet deleted at their source.
    pub fn end_moves(&self) -> Result<(), Fault> {
        let _turn = self.turn()?;
        let mut note = self.noted()?;
        for source in note.clone() {
            let index = self.index()?;
            // The run was killed before the index named the destination, so nothing has been moved.
            if index.iter().any(|(_, key)| *key == source) {
                note.retain(|known| *known != source);
                self.note(&note)?;
                continue;
            }
            let moved = index.iter().find(|(_, key)| key.id == source.id);
            // Nothing is deleted unless the key is where the list says.
            if let Some((profile, key)) = moved {
                self.fetch(key, profile)?;
                self.clear(&source, &mut note)?;
            }
        }
        Ok(())
    }

    fn clear(&self, source: &StoredKey, note: &mut Vec<StoredKey>) -> Result<(), Fault> {
        // Some stores call it a failure to delete nothing.
        if self.look(source)?.is_some() {
            self.destroy(source)?;
        }
        note.retain(|known| known != source);
        self.note(note)
    }

    fn note_path(&self) -> PathBuf {
        self.folder.join(NOTE)
    }

    /// Returns the keys that are still to be deleted in these stores.
    fn noted(&self) -> Result<Vec<StoredKey>, Fault> {
        let path = self.note_path();
        let Some(bytes) = file::read_own(&path, MOST_BYTES)? else { return Ok(Vec::new()) };
        let text = String::from_utf8_lossy(&bytes);
        let key = |line: &str| {
            let (id, store) = line.split_once(' ')?;
            Some(StoredKey { id: AccessKeyId::new(id), store: store.to_owned() })
        };
        Ok(text.lines().filter_map(key).collect())
    }

    fn note(&self, keys: &[StoredKey]) -> Result<(), Fault> {
        let path = self.note_path();
        if keys.is_empty() {
            return file::remove(&path).map(drop);
        }
        let lines: Vec<String> =
            keys.iter().map(|key| format!("{} {}\n", key.id.as_str(), key.store)).collect();
        file::write_own(&path, lines.concat().as_bytes(), Durability::Disk)
    }
}
