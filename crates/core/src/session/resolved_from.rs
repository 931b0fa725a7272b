//! The files and variables from which a session was resolved. They are stored in its header, to notice when they have
//! changed.

/// The state of a file when a session was resolved from it. If anything differs, the profile may have changed, so the
/// plan is made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStamp {
    /// The path by which the file was opened.
    pub path: String,
    /// The state, or `None` if the file did not exist.
    pub state: Option<FileState>,
}

/// The state of an existing file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    /// The modification time in nanoseconds since the epoch.
    pub mtime: i128,
    /// The size of the file in bytes.
    pub size: u64,
    /// The inode number. It shows that an editor has replaced the file, even if time and size are equal.
    pub inode: u64,
}

/// The variables that a session was resolved from, none of them secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inputs {
    /// The value of `AWS_ENDPOINT_URL_STS`, or else of `AWS_ENDPOINT_URL`.
    pub endpoint: Option<String>,
    /// The value of `MASTER_AWS_ACCESS_KEY_ID`, if it was the source of the key.
    pub master_key: Option<String>,
    /// The value of `AWS_MFA_ARN`, if it was the source of the serial number.
    pub mfa_arn: Option<String>,
    /// The hash of the variables that define how roles are assumed. None if there is no role or no such variable.
    pub role: Option<String>,
    /// The value of `AWS_WEB_IDENTITY_TOKEN_FILE`, unless a profile was named to awsesame itself.
    pub token_file: Option<String>,
    /// The value of `AWS_ROLE_ARN`, unless a profile was named to awsesame itself.
    pub role_arn: Option<String>,
}
