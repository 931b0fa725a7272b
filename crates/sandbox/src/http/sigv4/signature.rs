//! Hashing, signing and comparing signatures.

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use super::presented::{ALGORITHM, Scope};
use crate::wire::encoding::{hex, unhex};

/// The SHA-256 of an empty text.
pub(crate) const EMPTY_HASH: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";

/// Returns the SHA-256 in lower-case hexadecimal.
pub(crate) fn hash(bytes: &[u8]) -> String {
    hex(&Sha256::digest(bytes))
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of any length")
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = keyed(key);
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Derives the key from a secret, day, Region and service.
pub(crate) fn signing_key(secret: &str, scope: &Scope) -> [u8; 32] {
    let day = hmac(format!("AWS4{secret}").as_bytes(), &scope.date);
    let region = hmac(&day, &scope.region);
    let service = hmac(&region, &scope.service);
    hmac(&service, "aws4_request")
}

/// Returns the text that is signed for a request.
pub(crate) fn string_to_sign(time: &str, scope: &Scope, canonical: &str) -> String {
    format!("{ALGORITHM}\n{time}\n{scope}\n{}", hash(canonical.as_bytes()))
}

/// Returns true if `signature` (hexadecimal) is that of `text`. The comparison takes constant time.
pub(crate) fn signed(key: &[u8; 32], text: &str, signature: &str) -> bool {
    let Some(signature) = unhex(signature) else { return false };
    let mut mac = keyed(key);
    mac.update(text.as_bytes());
    mac.verify_slice(&signature).is_ok()
}

/// Returns the signature of `text` in hexadecimal.
#[cfg(test)]
pub(crate) fn sign(key: &[u8; 32], text: &str) -> String {
    hex(&hmac(key, text))
}
