//! Creates proofs of possession (`DPoP`, RFC 9449). A token request is signed with a key that was made for this
//! session, so a stolen refresh token is useless without the key. Every attempt needs a new proof, because AWS refuses
//! a `jti` that it has seen before.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use p256::SecretKey;
use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use p256::elliptic_curve::sec1::ToSec1Point as _;
use p256::pkcs8::LineEnding;
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::name::secret::Secret;

/// The length of a private key in bytes.
pub const KEY_BYTES: usize = 32;

/// An ES256 key that binds the tokens of one session. Zeroed on drop, never printed.
#[derive(Clone, PartialEq, Eq)]
pub struct DpopKey(SecretKey);

impl std::fmt::Debug for DpopKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DpopKey(..)")
    }
}

/// A public key with its members in the order of RFC 7638. [`Jwk`] has the order of AWS's clients.
#[derive(Serialize)]
struct Canonical<'a> {
    crv: &'a str,
    kty: &'a str,
    x: &'a str,
    y: &'a str,
}

#[derive(Serialize)]
struct Jwk<'a> {
    kty: &'a str,
    x: &'a str,
    y: &'a str,
    crv: &'a str,
}

#[derive(Serialize)]
struct Head<'a> {
    typ: &'a str,
    alg: &'a str,
    jwk: Jwk<'a>,
}

#[derive(Serialize)]
struct Claims<'a> {
    htm: &'a str,
    htu: &'a str,
    iat: i64,
    jti: &'a str,
}

impl DpopKey {
    /// Creates a key from random bytes. Returns None if they are not a valid key of the curve (once in 2^32), or if a
    /// coordinate begins with a zero byte: the SDKs for Go and Java drop that byte, and could not refresh a published
    /// session. The caller then tries other bytes.
    pub fn draw(random: &[u8; KEY_BYTES]) -> Option<Self> {
        let key = Self::of(random)?;
        let (x, y) = key.coordinates();
        (x[0] != 0 && y[0] != 0).then_some(key)
    }

    /// Creates a key from an existing private key.
    pub fn of(bytes: &[u8; KEY_BYTES]) -> Option<Self> {
        SecretKey::from_slice(bytes).ok().map(Self)
    }

    /// Reads the PEM of SEC1 (`EC PRIVATE KEY`), as the AWS CLI keeps its key.
    pub fn from_pem(pem: &str) -> Option<Self> {
        SecretKey::from_sec1_pem(pem).ok().map(Self)
    }

    /// Writes the PEM of SEC1.
    ///
    /// # Panics
    /// Never: the key is one of the curve.
    pub fn to_pem(&self) -> Secret {
        let pem = self.0.to_sec1_pem(LineEnding::LF).expect("a key of the curve has an encoding");
        Secret::new(pem.as_str())
    }

    /// Returns the thumbprint of the public key (RFC 7638): the name under which a server binds tokens.
    pub fn thumbprint(&self) -> String {
        let (x, y) = self.encoded();
        let jwk = Canonical { crv: "P-256", kty: "EC", x: &x, y: &y };
        BASE64_URL_SAFE_NO_PAD.encode(Sha256::digest(json(&jwk)))
    }

    /// Makes the `DPoP` header of one `POST` to `url`. `issued` is in unix seconds; `id` is a
    /// random UUID that was never used before.
    pub fn proof(&self, url: &str, issued: i64, id: &str) -> String {
        let (x, y) = self.encoded();
        let jwk = Jwk { kty: "EC", x: &x, y: &y, crv: "P-256" };
        let head = Head { typ: "dpop+jwt", alg: "ES256", jwk };
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let claims = Claims { htm: "POST", htu: url, iat: issued, jti: id };
        let input = format!("{}.{}", encode(json(&head)), encode(json(&claims)));
        let signature: Signature = SigningKey::from(&self.0).sign(input.as_bytes());
        format!("{input}.{}", encode(signature.to_bytes()))
    }

    fn coordinates(&self) -> ([u8; 32], [u8; 32]) {
        let point = self.0.public_key().to_sec1_point(false);
        let coordinate = |bytes: Option<&[u8]>| {
            bytes.and_then(|bytes| bytes.try_into().ok()).expect("a public key is no point at infinity")
        };
        (coordinate(point.x().map(|x| &x[..])), coordinate(point.y().map(|y| &y[..])))
    }

    fn encoded(&self) -> (String, String) {
        let (x, y) = self.coordinates();
        (encode(x), encode(y))
    }
}

fn encode(bytes: impl AsRef<[u8]>) -> String {
    BASE64_URL_SAFE_NO_PAD.encode(bytes)
}

fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("strings and numbers are JSON")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{VECTORS, text};

    fn bytes(hex: &str) -> [u8; KEY_BYTES] {
        let byte = |at: usize| u8::from_str_radix(&hex[at..at + 2], 16).unwrap();
        std::array::from_fn(|index| byte(index * 2))
    }

    #[test]
    fn every_recorded_proof_is_made_byte_for_byte() {
        for vector in VECTORS["dpop_vectors"].as_array().unwrap() {
            let key = DpopKey::of(&bytes(text(&vector["private_key_hex"]))).unwrap();
            let claims: serde_json::Value = serde_json::from_str(text(&vector["claims_json"])).unwrap();
            let url = text(&claims["htu"]);
            let proof = key.proof(url, claims["iat"].as_i64().unwrap(), text(&claims["jti"]));
            assert_eq!(proof, text(&vector["proof"]), "{}", vector["note"]);
            assert_eq!(key.thumbprint(), text(&vector["jwk_thumbprint_sha256"]));
        }
    }

    #[test]
    fn a_key_goes_into_the_files_of_the_cli_and_comes_back() {
        for vector in VECTORS["dpop_vectors"].as_array().unwrap() {
            let key = DpopKey::of(&bytes(text(&vector["private_key_hex"]))).unwrap();
            assert_eq!(key.to_pem().expose(), text(&vector["sec1_pem"]));
            assert_eq!(DpopKey::from_pem(text(&vector["sec1_pem"])), Some(key));
        }
        for broken in ["", "-----BEGIN EC PRIVATE KEY-----\nAAAA\n-----END EC PRIVATE KEY-----\n"] {
            assert_eq!(DpopKey::from_pem(broken), None);
        }
    }

    #[test]
    fn a_key_that_other_clients_would_misread_is_not_drawn() {
        let [plain, _, zero] = &VECTORS["dpop_vectors"].as_array().unwrap()[..] else { panic!() };
        assert!(DpopKey::draw(&bytes(text(&plain["private_key_hex"]))).is_some());
        assert!(DpopKey::draw(&bytes(text(&zero["private_key_hex"]))).is_none());
        assert!(DpopKey::draw(&[0; KEY_BYTES]).is_none());
        assert!(DpopKey::draw(&[0xff; KEY_BYTES]).is_none());
    }

    #[test]
    fn a_query_is_no_part_of_what_is_signed() {
        let key = DpopKey::of(&[7; KEY_BYTES]).unwrap();
        let plain = key.proof("https://us-east-1.signin.aws.amazon.com/v1/token", 1, "a");
        assert_eq!(key.proof("https://us-east-1.signin.aws.amazon.com/v1/token?x=1", 1, "a"), plain);
        assert_eq!(format!("{key:?}"), "DpopKey(..)");
    }
}
