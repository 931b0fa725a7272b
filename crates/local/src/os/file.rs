//! Reads and writes our own files so that neither a crash nor another user can make us misread them. This module does
//! not interpret their content.

use std::ffi::OsStr;
use std::fs::{File, Metadata};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, SystemTime};

use awsesame_core::fault::Fault;
use rustix::fs::OFlags;
use rustix::io::Errno;
use tempfile::NamedTempFile;

pub use super::error::{cause, not_started, unwritable, words};
use super::error::{shown, unreadable};
pub use super::folder::Durability;
use super::folder::{self, Folder};

/// The prefix of the names of files that are being written.
const UNFINISHED: &str = ".new-";
/// The age at which a temporary file belongs to a process that was killed.
const ABANDONED: Duration = Duration::from_mins(10);

/// Reads a file that only we can have written: a plain file of this user, closed to others, and not a link. Returns
/// `Ok(None)` if there is none. It reads at most `most` bytes and one more, so that the caller can recognize a file
/// that is too long.
pub fn read_own(path: &Path, most: usize) -> Result<Option<Vec<u8>>, Fault> {
    let (folder, name) = parts(path);
    let Some(folder) = Folder::look(folder)? else { return Ok(None) };
    let file = match folder.open(name, OFlags::RDONLY) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(Fault::NotAFile { path: shown(path), what: "a symbolic link" });
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    let about = plain(path, &file)?;
    if about.mode() & 0o077 != 0 {
        return Err(Fault::TooOpen { path: shown(path), mode: about.mode() & 0o7777 });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0).min(most) + 1);
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(Some(bytes))
}

/// Checks that what was opened is a plain file of this user.
fn plain(path: &Path, file: &File) -> Result<Metadata, Fault> {
    let about = file.metadata().map_err(|error| unreadable(path, &error))?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "a device or a pipe" };
        return Err(Fault::NotAFile { path: shown(path), what });
    }
    if about.uid() != folder::us() {
        return Err(Fault::NotOurs { path: shown(path), uid: about.uid() });
    }
    Ok(about)
}

/// Returns the folder of a file, and its name there.
fn parts(path: &Path) -> (&Path, &OsStr) {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    (folder, path.file_name().unwrap_or_default())
}

/// Makes a folder of ours, closed to others, and its parents.
pub fn make_folder(path: &Path) -> Result<(), Fault> {
    Folder::make(path).map(drop)
}

/// Writes a file as a whole or not at all: after a crash it has the old content or the new one.
pub fn write_own(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), Fault> {
    let (folder, name) = parts(path);
    let folder = Folder::make(folder)?;
    sweep_in(&folder, UNFINISHED);
    if folder.obstacle(name) == Some("a folder") {
        return Err(Fault::NotAFile { path: shown(path), what: "a folder" });
    }
    // Private from its first moment on.
    folder.replace(name, bytes, 0o600, UNFINISHED, durability)?;
    if durability == Durability::Disk {
        folder.sync().map_err(|error| unwritable(path, &error))?;
    }
    Ok(())
}

/// Writes a file of the user that contains no secret, as a whole or not at all, into a folder that is not ours. With
/// any umask, other users cannot write the file, because a shell or a service manager executes it.
pub fn write_shared(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), Fault> {
    let (folder, name) = parts(path);
    Folder::make_shared(folder)?.replace(name, bytes, 0o644, UNFINISHED, durability)
}

/// Writes a private file of the user, as a whole or not at all, into a folder that is not ours. Anything but a plain
/// file is left in place, such as a device or a link.
pub fn write_private(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), Fault> {
    if let Ok(about) = path.symlink_metadata()
        && !about.is_file()
    {
        let what = if about.is_dir() {
            "a folder"
        } else if about.is_symlink() {
            "a symbolic link"
        } else {
            "a device or a pipe"
        };
        return Err(Fault::NotAFile { path: shown(path), what });
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let new = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .tempfile_in(folder)
        .map_err(|error| unwritable(path, &error))?;
    finish(new, path, bytes, durability)
}

/// Writes a new file and moves it to the place of the old one.
fn finish(mut new: NamedTempFile, path: &Path, bytes: &[u8], durability: Durability) -> Result<(), Fault> {
    let fail = |error: std::io::Error| unwritable(path, &error);
    new.write_all(bytes).map_err(fail)?;
    if durability == Durability::Disk {
        new.as_file().sync_all().map_err(fail)?;
    }
    new.persist(path).map(drop).map_err(|error| fail(error.error))
}

/// Removes a file; whether there was one.
pub fn remove(path: &Path) -> Result<bool, Fault> {
    let (folder, name) = parts(path);
    let removed = if folder::is_ours(folder) {
        match Folder::look(folder)? {
            Some(folder) => folder.remove(name),
            None => Ok(false),
        }
    } else {
        match std::fs::remove_file(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            removed => removed.map(|()| true),
        }
    };
    removed.map_err(|error| unwritable(path, &error))
}

/// Returns the names in a folder of ours, or nothing if there is no such folder. A folder that cannot be read is an
/// error, because it may contain files.
pub fn names(folder: &Path) -> Result<Vec<String>, Fault> {
    let Some(opened) = Folder::look(folder)? else { return Ok(Vec::new()) };
    let names = opened.names().map_err(|error| unreadable(folder, &error))?;
    Ok(names.iter().map(|name| name.to_string_lossy().into_owned()).collect())
}

/// Deletes the temporary files of killed processes. Errors are ignored, because such files only take space.
pub fn sweep(folder: &Path, unfinished: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let modified = path.symlink_metadata().and_then(|about| about.modified()).ok();
        if is_left(&entry.file_name(), unfinished, modified) {
            let _ = std::fs::remove_file(path);
        }
    }
}

fn sweep_in(folder: &Folder, unfinished: &str) {
    for name in folder.names().unwrap_or_default() {
        if starts_with(&name, unfinished) && is_left(&name, unfinished, folder.modified(&name)) {
            let _ = folder.remove(&name);
        }
    }
}

/// Returns true if a file of ours was left behind by a killed process.
pub fn is_abandoned(path: &Path) -> bool {
    let modified = path.symlink_metadata().and_then(|about| about.modified()).ok();
    is_left(path.file_name().unwrap_or_default(), UNFINISHED, modified)
}

fn is_left(name: &OsStr, unfinished: &str, modified: Option<SystemTime>) -> bool {
    let age = modified.and_then(|modified| SystemTime::now().duration_since(modified).ok());
    starts_with(name, unfinished) && age.is_some_and(|age| age > ABANDONED)
}

fn starts_with(name: &OsStr, start: &str) -> bool {
    name.as_encoded_bytes().starts_with(start.as_bytes())
}

/// Opens a file for locking, and creates it if it is missing. The file must belong to this user, because the program
/// acts on its content. It must have no second hard link, because the file of that name would be overwritten too.
pub fn open_lock(path: &Path) -> Result<File, Fault> {
    let (folder, name) = parts(path);
    let folder = Folder::make(folder)?;
    let file = folder.open(name, OFlags::RDWR | OFlags::CREATE).map_err(|error| {
        let what = folder.obstacle(name);
        what.map_or_else(|| unwritable(path, &error), |what| Fault::NotAFile { path: shown(path), what })
    })?;
    if plain(path, &file)?.nlink() > 1 {
        return Err(Fault::NotAFile { path: shown(path), what: "a hard link" });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn what_was_written_reads_back_private_and_whole() {
        let home = tempfile::tempdir().unwrap();
        let path = home.path().join("a/b/file");
        assert_eq!(read_own(&path, 10), Ok(None));
        write_own(&path, b"one", Durability::Disk).unwrap();
        write_own(&path, b"two", Durability::Process).unwrap();
        assert_eq!(read_own(&path, 10), Ok(Some(b"two".to_vec())));
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        assert_eq!(std::fs::metadata(path.parent().unwrap()).unwrap().mode() & 0o777, 0o700);
        assert_eq!(remove(&path), Ok(true));
        assert_eq!(remove(&path), Ok(false));
    }

    #[test]
    fn links_folders_pipes_and_open_files_are_refused() {
        let home = tempfile::tempdir().unwrap();
        let path = |name: &str| home.path().join(name);
        write_own(&path("real"), b"x", Durability::Process).unwrap();
        std::os::unix::fs::symlink(path("real"), path("link")).unwrap();
        std::fs::create_dir(path("folder")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            path("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        std::fs::write(path("open"), "x").unwrap();
        std::fs::set_permissions(path("open"), Permissions::from_mode(0o644)).unwrap();
        for (name, part) in [
            ("link", "is a symbolic link, not a plain file"),
            ("folder", "is a folder, not a plain file"),
            ("pipe", "is a device or a pipe, not a plain file"),
            ("open", "is open to other users (mode 644)"),
        ] {
            let fault = read_own(&path(name), 10).unwrap_err();
            assert!(fault.to_string().contains(part), "{name}: {fault}");
        }
        assert!(write_own(&path("folder"), b"x", Durability::Process).is_err());
        std::fs::hard_link(path("real"), path("second")).unwrap();
        let fault = open_lock(&path("second")).unwrap_err();
        assert!(fault.to_string().contains("is a hard link, not a plain file"), "{fault}");
        // Replacing a whole file does not change the file of the other name.
        write_own(&path("second"), b"y", Durability::Process).unwrap();
        assert_eq!(std::fs::read(path("real")).unwrap(), b"x");
    }

    #[test]
    fn what_a_killed_writer_left_is_swept_away_in_time() {
        let home = tempfile::tempdir().unwrap();
        let left = home.path().join(".new-left");
        let recent = home.path().join(".new-recent");
        for path in [&left, &recent] {
            std::fs::write(path, "x").unwrap();
        }
        let old = SystemTime::now() - Duration::from_secs(601);
        File::options().write(true).open(&left).unwrap().set_modified(old).unwrap();
        write_own(&home.path().join("file"), b"x", Durability::Process).unwrap();
        assert!(!left.exists() && recent.exists());
    }
}
