//! The key that seals the sessions of a user, and the place where it is stored. The module `seal` uses it.

use zeroize::Zeroizing;

use super::key_id::{KEY_BYTES, KeyId};
use super::keyring::Keyring;

/// The key that seals every session of a user. Zeroed on drop, never printed.
#[derive(Clone)]
pub struct DataKey(Zeroizing<[u8; KEY_BYTES]>);

impl DataKey {
    /// Creates a key from 32 random bytes.
    pub fn new(bytes: [u8; KEY_BYTES]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// Creates a key from the bytes in a store. Returns `None` unless they are exactly 32.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self::new)
    }

    /// Returns the bytes, for a store.
    pub fn expose(&self) -> &[u8; KEY_BYTES] {
        &self.0
    }

    /// Returns the id of this key.
    pub fn id(&self) -> KeyId {
        KeyId::of(&self.0)
    }
}

impl std::fmt::Debug for DataKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DataKey(..)")
    }
}

/// The data key that a session is sealed with, and the place where that key is stored.
#[derive(Debug)]
pub struct SealedBy<'a> {
    /// The data key.
    pub key: &'a DataKey,
    /// The store that has it.
    pub store: &'a str,
    /// The kernel keyring that has it. None if the store can be read from elsewhere too.
    pub keyring: Option<&'a Keyring>,
}
