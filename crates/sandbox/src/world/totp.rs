//! One-time codes of RFC 6238 as AWS's virtual devices use them: SHA-1, six digits, 30 seconds. Neither users nor spent
//! codes are known here.

use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;

/// The seconds for which one code is valid.
pub(crate) const STEP: i64 = 30;

/// Returns the time step that contains `time` (seconds since 1970).
pub(crate) fn step_at(time: i64) -> i64 {
    time.div_euclid(STEP)
}

/// Returns the six digits of `step`.
pub(crate) fn code(seed: &[u8], step: i64) -> String {
    digits(seed, step, 6)
}

fn digits(seed: &[u8], step: i64, count: u32) -> String {
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).expect("HMAC takes keys of any length");
    mac.update(&step.to_be_bytes());
    let tag = mac.finalize().into_bytes();
    // RFC 4226, 5.3: the low four bits of the last byte are the position of the number.
    let start = usize::from(tag[19] & 0xf);
    let number = u32::from_be_bytes([tag[start] & 0x7f, tag[start + 1], tag[start + 2], tag[start + 3]]);
    let width = count as usize;
    format!("{:0width$}", number % 10_u32.pow(count))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 6238, appendix B, the rows for SHA-1.
    #[test]
    fn codes_are_those_of_rfc_6238() {
        let seed = b"12345678901234567890";
        for (time, expected) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(digits(seed, step_at(time), 8), expected, "at {time}");
            assert_eq!(code(seed, step_at(time)), expected[2..], "at {time}");
        }
    }
}
