//! The files and variables from which a session was resolved. They are stored in its header, to notice when they have
//! changed.

/// The state of a file when a session was resolved from it. If anything differs, the profile may have changed, so the
/// plan is made again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileStamp {
    /// The path as it was opened.
    pub path: String,
    /// `None` where the file did not exist.
    pub state: Option<FileState>,
}

/// The state of an existing file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileState {
    /// Modification time, nanoseconds since the epoch.
    pub mtime: i128,
    /// The size of the file in bytes.
    pub size: u64,
    /// Inode number: an editor's rename shows here even when time and size agree.
    pub inode: u64,
}

/// The variables that a session was resolved from, none of them secret.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inputs {
    /// The value of `AWS_ENDPOINT_URL_STS`, or else of `AWS_ENDPOINT_URL`.
    pub endpoint: Option<String>,
    /// `MASTER_AWS_ACCESS_KEY_ID`, where it was the source of the key.
    pub master_key: Option<String>,
    /// `AWS_MFA_ARN`, where it was the source of the serial number.
    pub mfa_arn: Option<String>,
    /// The hash of the variables that define how roles are assumed. None if there is no role or no such variable.
    pub role: Option<String>,
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`, unless a profile was named to awsesame itself.
    pub token_file: Option<String>,
    /// `AWS_ROLE_ARN`, unless a profile was named to awsesame itself.
    pub role_arn: Option<String>,
}
