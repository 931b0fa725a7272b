//! Temporary credentials, which are the sealed part of a session.

use crate::name::secret::Secret;

/// Temporary credentials of STS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials {
    /// The access key ID (`ASIA...`). It is not a secret, but it is sealed with the rest.
    pub access_key_id: String,
    /// The secret access key.
    pub secret_access_key: Secret,
    /// The session token of the credentials.
    pub session_token: Secret,
}
