//! Temporary credentials: the part of a session that is sealed.

use crate::name::secret::Secret;

/// Temporary credentials, as STS gives them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// `ASIA...`; no secret by itself, but sealed with the rest all the same.
    pub access_key_id: String,
    /// The secret half.
    pub secret_access_key: Secret,
    /// The session token.
    pub session_token: Secret,
}
