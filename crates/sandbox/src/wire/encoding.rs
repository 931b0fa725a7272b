//! Hexadecimal, base32, base64 and percent encodings, as AWS writes them. The meaning of the data is not known here.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// Writes lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    bytes
        .iter()
        .flat_map(|byte| [DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]])
        .map(char::from)
        .collect()
}

/// Reads lower- or upper-case hexadecimal.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    text.as_bytes()
        .chunks(2)
        .map(|pair| match pair {
            [high, low] => Some(digit(*high)? << 4 | digit(*low)?),
            _ => None,
        })
        .collect()
}

const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const BASE64: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

/// Splits bytes into groups of `bits` bits, the most significant first. The last group is filled with zeros.
fn groups(bytes: &[u8], bits: u32) -> Vec<usize> {
    let (mut held, mut count, mut out) = (0_u32, 0_u32, Vec::new());
    let mask = (1_u32 << bits) - 1;
    for byte in bytes {
        held = held << 8 | u32::from(*byte);
        count += 8;
        while count >= bits {
            count -= bits;
            out.push((held >> count & mask) as usize);
        }
        held &= (1 << count) - 1;
    }
    if count > 0 {
        out.push((held << (bits - count) & mask) as usize);
    }
    out
}

/// Puts groups of bits together again.
fn ungroup(values: impl Iterator<Item = Option<usize>>, bits: u32) -> Option<Vec<u8>> {
    let (mut held, mut count, mut out) = (0_usize, 0_u32, Vec::new());
    for value in values {
        held = held << bits | value?;
        count += bits;
        if count >= 8 {
            count -= 8;
            out.push(u8::try_from(held >> count & 0xff).expect("masked to a byte"));
            held &= (1 << count) - 1;
        }
    }
    Some(out)
}

/// Writes base32 without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    groups(bytes, 5).into_iter().map(|group| char::from(BASE32[group])).collect()
}

/// Reads base32, in either case, with or without padding.
pub(crate) fn unbase32(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').bytes();
    ungroup(digits.map(|byte| BASE32.iter().position(|digit| *digit == byte.to_ascii_uppercase())), 5)
}

/// Writes base64 with padding.
pub(crate) fn base64(bytes: &[u8]) -> String {
    let mut text: String = groups(bytes, 6).into_iter().map(|group| char::from(BASE64[group])).collect();
    while !text.len().is_multiple_of(4) {
        text.push('=');
    }
    text
}

/// Writes base64url without padding.
pub(crate) fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Decodes base64url without padding.
pub(crate) fn unbase64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Percent-encodes all bytes except for RFC 3986's unreserved characters and the bytes in `keep`.
pub(crate) fn percent(bytes: &[u8], keep: &[u8]) -> String {
    let mut out = String::with_capacity(bytes.len());
    for byte in bytes {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(byte) || keep.contains(byte) {
            out.push(char::from(*byte));
        } else {
            out.push('%');
            out.push_str(&hex(&[*byte]).to_ascii_uppercase());
        }
    }
    out
}

/// Decodes percent encoding. A `%` that does not begin an escape stays as it is.
pub(crate) fn unpercent(text: &str) -> Vec<u8> {
    let bytes = text.as_bytes();
    let (mut out, mut at) = (Vec::with_capacity(bytes.len()), 0);
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3).and_then(unhex)).flatten();
        if let Some(decoded) = escape {
            out.extend(decoded);
            at += 3;
        } else {
            out.push(bytes[at]);
            at += 1;
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The vectors are from RFC 4648, section 10.
    #[test]
    fn encodings_are_those_of_rfc_4648() {
        for (plain, in32, in64) in [
            ("", "", ""),
            ("f", "MY", "Zg=="),
            ("fo", "MZXQ", "Zm8="),
            ("foo", "MZXW6", "Zm9v"),
            ("foob", "MZXW6YQ", "Zm9vYg=="),
            ("fooba", "MZXW6YTB", "Zm9vYmE="),
            ("foobar", "MZXW6YTBOI", "Zm9vYmFy"),
        ] {
            assert_eq!(base32(plain.as_bytes()), in32);
            assert_eq!(base64(plain.as_bytes()), in64);
            assert_eq!(unbase32(in32).unwrap(), plain.as_bytes());
        }
        assert_eq!(unbase32("not base32!"), None);
    }

    #[test]
    fn percent_encoding_undoes_itself() {
        assert_eq!(percent("a b/ü".as_bytes(), b"/"), "a%20b/%C3%BC");
        assert_eq!(unpercent("a%20b/%C3%bc"), "a b/ü".as_bytes());
        assert_eq!(unpercent("100%"), b"100%");
        assert_eq!(unpercent("%+1%zz"), b"%+1%zz");
    }

    #[test]
    fn hexadecimal_undoes_itself() {
        assert_eq!(hex(&[0, 15, 255]), "000fff");
        assert_eq!(unhex("000fFF").unwrap(), [0, 15, 255]);
        assert_eq!(unhex("0"), None);
        assert_eq!(unhex("0g"), None);
    }
}
