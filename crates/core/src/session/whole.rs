//! An open session: its header, and the credentials that are delivered.

use super::credentials::Credentials;
use super::header::Header;

/// Temporary credentials, and what may be said of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The part of it that anybody may know.
    pub header: Header,
    /// The credentials that are delivered.
    pub credentials: Credentials,
}
