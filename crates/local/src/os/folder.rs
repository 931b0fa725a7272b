//! Opens folders by their descriptors. Each folder on the way to one of ours is opened without following links and then
//! checked. Files are opened, created, renamed and deleted relative to that descriptor, so nothing is checked by its
//! path and used by its path later. This module does not interpret the content of files.

mod judgment;
mod walk;

use std::ffi::{OsStr, OsString};
use std::fs::{File, Permissions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::SystemTime;

use awsesame_core::fault::Fault;
use rustix::fs::{AtFlags, CWD, Mode, OFlags};

use super::error::{shown, unreadable, unwritable};
pub(super) use judgment::us;
use walk::{Missing, ours};

/// The flags for a folder on the way, which do not require the permission to list it.
#[cfg(target_os = "linux")]
const SEARCH: OFlags = OFlags::PATH;
/// The flag for the same on other systems. This is the value of macOS's `O_SEARCH`.
#[cfg(not(target_os = "linux"))]
const SEARCH: OFlags = OFlags::from_bits_retain(0x4010_0000);

/// The mode of what is ours.
const CLOSED: u32 = 0o700;
/// The mode of files that are not secret: with any umask, only the user can write them.
const SHARED: u32 = 0o755;

/// The durability of a write: whether it must be on the disk before it counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// The file survives a killed process, but not a power failure. This is sufficient for data that a login restores.
    Process,
    /// The file survives a power failure too. This is for data that cannot be obtained again.
    Disk,
}

/// A folder that was judged, by its descriptor.
#[derive(Debug)]
pub struct Folder {
    at: Arc<File>,
    path: PathBuf,
}

impl Folder {
    /// Opens a folder of ours, made if it is not there, and closes it to others. Every folder on the way is judged. No
    /// link is followed from the folder `awsesame` on; a link above it must belong to this user or to root.
    pub fn make(path: &Path) -> Result<Self, Fault> {
        let made = walk::to_folder(path, ours(path).unwrap_or(1), Missing::Make(CLOSED))?;
        made.ok_or_else(|| missing(path))
    }

    /// Opens a folder of the user's, made if it is not there. Every folder on the way is judged.
    pub fn make_shared(path: &Path) -> Result<Self, Fault> {
        Self::make_in(path, SHARED)
    }

    /// Opens a folder of the user, and creates it with this mode if necessary.
    pub fn make_in(path: &Path, mode: u32) -> Result<Self, Fault> {
        walk::to_folder(path, 0, Missing::Make(mode))?.ok_or_else(|| missing(path))
    }

    /// Opens a folder of ours for reading. The number of system calls does not depend on its depth: only the folder
    /// `awsesame` and those below it are checked. Returns None if one of them does not exist.
    pub fn look(path: &Path) -> Result<Option<Self>, Fault> {
        walk::to_own(path, ours(path).unwrap_or(1))
    }

    /// Opens a file by its name in here.
    pub(super) fn open(&self, name: &OsStr, flags: OFlags) -> std::io::Result<File> {
        // Without NONBLOCK, opening a pipe in place of the file would block forever.
        let flags = flags | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let file = rustix::fs::openat(&self.at, name, flags, Mode::RUSR | Mode::WUSR)?;
        Ok(File::from(file))
    }

    /// Returns a description of the entry with this name, if it is not a plain file.
    pub(super) fn obstacle(&self, name: &OsStr) -> Option<&'static str> {
        let about = rustix::fs::statat(&self.at, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        match rustix::fs::FileType::from_raw_mode(about.st_mode) {
            rustix::fs::FileType::RegularFile => None,
            rustix::fs::FileType::Symlink => Some("a symbolic link"),
            rustix::fs::FileType::Directory => Some("a folder"),
            _ => Some("a device or a pipe"),
        }
    }

    /// Replaces the content of a file as a whole or not at all, with a new file whose name begins with `unfinished`.
    pub(super) fn replace(
        &self,
        name: &OsStr,
        bytes: &[u8],
        mode: u32,
        unfinished: &str,
        durability: Durability,
    ) -> Result<(), Fault> {
        let fail = |error: std::io::Error| unwritable(&self.path.join(name), &error);
        let (new, mut file) = self.new_file(unfinished, mode).map_err(fail)?;
        let write = |file: &mut File| {
            file.write_all(bytes)?;
            if durability == Durability::Disk {
                file.sync_all()?;
            }
            Ok(rustix::fs::renameat(&self.at, &new, &self.at, name)?)
        };
        if let Err(error) = write(&mut file) {
            let _ = rustix::fs::unlinkat(&self.at, &new, AtFlags::empty());
            return Err(fail(error));
        }
        Ok(())
    }

    /// Makes a file under a name that is not taken.
    fn new_file(&self, unfinished: &str, mode: u32) -> std::io::Result<(OsString, File)> {
        let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        for _ in 0..100 {
            let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let name = OsString::from(format!("{unfinished}{}-{}", std::process::id(), now.as_nanos()));
            match rustix::fs::openat(&self.at, &name, flags, Mode::from_raw_mode(mode)) {
                Ok(file) => return Ok((name, File::from(file))),
                Err(rustix::io::Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(std::io::Error::from(ErrorKind::AlreadyExists))
    }

    /// Removes a file; returns false if there was none.
    pub(super) fn remove(&self, name: &OsStr) -> std::io::Result<bool> {
        match rustix::fs::unlinkat(&self.at, name, AtFlags::empty()) {
            Ok(()) => Ok(true),
            Err(rustix::io::Errno::NOENT) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns the names in here.
    pub(super) fn names(&self) -> std::io::Result<Vec<OsString>> {
        use std::os::unix::ffi::OsStrExt;
        let mut names = Vec::new();
        for entry in rustix::fs::Dir::read_from(self.listed()?)? {
            let entry = entry?;
            let name = OsStr::from_bytes(entry.file_name().to_bytes());
            if name != "." && name != ".." {
                names.push(name.to_owned());
            }
        }
        Ok(names)
    }

    /// Returns the time of the last change of an entry, of a link its own.
    pub(super) fn modified(&self, name: &OsStr) -> Option<SystemTime> {
        let about = rustix::fs::statat(&self.at, name, AtFlags::SYMLINK_NOFOLLOW).ok()?;
        let seconds = u64::try_from(about.st_mtime).ok()?;
        SystemTime::UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds))
    }

    /// Writes the renames in this folder to the disk.
    pub(super) fn sync(&self) -> std::io::Result<()> {
        self.listed()?.sync_all()
    }

    fn listed(&self) -> std::io::Result<File> {
        listed(&self.at)
    }
}

/// Opens the same folder with the right to list it.
fn listed(at: &File) -> std::io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(File::from(rustix::fs::openat(at, ".", flags, Mode::empty())?))
}

/// Closes a folder of ours to others, by its descriptor.
fn close_to_others(at: &File) -> std::io::Result<()> {
    let closed = at.metadata()?.mode() & 0o077;
    if closed == 0 {
        return Ok(());
    }
    listed(at)?.set_permissions(Permissions::from_mode(CLOSED))
}

/// Checks a `HOME` for root by its owner alone, for one call: the hot path reads nothing but sessions of root's own there.
pub fn check_owner_of_home(home: &Path) -> Result<(), Fault> {
    static OWNER: OnceLock<Option<u32>> = OnceLock::new();
    if us() != 0 {
        return Ok(());
    }
    let owner = *OWNER.get_or_init(|| {
        let about = home.metadata().ok()?;
        judgment::owner(home, &about).is_err().then(|| about.uid())
    });
    owner.map_or(Ok(()), |uid| Err(Fault::ForeignHome { home: shown(home), uid }))
}

/// Checks the `HOME` of root: each folder on the way must belong to root, because the settings there name programs. For
/// other users, a home that is not theirs is allowed, but nothing is created in it. The result is computed once per
/// process.
pub fn check_home(home: &Path) -> Result<(), Fault> {
    static JUDGED: OnceLock<Option<Fault>> = OnceLock::new();
    if us() != 0 {
        return Ok(());
    }
    let judged = JUDGED.get_or_init(|| match walk::to_folder(home, 0, Missing::Stop) {
        Err(Fault::NotOurs { uid, .. }) => Some(Fault::ForeignHome { home: shown(home), uid }),
        Err(fault @ Fault::OpenFolder { .. }) => Some(fault),
        // Any other problem is reported when something in the folder is needed.
        _ => None,
    });
    judged.clone().map_or(Ok(()), Err)
}

/// Returns true if a folder is the one of our name, or below it.
pub(super) fn is_ours(path: &Path) -> bool {
    ours(path).is_some()
}

/// Opens a file that is used at its word, because it names programs: each folder on the way is judged, and so is what was
/// opened. Links that belong to this user or to root are followed. Returns None if it is missing.
pub fn open_trusted(path: &Path) -> Result<Option<File>, Fault> {
    let fail = |error: std::io::Error| unreadable(path, &error);
    let Some((folder, name)) = walk::to_file(path)? else { return Ok(None) };
    let file = match folder.open(&name, OFlags::RDONLY) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(fail(error)),
    };
    let about = file.metadata().map_err(fail)?;
    if !about.is_file() {
        let what = if about.is_dir() { "a folder" } else { "a device or a pipe" };
        return Err(Fault::NotAFile { path: shown(path), what });
    }
    judgment::owner(path, &about)?;
    if about.mode() & 0o022 != 0 {
        return Err(Fault::TooOpen { path: shown(path), mode: about.mode() & 0o7777 });
    }
    Ok(Some(file))
}

/// Returns a path that is equal for every spelling of a folder: without links, doubled slashes and dots. The parts that
/// do not exist yet are kept as they are.
pub fn real(path: &Path) -> PathBuf {
    if let Some(real) = of_descriptor(path) {
        return real;
    }
    let (mut missing, mut there) = (Vec::new(), path);
    loop {
        if let Ok(real) = there.canonicalize() {
            return missing.iter().rev().fold(real, |path, name| path.join(name));
        }
        match (there.parent(), there.file_name()) {
            (Some(parent), Some(name)) => {
                missing.push(name);
                there = if parent.as_os_str().is_empty() { Path::new(".") } else { parent };
            }
            _ => return path.to_owned(),
        }
    }
}

/// Returns the kernel's own name of a folder, at the cost of three system calls.
#[cfg(target_os = "linux")]
fn of_descriptor(path: &Path) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    use std::os::unix::ffi::OsStringExt;
    let folder = rustix::fs::open(path, SEARCH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    let link = format!("/proc/self/fd/{}", folder.as_raw_fd());
    let real = rustix::fs::readlinkat(CWD, link, Vec::new()).ok()?;
    Some(PathBuf::from(OsString::from_vec(real.into_bytes())))
}

#[cfg(not(target_os = "linux"))]
fn of_descriptor(_path: &Path) -> Option<PathBuf> {
    None
}

/// Returns the fault for a folder that another process deletes as soon as it is created.
fn missing(path: &Path) -> Fault {
    unwritable(path, &std::io::Error::from(ErrorKind::NotFound))
}

#[cfg(test)]
mod tests;
