//! A passkey. The service that asks for a signature checks it.

use super::fixture::PasskeyEntry;

/// A credential that WebAuthn made for `localhost`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Passkey {
    /// The id of the credential.
    pub(crate) id: Vec<u8>,
    /// The point on P-256 that is the public key, uncompressed (SEC 1, 2.3.3).
    pub(crate) public: Vec<u8>,
    /// The private key of a passkey in the fixture, so that one can practice without a browser.
    pub(crate) private: Option<[u8; 32]>,
    /// The last known signature counter.
    pub(crate) count: u32,
}

impl Passkey {
    /// Reads the entry. Returns None if it is not a key on P-256.
    pub(super) fn from_entry(entry: &PasskeyEntry) -> Option<Self> {
        let (id, key) = entry.read()?;
        let public = key.verifying_key().to_sec1_point(false).as_bytes().to_vec();
        Some(Self { id, public, private: Some(key.to_bytes().into()), count: 0 })
    }
}
