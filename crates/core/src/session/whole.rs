//! A session that is open: what may be said of it, and what is handed out.

use super::credentials::Credentials;
use super::header::Header;

/// Temporary credentials, and what may be said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The part of it that anybody may know.
    pub header: Header,
    /// The credentials that are handed out.
    pub credentials: Credentials,
}
