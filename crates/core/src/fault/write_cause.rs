//! The causes of a failed write, each with the command that shows or removes the cause. All error numbers of the system
//! are mapped in this one table.

use crate::name::Typed;

/// The cause of a write that failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriteCause {
    /// `EACCES`: the mode of the file or a folder forbids it.
    Denied,
    /// `EPERM`: an attribute or the file system forbids it.
    Forbidden,
    /// `ENOSPC`: no blocks or no inodes are free.
    Full,
    /// `EDQUOT`: the user's quota is exhausted.
    Quota,
    /// `EROFS`: the file system is read-only.
    ReadOnly,
    /// `ENOLCK`, `ENOTSUP`, `ENOSYS`: the file system does not support the operation, usually a lock.
    Unsupported,
    /// `EMFILE`, `ENFILE`: too many files are open.
    OpenFiles,
    /// `EFBIG`: the limit on the size of files is reached.
    FileSize,
    /// `ENAMETOOLONG`, or a socket's path that is too long.
    NameLength,
    /// `EIO`, `ESTALE`: the disk or the connection to it has failed.
    Device,
    /// Any other cause.
    Other,
}

impl WriteCause {
    /// Returns the next command to type. `folder` is the nearest folder that exists.
    pub(crate) fn hint(self, folder: &str) -> String {
        let folder = Typed(folder);
        match self {
            Self::Denied => format!("see who may write there: ls -ld {folder}"),
            Self::Forbidden => format!("see what forbids it: lsattr -d {folder}; findmnt -T {folder}"),
            Self::Full => format!("make room, in blocks or in files: df -h {folder}; df -i {folder}"),
            Self::Quota => "make room within your quota: quota -s".into(),
            Self::ReadOnly => format!("see how it is mounted: findmnt -T {folder}"),
            Self::Unsupported => {
                format!("the file system cannot do this; see which it is: findmnt -T {folder}")
            }
            Self::OpenFiles => "allow more open files in this shell: ulimit -n 1024".into(),
            Self::FileSize => "allow larger files in this shell: ulimit -f unlimited".into(),
            Self::NameLength => {
                "store the sessions under a shorter path: export XDG_STATE_HOME=/SHORT/PATH".into()
            }
            Self::Device => {
                format!("the disk fails, or the connection to it; see which it is: findmnt -T {folder}")
            }
            Self::Other => format!("see the folder and the disk: ls -ld {folder}; df -h {folder}"),
        }
    }
}
