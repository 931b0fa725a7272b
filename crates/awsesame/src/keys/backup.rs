//! The backup of a file from which a key was taken. It is kept until the key has been used from its store. The backup
//! is the old file itself under another name: no further copy of the secret is made, and shredding it overwrites the
//! blocks that contained the secret. SECURITY.md describes the limits of that.

use std::fs::{OpenOptions, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use awsesame_core::fault::Fault;
use awsesame_core::name::AccessKeyId;
use awsesame_core::session::file_safe;
use rustix::fs::OFlags;

use crate::os::file::{self, Durability};
use crate::os::named_file;

/// The maximum size of AWS's files.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// The backups in the folder `$XDG_DATA_HOME/awsesame/backups`.
pub struct Backups {
    folder: PathBuf,
}

impl Backups {
    /// Returns the backups below our data folder. Nothing is read or created yet.
    pub fn at(data: &Path) -> Self {
        Self { folder: data.join("backups") }
    }

    /// Keeps a file before the key is taken from it, and returns the path of the backup.
    pub fn keep(&self, id: &AccessKeyId, file: &Path) -> Result<PathBuf, Fault> {
        file::make_folder(&self.folder)?;
        let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
        for number in 0_u32.. {
            let suffix = if number == 0 { String::new() } else { format!("~{number}") };
            let backup = self.folder.join(format!("{}{}{suffix}", prefix(id), file_safe(&name)));
            match std::fs::hard_link(file, &backup) {
                Ok(()) => return Ok(backup),
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                // Another file system, or one without links: a copy, then.
                Err(_) => {
                    let fail = |why| Fault::Unreadable { path: file.to_string_lossy().into_owned(), why };
                    let bytes = named_file::read(file, MOST_BYTES).map_err(fail)?;
                    let bytes = bytes.ok_or_else(|| fail("no such file or directory".into()))?;
                    file::write_own(&backup, &bytes, Durability::Disk)?;
                    return Ok(backup);
                }
            }
        }
        Err(Fault::Bug { what: "there are too many backups".into() })
    }

    /// Returns the backups that are kept for a key.
    pub fn of(&self, id: &AccessKeyId) -> Result<Vec<PathBuf>, Fault> {
        let names = file::names(&self.folder)?;
        let prefix = prefix(id);
        let own = names.into_iter().filter(|name| name.starts_with(&prefix));
        Ok(own.map(|name| self.folder.join(name)).collect())
    }

    /// Overwrites and removes what is kept for a key.
    pub fn shred(&self, id: &AccessKeyId) -> Result<(), Fault> {
        self.of(id)?.iter().try_for_each(|path| shred(path))
    }
}

fn prefix(id: &AccessKeyId) -> String {
    // The dot never occurs in an ID, so one ID cannot be the prefix of another.
    format!("{}.", id.as_str())
}

fn shred(path: &Path) -> Result<(), Fault> {
    let fail = |error: std::io::Error| file::unwritable(path, &error);
    let about = match path.symlink_metadata() {
        Ok(about) => about,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(fail(error)),
    };
    // A file that has another name too is still in use, so its content must stay.
    if about.is_file() && about.nlink() == 1 {
        // The file has the user's own mode, which may forbid writing.
        std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(fail)?;
        let flags = OFlags::NOFOLLOW.bits().cast_signed();
        let mut file = OpenOptions::new().write(true).custom_flags(flags).open(path).map_err(fail)?;
        let zeros = [0; 4096];
        let mut left = about.len();
        while left > 0 {
            let length = usize::try_from(left.min(4096)).unwrap_or(4096);
            file.write_all(&zeros[..length]).map_err(fail)?;
            left -= length as u64;
        }
        file.sync_all().map_err(fail)?;
    }
    file::remove(path).map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id() -> AccessKeyId {
        AccessKeyId::new("AKIAIOSFODNN7EXAMPLE")
    }

    #[test]
    fn the_old_file_itself_is_kept_and_its_blocks_are_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("credentials");
        std::fs::write(&file, "secret\n".repeat(1000)).unwrap();
        let backups = Backups::at(home.path());
        let first = backups.keep(&id(), &file).unwrap();
        let second = backups.keep(&id(), &file).unwrap();
        assert_ne!(first, second);
        assert_eq!(backups.of(&id()).unwrap().len(), 2);
        assert_eq!(backups.of(&AccessKeyId::new("AKIAIOSFODNN7EXAMPL")).unwrap(), [] as [PathBuf; 0]);
        let look = std::fs::File::open(&first).unwrap();
        // While the user's own name leads there, nothing may happen to it.
        backups.shred(&id()).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "secret\n".repeat(1000));
        let kept = backups.keep(&id(), &file).unwrap();
        std::fs::set_permissions(&file, Permissions::from_mode(0o400)).unwrap();
        std::fs::remove_file(&file).unwrap();
        backups.shred(&id()).unwrap();
        assert!(!kept.exists());
        let mut text = String::new();
        std::io::Read::read_to_string(&mut { look }, &mut text).unwrap();
        assert_eq!(text, "\0".repeat(7000));
    }

    #[test]
    fn link_in_the_place_of_a_backup_is_not_followed() {
        let home = tempfile::tempdir().unwrap();
        let victim = home.path().join("victim");
        std::fs::write(&victim, "mine").unwrap();
        let backups = Backups::at(home.path());
        file::make_folder(&backups.folder).unwrap();
        std::os::unix::fs::symlink(&victim, backups.folder.join("AKIAIOSFODNN7EXAMPLE.x")).unwrap();
        backups.shred(&id()).unwrap();
        assert_eq!(std::fs::read_to_string(&victim).unwrap(), "mine");
        assert_eq!(backups.of(&id()).unwrap(), [] as [PathBuf; 0]);
    }
}
