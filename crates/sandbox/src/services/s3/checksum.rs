//! Checks the checksums that clients can send: CRC-32, CRC-32C, CRC-64/NVME, SHA-1, SHA-256, and the older Content-MD5.
//! No object is known here.

use md5::Md5;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::services::exchange::Exchange;
use crate::wire::answer::Refusal;
use crate::wire::encoding::base64;
use crate::world::Checksum;

const HEADERS: [&str; 5] = [
    "x-amz-checksum-crc32",
    "x-amz-checksum-crc32c",
    "x-amz-checksum-crc64nvme",
    "x-amz-checksum-sha1",
    "x-amz-checksum-sha256",
];

/// Returns the table of a reflected CRC with this (also reflected) polynomial.
const fn table(polynomial: u64) -> [u64; 256] {
    let mut table = [0; 256];
    let mut index = 0;
    while index < 256 {
        let mut value = index as u64;
        let mut bit = 0;
        while bit < 8 {
            value = if value & 1 == 1 { value >> 1 ^ polynomial } else { value >> 1 };
            bit += 1;
        }
        table[index] = value;
        index += 1;
    }
    table
}

static CRC32: [u64; 256] = table(0xEDB8_8320);
static CRC32C: [u64; 256] = table(0x82F6_3B78);
static CRC64: [u64; 256] = table(0x9A6C_9329_AC4B_C9B5);

fn crc(table: &[u64; 256], ones: u64, data: &[u8]) -> u64 {
    let step = |sum: u64, byte: &u8| table[usize::from(sum.to_le_bytes()[0] ^ byte)] ^ sum >> 8;
    data.iter().fold(ones, step) ^ ones
}

fn computed(header: &str, data: &[u8]) -> String {
    match header {
        "x-amz-checksum-crc32" => base64(&crc(&CRC32, 0xFFFF_FFFF, data).to_be_bytes()[4..]),
        "x-amz-checksum-crc32c" => base64(&crc(&CRC32C, 0xFFFF_FFFF, data).to_be_bytes()[4..]),
        "x-amz-checksum-crc64nvme" => base64(&crc(&CRC64, u64::MAX, data).to_be_bytes()),
        "x-amz-checksum-sha1" => base64(&Sha1::digest(data)),
        _ => base64(&Sha256::digest(data)),
    }
}

/// Compares the body with the checksum in a header or after the body, if there is one.
pub(super) fn check(exchange: &Exchange) -> Result<Option<Checksum>, Refusal> {
    let call = exchange.call;
    if let Some(sent) = call.header("content-md5")
        && sent != base64(&Md5::digest(&exchange.body))
    {
        return Err(Refusal::new(
            400,
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
        ));
    }
    let behind =
        |name: &str| exchange.trailer.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    for header in HEADERS {
        let Some(sent) = call.header(header).or_else(|| behind(header)) else { continue };
        if sent != computed(header, &exchange.body) {
            let name = header.trim_start_matches("x-amz-checksum-").to_ascii_uppercase();
            return Err(Refusal::new(
                400,
                "BadDigest",
                format!("The {name} you specified did not match the calculated checksum."),
            ));
        }
        return Ok(Some(Checksum { header, value: sent.to_owned() }));
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The check values of the CRC catalogue, and the hashes of FIPS 180, over `123456789`.
    #[test]
    fn checksums_are_the_published_ones() {
        let data = b"123456789";
        assert_eq!(crc(&CRC32, 0xFFFF_FFFF, data), 0xCBF4_3926);
        assert_eq!(crc(&CRC32C, 0xFFFF_FFFF, data), 0xE306_9283);
        assert_eq!(crc(&CRC64, u64::MAX, data), 0xAE8B_1486_0A79_9888);
        assert_eq!(computed("x-amz-checksum-crc32", data), "y/Q5Jg==");
        assert_eq!(computed("x-amz-checksum-sha1", b""), "2jmj7l5rSw0yVb/vlWAYkK/YBwk=");
        assert_eq!(computed("x-amz-checksum-sha256", b""), "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    }
}
