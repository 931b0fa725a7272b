//! Checks the owner of a folder, a link or a file, and who can write there.

use std::fs::{File, Metadata};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::OnceLock;

use awsesame_core::fault::Fault;

use crate::os::error::{shown, unreadable};

/// The uid that a user namespace shows for files without an owner in it, such as the system's files.
const UNMAPPED: u32 = 65_534;

/// Returns the uid of this process, which never changes: asked of the system once.
pub(in crate::os) fn us() -> u32 {
    static US: OnceLock<u32> = OnceLock::new();
    *US.get_or_init(|| rustix::process::geteuid().as_raw())
}

/// Checks that something is this user's or the system's.
pub(super) fn owner(path: &Path, about: &Metadata) -> Result<(), Fault> {
    if trusted(about.uid()) {
        return Ok(());
    }
    Err(Fault::NotOurs { path: shown(path), uid: about.uid() })
}

fn trusted(uid: u32) -> bool {
    uid == us() || uid == 0 || (uid == UNMAPPED && in_user_namespace())
}

/// Checks a folder above ours: it must belong to this user or to the system, and no other user may be able to replace
/// its entries. In a sticky folder such as `/tmp`, everybody can have files of their own.
pub(super) fn above(path: &Path, folder: &File) -> Result<(), Fault> {
    let about = folder.metadata().map_err(|error| unreadable(path, &error))?;
    owner(path, &about)?;
    let sticky = about.mode() & 0o1000 != 0;
    let others = about.mode() & 0o002 != 0 || (about.mode() & 0o020 != 0 && !is_alone_in(about.gid()));
    if others && !sticky {
        return Err(Fault::OpenFolder { path: shown(path), mode: about.mode() & 0o7777 });
    }
    Ok(())
}

/// Checks a folder of ours. A folder that is created or written is closed to others by its descriptor afterwards. For
/// reading, it is sufficient that no other user can write there.
pub(super) fn of_ours(path: &Path, folder: &File, only_read: bool) -> Result<(), Fault> {
    let about = folder.metadata().map_err(|error| unreadable(path, &error))?;
    if about.uid() != us() {
        return Err(Fault::NotOurs { path: shown(path), uid: about.uid() });
    }
    if only_read && about.mode() & 0o022 != 0 {
        return Err(Fault::OpenFolder { path: shown(path), mode: about.mode() & 0o7777 });
    }
    Ok(())
}

/// Returns true if a group has only this user as a member. Many systems give each user such a group with write
/// permission.
fn is_alone_in(gid: u32) -> bool {
    if gid == 0 || (gid == UNMAPPED && in_user_namespace()) {
        return true;
    }
    if gid != rustix::process::getegid().as_raw() {
        return false;
    }
    if gid == us() {
        return true;
    }
    let field = |line: &str, at: usize| line.split(':').nth(at).unwrap_or_default().to_owned();
    let gid = gid.to_string();
    let lines = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
    let users = lines("/etc/passwd");
    let own: Vec<&str> = users.lines().filter(|line| field(line, 3) == gid).collect();
    let members = lines("/etc/group");
    let members = members.lines().find(|line| field(line, 2) == gid).map(|line| field(line, 3));
    match (own.as_slice(), members) {
        ([only], Some(members)) => members.is_empty() || members == field(only, 0),
        _ => false,
    }
}

/// Returns true if the uids here are not the machine's.
fn in_user_namespace() -> bool {
    // The format is `inside outside count`. In the machine's own namespace, every uid is mapped to itself.
    let map = std::fs::read_to_string("/proc/self/uid_map").unwrap_or_default();
    !map.is_empty() && map.split_whitespace().collect::<Vec<_>>() != ["0", "0", "4294967295"]
}
