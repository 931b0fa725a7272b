//! Files of our own, read and written so that neither a crash nor another user
//! can make us misread them. What is in them is no business of this module.

use std::fs::{DirBuilder, File, OpenOptions, Permissions};
use std::io::{ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::{Duration, SystemTime};

use awsesame_core::fault::{Fault, WriteCause};
use rustix::fs::OFlags;
use rustix::io::Errno;
use tempfile::NamedTempFile;

/// Whether a write must be on the disk before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// Survives a killed process, but not a power cut: enough for what a login brings back.
    Process,
    /// Survives a power cut too: for what cannot be had again.
    Disk,
}

/// What the names of files being written begin with.
const UNFINISHED: &str = ".new-";
/// Unfinished files older than this belong to a process that was killed.
const ABANDONED: Duration = Duration::from_mins(10);

fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// The system's words without Rust's "(os error 13)".
pub fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    if let Some(fault) = blocked(path, error) {
        return fault;
    }
    Fault::Unreadable { path: shown(path), why: words(error) }
}

/// What stands in the place of a folder on the way, where that is the trouble.
fn blocked(path: &Path, error: &std::io::Error) -> Option<Fault> {
    let on_the_way = matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::AlreadyExists);
    let there = path.ancestors().skip(1).find(|ancestor| ancestor.symlink_metadata().is_ok())?;
    (on_the_way && !there.is_dir()).then(|| Fault::NotAFolder { path: shown(there) })
}

/// The fault of a write that went wrong.
pub fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    if let Some(fault) = blocked(path, error) {
        return fault;
    }
    Fault::Unwritable {
        path: shown(path),
        why: words(error),
        cause: cause(error),
        folder: nearest_folder(path),
    }
}

/// The cause of a failed write, by the system's error number.
pub fn cause(error: &std::io::Error) -> WriteCause {
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::ACCESS) => WriteCause::Denied,
        Some(Errno::PERM) => WriteCause::Forbidden,
        Some(Errno::NOSPC) => WriteCause::Full,
        Some(Errno::DQUOT) => WriteCause::Quota,
        Some(Errno::ROFS) => WriteCause::ReadOnly,
        Some(Errno::NOLCK | Errno::NOTSUP | Errno::NOSYS) => WriteCause::Unsupported,
        Some(Errno::MFILE | Errno::NFILE) => WriteCause::OpenFiles,
        Some(Errno::FBIG) => WriteCause::FileSize,
        Some(Errno::NAMETOOLONG) => WriteCause::NameLength,
        Some(Errno::IO | Errno::STALE) => WriteCause::Device,
        _ if error.kind() == ErrorKind::InvalidInput => WriteCause::NameLength,
        _ => WriteCause::Other,
    }
}

/// The nearest folder on the way that exists, so that a command about it can succeed.
fn nearest_folder(path: &Path) -> String {
    let there = path.ancestors().skip(1).find(|folder| folder.is_dir());
    shown(there.unwrap_or(Path::new("/")))
}

/// Reads a file that only we may have written: a plain file of ours, closed to
/// others, no link. `Ok(None)` where there is none. At most `most` bytes and one
/// more, so that the caller can tell a file that is too long.
pub fn read_own(path: &Path, most: usize) -> Result<Option<Vec<u8>>, Fault> {
    // Without NONBLOCK a pipe laid in the file's place would hold us for ever.
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = OpenOptions::new().read(true).custom_flags(flags.bits().cast_signed()).open(path);
    let file = match opened {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) if error.raw_os_error() == Some(Errno::LOOP.raw_os_error()) => {
            return Err(Fault::NotAFile { path: shown(path), what: "a symbolic link" });
        }
        Err(error) => return Err(unreadable(path, &error)),
    };
    let about = file.metadata().map_err(|error| unreadable(path, &error))?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "a device or a pipe" };
        return Err(Fault::NotAFile { path: shown(path), what });
    }
    let us = rustix::process::geteuid().as_raw();
    if about.uid() != us {
        return Err(Fault::NotOurs { path: shown(path), uid: about.uid() });
    }
    if about.mode() & 0o077 != 0 {
        return Err(Fault::TooOpen { path: shown(path), mode: about.mode() & 0o7777 });
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0).min(most) + 1);
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    file.take(limit).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
    Ok(Some(bytes))
}

/// Makes a folder of ours, closed to others, and its parents.
pub fn make_folder(path: &Path) -> Result<(), Fault> {
    if let Ok(about) = std::fs::metadata(path) {
        if !about.is_dir() {
            return Err(Fault::NotAFolder { path: shown(path) });
        }
        let us = rustix::process::geteuid().as_raw();
        if about.uid() != us {
            return Err(Fault::NotOurs { path: shown(path), uid: about.uid() });
        }
        if about.mode() & 0o077 != 0 {
            // Ours, so closing it is ours too.
            std::fs::set_permissions(path, Permissions::from_mode(0o700))
                .map_err(|error| unwritable(path, &error))?;
        }
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(|error| unwritable(path, &error))
}

/// Writes a file whole or not at all: a reader, and whoever comes after a crash,
/// sees the old bytes or the new ones.
pub fn write_own(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), Fault> {
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    sweep(folder, UNFINISHED);
    let fail = |error: std::io::Error| unwritable(path, &error);
    if path.is_dir() {
        return Err(Fault::NotAFile { path: shown(path), what: "a folder" });
    }
    // Private from its first moment on: tempfile creates with mode 0600.
    let new = tempfile::Builder::new().prefix(UNFINISHED).tempfile_in(folder).map_err(fail)?;
    finish(new, path, bytes, durability)?;
    if durability == Durability::Disk {
        File::open(folder).and_then(|folder| folder.sync_all()).map_err(fail)?;
    }
    Ok(())
}

/// Writes a file of the user's that is no secret, into a folder that is not ours:
/// whole or not at all, its mode as the umask has it.
pub fn write_shared(path: &Path, bytes: &[u8], durability: Durability) -> Result<(), Fault> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let fail = |error: std::io::Error| unwritable(path, &error);
    std::fs::create_dir_all(folder).map_err(fail)?;
    let new = tempfile::Builder::new()
        .prefix(UNFINISHED)
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder)
        .map_err(fail)?;
    finish(new, path, bytes, durability)
}

/// Writes a file that is for the user alone, into a folder that is not ours: whole or not at
/// all. What is there and is no plain file stays: a device, somebody's link to elsewhere.
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

/// Fills a new file and puts it in the place of the old one.
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
    match std::fs::remove_file(path) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(unwritable(path, &error)),
    }
}

/// The names in a folder; none where there is no folder. One that cannot be read is
/// an error: it may be full.
pub fn names(folder: &Path) -> Result<Vec<String>, Fault> {
    let fail = |error: std::io::Error| unreadable(folder, &error);
    let entries = match std::fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(fail(error)),
    };
    entries.map(|entry| Ok(entry.map_err(fail)?.file_name().to_string_lossy().into_owned())).collect()
}

/// Takes away what killed writers left behind. Best effort: it costs nobody anything but space.
pub fn sweep(folder: &Path, unfinished: &str) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if is_left(&path, unfinished) {
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Whether a file of ours is what a killed writer left behind.
pub fn is_abandoned(path: &Path) -> bool {
    is_left(path, UNFINISHED)
}

fn is_left(path: &Path, unfinished: &str) -> bool {
    let unfinished = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with(unfinished));
    let modified = || path.symlink_metadata().and_then(|about| about.modified()).ok();
    unfinished
        && modified()
            .and_then(|modified| SystemTime::now().duration_since(modified).ok())
            .is_some_and(|age| age > ABANDONED)
}

/// Opens a file to lock on, made if it is not there.
pub fn open_lock(path: &Path) -> Result<File, Fault> {
    if let Some(folder) = path.parent() {
        make_folder(folder)?;
    }
    let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let opened = OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .mode(0o600)
        .custom_flags(flags.bits().cast_signed())
        .open(path);
    let file = opened.map_err(|error| match path.symlink_metadata() {
        Ok(about) if about.is_symlink() => Fault::NotAFile { path: shown(path), what: "a symbolic link" },
        Ok(about) if about.is_dir() => Fault::NotAFile { path: shown(path), what: "a folder" },
        _ => unwritable(path, &error),
    })?;
    if !file.metadata().map_err(|error| unreadable(path, &error))?.is_file() {
        return Err(Fault::NotAFile { path: shown(path), what: "a device or a pipe" });
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
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
