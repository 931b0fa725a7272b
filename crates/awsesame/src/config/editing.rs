//! A file of the user that we edit. It is written as a whole or not at all, keeps its mode and owner, and a symbolic
//! link to it stays a link. Core edits the text.

use std::fs::{File, Metadata, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use zeroize::Zeroizing;

use crate::os::file;
use crate::os::folder::Folder;

/// The prefix of the names of files that are being written, among the user's own.
const UNFINISHED: &str = ".awsesame-new-";

/// The original content of a file.
pub struct Original {
    /// The real path of the file, after all links.
    real: PathBuf,
    about: Metadata,
    text: Zeroizing<String>,
}

impl Original {
    /// Reads a file; `Ok(None)` where there is none.
    pub fn read(path: &Path) -> Result<Option<Self>, Fault> {
        let shown = || path.to_string_lossy().into_owned();
        let unreadable =
            |error: std::io::Error| Fault::ConfigUnreadable { path: shown(), why: file::words(&error) };
        let real = match std::fs::canonicalize(path) {
            Ok(real) => real,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(unreadable(error)),
        };
        let about = std::fs::metadata(&real).map_err(unreadable)?;
        let us = rustix::process::geteuid().as_raw();
        if about.uid() != us {
            return Err(Fault::NotOurs { path: shown(), uid: about.uid() });
        }
        let text = crate::config::profiles::contents(&real)?.unwrap_or_default();
        Ok(Some(Self { real, about, text: Zeroizing::new(text) }))
    }

    /// Creates a file and its folder. If another program has created the file meanwhile, it is left alone. A dangling
    /// link is followed to its target.
    pub fn create(path: &Path, text: &str) -> Result<(), Fault> {
        let fail = |error: std::io::Error| file::unwritable(path, &error);
        let path = &leads_to(path);
        let folder = path.parent().unwrap_or(Path::new("."));
        Folder::make_in(folder, 0o700)?;
        let mut new = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(fail)?;
        new.write_all(text.as_bytes()).and_then(|()| new.as_file().sync_all()).map_err(fail)?;
        new.persist_noclobber(path).map(drop).map_err(|error| file::unwritable(path, &error.error))
    }

    /// Returns the text of the file.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the real path of the file.
    pub fn path(&self) -> &Path {
        &self.real
    }

    /// Replaces the text of the file. After a crash, the file has either the old or the new content. `then` and
    /// `profile` describe the command to repeat if another program has written the file meanwhile.
    pub fn replace(&self, text: &str, then: &'static str, profile: &ProfileName) -> Result<(), Fault> {
        let folder = self.real.parent().unwrap_or(Path::new("/"));
        let fail = |error: std::io::Error| file::unwritable(&self.real, &error);
        file::sweep(folder, UNFINISHED);
        // The new file is private at first, because it may contain keys of other profiles.
        let mut new = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(fail)?;
        new.write_all(text.as_bytes()).map_err(fail)?;
        let file = new.as_file();
        // The group is kept if this user belongs to it. If not, its rights must not apply to another group.
        let group = rustix::fs::Gid::from_raw(self.about.gid());
        let kept = rustix::fs::fchown(file, None, Some(group)).is_ok();
        let mode = self.about.mode() & if kept { 0o7777 } else { 0o7700 };
        file.set_permissions(Permissions::from_mode(mode)).map_err(fail)?;
        file.sync_all().map_err(fail)?;
        self.is_unchanged(then, profile)?;
        new.persist(&self.real).map_err(|error| file::unwritable(&self.real, &error.error))?;
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)
    }

    /// Deletes the file, unless another program has written it meanwhile. A link to it stays.
    pub fn remove(&self, then: &'static str, profile: &ProfileName) -> Result<(), Fault> {
        self.is_unchanged(then, profile)?;
        std::fs::remove_file(&self.real).map_err(|error| file::unwritable(&self.real, &error))
    }

    fn is_unchanged(&self, then: &'static str, profile: &ProfileName) -> Result<(), Fault> {
        let path = self.real.to_string_lossy().into_owned();
        let now = std::fs::metadata(&self.real);
        let same = now.is_ok_and(|now| seen(&now) == seen(&self.about));
        if same {
            Ok(())
        } else {
            Err(Fault::ChangedMeanwhile { path, then: then.to_owned(), profile: profile.clone() })
        }
    }
}

/// Returns the end of a chain of links that leads to no file yet.
fn leads_to(path: &Path) -> PathBuf {
    /// The maximum number of links, as in Linux.
    const MOST_LINKS: usize = 40;
    let mut path = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = std::fs::read_link(&path) else { break };
        path = path.parent().unwrap_or(Path::new("/")).join(target);
    }
    path
}

/// Returns the metadata that changes when a file is written. Its count of names is left out: a backup adds one.
fn seen(about: &Metadata) -> (u64, u64, i64, i64) {
    (about.ino(), about.len(), about.mtime(), about.mtime_nsec())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_by_another_program_meanwhile_are_not_overwritten() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("credentials");
        let profile = ProfileName::new("dev");
        std::fs::write(&file, "old\n").unwrap();
        let original = Original::read(&file).unwrap().unwrap();
        std::fs::write(&file, "theirs\n").unwrap();
        let fault = original.replace("ours\n", "keys import", &profile).unwrap_err();
        assert!(matches!(fault, Fault::ChangedMeanwhile { .. }), "{fault}");
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "theirs\n");
        Original::read(&file).unwrap().unwrap().replace("ours\n", "keys import", &profile).unwrap();
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "ours\n");
        assert_eq!(std::fs::read_dir(home.path()).unwrap().count(), 1, "nothing unfinished is left");
        assert!(Original::read(&home.path().join("none")).unwrap().is_none());
    }

    #[test]
    fn file_with_invalid_utf8_is_reported_with_the_line_and_unchanged() {
        let home = tempfile::tempdir().unwrap();
        let file = home.path().join("credentials");
        std::fs::write(&file, b"[dev]\nregion = \xff\n").unwrap();
        let Err(fault) = Original::read(&file) else { panic!("it was read") };
        assert!(fault.to_string().ends_with("line 2 is not UTF-8 text"), "{fault}");
        let Err(fault) = Original::read(home.path()) else { panic!("a folder was read") };
        assert!(fault.to_string().ends_with("it is a folder"), "{fault}");
    }
}
