//! Computes the code of a seed at a given time (RFC 6238 and RFC 4226), with HMAC-SHA-1, six digits and steps of 30
//! seconds, as all virtual devices of AWS do. The seed comes from a store; nothing here reads the clock.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::fault::Fault;
use crate::name::TokenCode;
use crate::session::ledger;

/// The minimum length of a seed (RFC 4226, R6): 128 bits.
const SHORTEST_BYTES: usize = 16;
/// The maximum length of a seed. Those of AWS have 64 characters of base32.
const LONGEST_BYTES: usize = 128;

/// The secret of a virtual MFA device. It cannot be printed, and is zeroed on drop.
#[derive(Clone, PartialEq, Eq)]
pub struct Seed(Zeroizing<Vec<u8>>);

impl Seed {
    /// Reads a seed as AWS and others show it: base32 (RFC 4648), in capitals or not,
    /// with blanks and hyphens between groups, with or without `=` at its end.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        let wrong = |why: String| Fault::BadSeed { why };
        let trimmed = text.trim().trim_end_matches('=');
        let mut bytes = Zeroizing::new(Vec::with_capacity(LONGEST_BYTES));
        let (mut bits, mut held) = (0u32, 0u32);
        for (at, c) in trimmed.chars().enumerate() {
            let digit = match c {
                ' ' | '-' => continue,
                'a'..='z' => u32::from(c) - u32::from('a'),
                'A'..='Z' => u32::from(c) - u32::from('A'),
                '2'..='7' => u32::from(c) - u32::from('2') + 26,
                // Only the position is reported, because the character is part of a secret.
                _ => {
                    return Err(wrong(format!(
                        "character {} is not a base32 digit (A to Z, 2 to 7)",
                        at + 1
                    )));
                }
            };
            bits = bits << 5 | digit;
            held += 5;
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from(bits >> held & 0xff).unwrap_or_default());
            }
            if bytes.len() > LONGEST_BYTES {
                return Err(wrong(format!("it is longer than {LONGEST_BYTES} bytes")));
            }
        }
        match bytes.len() {
            0 => Err(wrong("it is empty".into())),
            // A whole number of bytes never leaves five bits or more over.
            _ if held >= 5 => Err(wrong("it stops in the middle of a byte, so something is missing".into())),
            short @ ..SHORTEST_BYTES => {
                Err(wrong(format!("it has {short} bytes, and no device has fewer than {SHORTEST_BYTES}")))
            }
            _ => Ok(Self(bytes)),
        }
    }

    /// Reads a seed in the form that a store keeps. Returns None if the bytes cannot be a seed.
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        (SHORTEST_BYTES..=LONGEST_BYTES).contains(&bytes.len()).then(|| Self(Zeroizing::new(bytes.to_vec())))
    }

    /// Returns the bytes, for a store.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// Returns the code that a device with this seed shows at `now`, in Unix seconds.
    ///
    /// # Panics
    /// The function never panics: HMAC accepts keys of every length, and six digits are a valid code.
    pub fn code(&self, now: i64) -> TokenCode {
        let step = ledger::step(now).cast_unsigned();
        let mut mac = Hmac::<Sha1>::new_from_slice(&self.0).expect("HMAC takes a key of any length");
        mac.update(&step.to_be_bytes());
        let hash = mac.finalize().into_bytes();
        let offset = usize::from(hash[19] & 15);
        let number =
            u32::from_be_bytes([hash[offset] & 127, hash[offset + 1], hash[offset + 2], hash[offset + 3]]);
        TokenCode::parse(&format!("{:06}", number % 1_000_000)).expect("six digits are a code")
    }
}

impl std::fmt::Debug for Seed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Seed(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The seed of the vectors in RFC 6238, appendix B: `12345678901234567890`.
    const RFC: &str = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";

    fn why(text: &str) -> String {
        match Seed::parse(text) {
            Err(Fault::BadSeed { why }) => why,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn codes_are_those_of_the_published_vectors() {
        let seed = Seed::parse(RFC).unwrap();
        // The RFC prints eight digits; six are the last six of them.
        for (now, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(seed.code(now).as_str(), code, "at {now}");
        }
    }

    #[test]
    fn seeds_are_read_as_people_and_programs_write_them() {
        let seed = Seed::parse(RFC).unwrap();
        assert_eq!(seed.expose(), b"12345678901234567890");
        for text in [
            "gezdgnbvgy3tqojqgezdgnbvgy3tqojq",
            "GEZD GNBV GY3T QOJQ GEZD GNBV GY3T QOJQ\n",
            "GEZDGNBV-GY3TQOJQ-GEZDGNBV-GY3TQOJQ",
            "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ======",
        ] {
            assert_eq!(Seed::parse(text).unwrap(), seed, "{text:?}");
        }
        assert_eq!(Seed::from_bytes(seed.expose()), Some(seed));
    }

    #[test]
    fn invalid_seed_is_refused_without_being_shown() {
        for (text, expected) in [
            ("", "it is empty"),
            ("  \n", "it is empty"),
            ("GEZD1NBVGY3TQOJQGEZDGNBVGY3TQOJQ", "character 5 is not a base32 digit (A to Z, 2 to 7)"),
            ("123456", "character 1 is not a base32 digit (A to Z, 2 to 7)"),
            ("GEZD=GNBVGY3TQOJQGEZDGNBVGY3TQOJQ", "character 5 is not a base32 digit (A to Z, 2 to 7)"),
            ("GEZDGNBVGY3TQOJÖ", "character 16 is not a base32 digit (A to Z, 2 to 7)"),
            ("GEZDGNBV", "it has 5 bytes, and no device has fewer than 16"),
            (
                "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQG",
                "it stops in the middle of a byte, so something is missing",
            ),
        ] {
            assert_eq!(why(text), expected, "{text:?}");
        }
        assert_eq!(why(&"A".repeat(100_000)), "it is longer than 128 bytes");
        assert_eq!(Seed::from_bytes(b"short"), None);
        assert_eq!(format!("{:?}", Seed::parse(RFC).unwrap()), "Seed(..)");
    }
}
