//! A session that is open: what may be said of it, and what is handed out.

use super::credentials::Credentials;
use super::header::Header;

/// Temporary credentials, and what may be said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// What anybody may know of it.
    pub header: Header,
    /// What is handed out.
    pub credentials: Credentials,
}
