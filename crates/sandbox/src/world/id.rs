//! Creates identifiers, secrets and tokens in AWS's formats. Fixed ones are derived from an ARN, so that they survive a
//! restart; secret ones are random.

use sha2::{Digest, Sha256};

use crate::wire::encoding::{base32, base64, base64url, hex};

fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("the kernel gives random bytes");
    bytes
}

/// Returns a stable identifier such as `AIDA...` for a user or `AROA...` for a role.
pub(crate) fn stable(prefix: &str, arn: &str) -> String {
    let hash = Sha256::digest(arn.as_bytes());
    format!("{prefix}{}", &base32(&hash)[..17])
}

/// Returns a new access key ID. As in AWS, the account number can be read from its first six bytes.
pub(crate) fn access_key(prefix: &str, account: &str) -> String {
    let mut bytes = random::<10>();
    let number: u64 = account.parse().unwrap_or(0);
    let packed = (number << 7 | u64::from(bytes[5] & 0x7f)).to_be_bytes();
    bytes[..6].copy_from_slice(&packed[2..]);
    // The top bit is set in every key that AWS makes today.
    bytes[0] |= 0x80;
    format!("{prefix}{}", base32(&bytes))
}

/// Returns a new secret access key: 40 characters.
pub(crate) fn secret() -> String {
    base64(&random::<30>())
}

/// Makes a new session token.
pub(crate) fn token() -> String {
    format!("FwoGZXIvYXdzEXAMPLE{}", base64(&random::<192>()))
}

/// Returns a new seed for a virtual device.
pub(crate) fn seed() -> Vec<u8> {
    random::<40>().to_vec()
}

/// Makes a new request id.
pub(crate) fn request() -> String {
    let text = hex(&random::<16>());
    format!("{}-{}-{}-{}-{}", &text[..8], &text[8..12], &text[12..16], &text[16..20], &text[20..])
}

/// Returns a random text for codes, cookies and tokens: base64url of enough bytes that nobody can guess it.
pub(crate) fn opaque() -> String {
    base64url(&random::<32>())
}

/// Returns the private key of an ES256 signature. Almost every random value is one: all but one in 2^32.
pub(crate) fn key() -> [u8; 32] {
    let mut bytes = random();
    // With this bit cleared, the number is below the order of the curve.
    bytes[0] &= 0x7f;
    bytes
}

/// Makes a code that a person types at another device: eight letters, no two of which look alike.
pub(crate) fn user_code() -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    let letters: String =
        random::<8>().iter().map(|byte| char::from(LETTERS[usize::from(*byte) % LETTERS.len()])).collect();
    format!("{}-{}", &letters[..4], &letters[4..])
}

/// Returns an id for a multipart upload.
pub(crate) fn upload() -> String {
    hex(&random::<32>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::encoding::unbase32;

    #[test]
    fn access_key_id_tells_its_account() {
        let key = access_key("ASIA", "123456789012");
        assert_eq!(key.len(), 20);
        let bytes = unbase32(&key[4..]).unwrap();
        let packed = bytes[..6].iter().fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
        assert_eq!((packed & 0x7fff_ffff_ff80) >> 7, 123_456_789_012);
    }

    #[test]
    fn secrets_have_the_length_of_awss() {
        assert_eq!(secret().len(), 40);
        assert_ne!(secret(), secret());
    }
}
