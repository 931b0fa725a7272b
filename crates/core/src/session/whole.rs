//! An open session: its header, and the credentials that are delivered.

use super::credentials::Credentials;
use super::header::Header;

/// Temporary credentials and the facts about them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// The part that is not secret.
    pub header: Header,
    /// The credentials that are delivered.
    pub credentials: Credentials,
}
