//! Stores the journals, one file for each key that is being replaced. Core writes and parses their text.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::name::AccessKeyId;
use awsesame_core::rotation::Journal;
use awsesame_core::session::file_safe;
use awsesame_local::lock;

use crate::os::file::{self, Durability};

/// The maximum duration of a rotation. The new key is tested for some minutes at most.
const LONGEST: Duration = Duration::from_mins(10);

/// The maximum size of a journal.
const MOST_BYTES: usize = 64 * 1024;

/// The journals in the folder `$XDG_DATA_HOME/awsesame/rotations`.
#[derive(Debug, Clone)]
pub struct Journals {
    folder: PathBuf,
}

impl Journals {
    /// Returns the journals below our data folder. Nothing is read or created yet.
    pub fn at(data: &Path) -> Self {
        Self { folder: data.join("rotations") }
    }

    /// Returns every rotation that is in progress.
    pub fn all(&self) -> Result<Vec<Journal>, Fault> {
        let mut found = Vec::new();
        for name in file::names(&self.folder)? {
            // Locks and unfinished files begin with a dot; ids do not.
            if !name.starts_with('.') {
                found.extend(read(&self.folder.join(name))?);
            }
        }
        Ok(found)
    }

    /// Returns the journal in which a key is the old or the new one.
    pub fn about(&self, key: &AccessKeyId) -> Result<Option<Journal>, Fault> {
        Ok(self.all()?.into_iter().find(|journal| journal.is_about(key)))
    }

    /// Writes a journal. Its content cannot be obtained again, so it is on the disk before this returns.
    pub fn write(&self, journal: &Journal) -> Result<(), Fault> {
        file::write_own(&self.path(&journal.old), journal.to_text().as_bytes(), Durability::Disk)
    }

    /// Deletes a journal.
    pub fn close(&self, journal: &Journal) -> Result<(), Fault> {
        file::remove(&self.path(&journal.old)).map(drop)
    }

    /// Takes the lock for rotations. `wait` is called if another process holds it. Returns `None` if `wait` says not to
    /// wait.
    pub fn turn(&self, wait: impl FnOnce() -> bool) -> Result<Option<File>, Fault> {
        let path = self.folder.join(".lock");
        let lock = file::open_lock(&path)?;
        match lock.try_lock() {
            Ok(()) => Ok(Some(lock)),
            Err(TryLockError::WouldBlock) if !wait() => Ok(None),
            Err(TryLockError::WouldBlock) => lock::take(&path, LONGEST).map(Some),
            Err(TryLockError::Error(error)) => Err(file::unwritable(&path, &error)),
        }
    }

    fn path(&self, old: &AccessKeyId) -> PathBuf {
        self.folder.join(file_safe(old.as_str()))
    }
}

fn read(path: &Path) -> Result<Option<Journal>, Fault> {
    let Some(bytes) = file::read_own(path, MOST_BYTES)? else { return Ok(None) };
    let shown = path.to_string_lossy().into_owned();
    let text = String::from_utf8(bytes).map_err(|_| Fault::KeyListBroken { path: shown.clone(), line: 1 })?;
    Journal::parse(&text, &shown).map(Some)
}
