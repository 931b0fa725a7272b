//! The ID of a data key, and the conversion of bytes to hexadecimal digits.

use sha2::{Digest, Sha256};

/// The length of a data key in bytes.
pub const KEY_BYTES: usize = 32;

/// Identifies a data key without revealing anything about it. With it, "the key was replaced" and "the file was
/// damaged" are different answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyId(String);

impl KeyId {
    /// Returns the id of a key: the first eight bytes of a domain-separated SHA-256.
    pub fn of(key: &[u8; KEY_BYTES]) -> Self {
        let digest = Sha256::new_with_prefix(b"awsesame data key id\0").chain_update(key).finalize();
        Self(hex(&digest[..8]))
    }

    /// Reads an id back from a header.
    pub fn parse(text: &str) -> Option<Self> {
        (text.len() == 16 && text.bytes().all(|b| b.is_ascii_hexdigit())).then(|| Self(text.to_owned()))
    }

    /// Returns the ID as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Converts bytes to lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: [char; 16] =
        ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', 'a', 'b', 'c', 'd', 'e', 'f'];
    bytes.iter().flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]).collect()
}
