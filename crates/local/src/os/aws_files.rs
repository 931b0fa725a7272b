//! The paths of AWS's two files, and the stamps of the files. Core parses their content.

use std::path::{Path, PathBuf};

use awsesame_core::session::{FileStamp, FileState, Header};

/// The path of the index of stored keys, below the data folder.
pub(super) const KEY_LIST: &str = "awsesame/keys";

/// The two files of AWS's own configuration, and what we add to them.
#[derive(Debug, Clone)]
pub struct AwsFiles {
    /// The value of `AWS_CONFIG_FILE`, or else `~/.aws/config`.
    pub config: PathBuf,
    /// The value of `AWS_SHARED_CREDENTIALS_FILE`, or else `~/.aws/credentials`.
    pub credentials: PathBuf,
    /// Our own index of the profiles whose key is in a store. None without a home.
    pub keys: Option<PathBuf>,
}

impl AwsFiles {
    /// Returns the files that a session was resolved from.
    pub fn of(header: &Header) -> Option<Self> {
        let [config, credentials, further @ ..] = header.stamps.as_slice() else { return None };
        let path = |stamp: &FileStamp| PathBuf::from(&stamp.path);
        // The index may be missing, and the session of a role has our settings and policies here too.
        let keys = further.first().map(path).filter(|path| path.ends_with(KEY_LIST));
        Some(Self { config: path(config), credentials: path(credentials), keys })
    }

    /// Returns the current stamps of the files.
    pub fn stamps(&self) -> Vec<FileStamp> {
        [&self.config, &self.credentials].into_iter().chain(&self.keys).map(|path| stamp(path)).collect()
    }
}

/// Returns the current stamp of a file.
pub fn stamp(path: &Path) -> FileStamp {
    use std::os::unix::fs::MetadataExt;
    let state = std::fs::metadata(path).ok().map(|file| FileState {
        mtime: i128::from(file.mtime()) * 1_000_000_000 + i128::from(file.mtime_nsec()),
        size: file.size(),
        inode: file.ino(),
    });
    FileStamp { path: path.to_string_lossy().into_owned(), state }
}
