//! PKCE (RFC 7636): a verifier that stays in this process, and a challenge that the browser transmits. It also creates
//! the random ID of a request (RFC 9562, version 4). The random bytes come in as arguments.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};

use crate::name::secret::Secret;

/// The random bytes that become a verifier of 64 characters.
pub const VERIFIER_BYTES: usize = 48;

/// A verifier and its challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pkce {
    /// The verifier, which is sent with the code over TLS.
    pub verifier: Secret,
    /// The challenge that goes through the browser: SHA-256 of the verifier, as base64url without padding.
    pub challenge: String,
}

impl Pkce {
    /// Makes a pair from random bytes.
    pub fn new(random: &[u8; VERIFIER_BYTES]) -> Self {
        Self::of(Secret::new(BASE64_URL_SAFE_NO_PAD.encode(random)))
    }

    /// Makes the pair of a verifier.
    pub fn of(verifier: Secret) -> Self {
        let challenge = BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(verifier.expose().as_bytes()));
        Self { verifier, challenge }
    }
}

/// Makes a random UUID (version 4) from random bytes: a `state` or a `jti`.
pub fn uuid(mut random: [u8; 16]) -> String {
    random[6] = (random[6] & 0x0f) | 0x40;
    random[8] = (random[8] & 0x3f) | 0x80;
    let hex = crate::session::hex(&random);
    format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{VECTORS, text};

    #[test]
    fn the_challenge_is_that_of_the_real_clients() {
        let vector = &VECTORS["pkce_vector"];
        let pair = Pkce::of(Secret::new(text(&vector["verifier"])));
        assert_eq!(pair.challenge, text(&vector["challenge"]));
    }

    #[test]
    fn a_verifier_has_sixty_four_characters_that_need_no_escape() {
        let pair = Pkce::new(&[0xfb; VERIFIER_BYTES]);
        let verifier = pair.verifier.expose();
        assert_eq!(verifier.len(), 64);
        assert!(verifier.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._~".contains(&b)), "{verifier}");
    }

    #[test]
    fn a_random_name_is_a_uuid_of_version_four() {
        assert_eq!(uuid([0xff; 16]), "ffffffff-ffff-4fff-bfff-ffffffffffff");
        assert_eq!(uuid([0; 16]), "00000000-0000-4000-8000-000000000000");
    }
}
