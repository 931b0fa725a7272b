//! A folder of files that another program seals and opens, for the stores `age` and `gpg`. A new file replaces the old
//! one only when it is complete.

use std::path::PathBuf;

use awsesame_core::fault::Fault;

use crate::os::file::{self, Durability};

/// The maximum size of a sealed secret.
const MOST_BYTES: usize = 256 * 1024;

/// A folder of sealed files, one per item.
#[derive(Debug)]
pub(super) struct SealedFiles {
    pub(super) store: &'static str,
    pub(super) folder: PathBuf,
}

impl SealedFiles {
    fn path(&self, item: &str) -> PathBuf {
        self.folder.join(format!("{item}.{}", self.store))
    }

    pub(super) fn read(&self, item: &str) -> Result<Option<Vec<u8>>, Fault> {
        match file::read_own(&self.path(item), MOST_BYTES)? {
            Some(bytes) if bytes.len() > MOST_BYTES => Err(Fault::StoreGarbage {
                store: self.store,
                why: format!("`{item}` is larger than any secret of awsesame"),
            }),
            found => Ok(found),
        }
    }

    /// Writes the output of a sealing program, if it has the right beginning. Other output must not replace the
    /// existing file.
    pub(super) fn write(
        &self,
        item: &str,
        sealed: &[u8],
        is_sealed: fn(&[u8]) -> bool,
        look: &'static str,
    ) -> Result<(), Fault> {
        if !is_sealed(sealed) {
            return Err(Fault::StoreFailed { store: self.store, why: "it sealed nothing".into(), look });
        }
        file::write_own(&self.path(item), sealed, Durability::Disk)
    }

    pub(super) fn delete(&self, item: &str) -> Result<bool, Fault> {
        file::remove(&self.path(item))
    }

    pub(super) fn list(&self) -> Result<Vec<String>, Fault> {
        let ending = format!(".{}", self.store);
        let names = file::names(&self.folder)?;
        Ok(names.iter().filter_map(|name| name.strip_suffix(&ending)).map(str::to_owned).collect())
    }
}
