//! The `file` store: files of mode 0600, for machines without a kernel keyring. It is used only if the user names it,
//! because root, backups and anybody who has the disk can read the files.

use std::path::PathBuf;

use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use super::Store;
use crate::os::file::{self, Durability};
use crate::state::State;

/// The name of this store.
pub const NAME: &str = "file";

/// The maximum size of a secret.
const MOST_BYTES: usize = 64 * 1024;

/// The store: a folder with one file per secret.
#[derive(Debug)]
pub struct Folder {
    folder: PathBuf,
}

impl Folder {
    /// Returns the store in a folder below our state. The folder is created when something is first stored.
    pub fn open(state: &State) -> Self {
        Self { folder: state.folder().join("secrets") }
    }

    fn path(&self, item: &str) -> PathBuf {
        self.folder.join(item)
    }
}

impl Store for Folder {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let found = file::read_own(&self.path(item), MOST_BYTES)?.map(Zeroizing::new);
        match found {
            Some(secret) if secret.len() > MOST_BYTES => Err(Fault::StoreBroken {
                store: NAME,
                why: format!("`{item}` is larger than any secret of awsesame"),
            }),
            found => Ok(found),
        }
    }

    fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
        file::write_own(&self.path(item), secret, Durability::Disk)
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        file::remove(&self.path(item))
    }

    fn list(&self) -> Result<Vec<String>, Fault> {
        file::names(&self.folder)
    }
}
