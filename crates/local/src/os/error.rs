//! Translates the errors of the system to faults: which file could not be read or written, and why.

use std::io::ErrorKind;
use std::path::Path;

use awsesame_core::fault::{Fault, WriteCause};
use rustix::io::Errno;

use crate::os::limits;

/// The device that takes everything and has nothing.
const NOTHING: &str = "/dev/null";

/// Returns a path in the form for messages.
pub(super) fn shown(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// Returns the system's message without Rust's "(os error 13)".
pub fn words(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Returns the fault of a failed read.
pub(super) fn unreadable(path: &Path, error: &std::io::Error) -> Fault {
    if let Some(fault) = blocked(path, error).or_else(|| limits::reached(error)) {
        return fault;
    }
    Fault::Unreadable { path: shown(path), why: words(error) }
}

/// Returns the fault for a path that contains something other than a folder on the way. Returns None if that is not the
/// cause.
fn blocked(path: &Path, error: &std::io::Error) -> Option<Fault> {
    let on_the_way = matches!(error.kind(), ErrorKind::NotADirectory | ErrorKind::AlreadyExists);
    let there = path.ancestors().skip(1).find(|ancestor| ancestor.symlink_metadata().is_ok())?;
    (on_the_way && !there.is_dir()).then(|| Fault::NotAFolder { path: shown(there) })
}

/// Returns the fault of a failed write.
pub fn unwritable(path: &Path, error: &std::io::Error) -> Fault {
    if let Some(fault) = blocked(path, error).or_else(|| limits::reached(error)) {
        return fault;
    }
    Fault::Unwritable {
        path: shown(path),
        why: words(error),
        cause: cause(error),
        folder: nearest_folder(path),
    }
}

/// Returns the fault of a program that could not be started.
pub fn not_started(program: &Path, error: &std::io::Error) -> Fault {
    if let Some(fault) = limits::reached(error) {
        return fault;
    }
    let missing = error.kind() == ErrorKind::NotFound;
    // What a program is not to read or write is that device, which some containers lack.
    if missing && !Path::new(NOTHING).exists() {
        return Fault::Unreadable { path: NOTHING.to_owned(), why: words(error) };
    }
    Fault::CannotRun { program: shown(program), why: words(error), missing }
}

/// Returns the cause of a failed write, by the system's error number.
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

/// Returns the nearest existing folder above a path, so that a command about it can succeed.
fn nearest_folder(path: &Path) -> String {
    let there = path.ancestors().skip(1).find(|folder| folder.is_dir());
    shown(there.unwrap_or(Path::new("/")))
}
