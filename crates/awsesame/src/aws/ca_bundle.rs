//! Reads the certificates of the file in `AWS_CA_BUNDLE`, which TLS connections then trust. If the variable names no
//! file, the TLS library decides which certificates to trust.

use std::path::Path;

use awsesame_core::fault::Fault;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{Error, SliceIter};

use crate::os::named_file;

/// The maximum size of a bundle. The certificates of a whole system take less than one megabyte.
const MOST_BYTES: u64 = 16 * 1024 * 1024;

/// Returns the certificates of a file as PEM. Each one is checked here, because the TLS library aborts the program at a
/// certificate that it cannot read.
pub fn certificates(path: &str) -> Result<Vec<u8>, Fault> {
    let fault = |why: &str| Fault::CaBundle { path: path.to_owned(), why: why.to_owned() };
    let bytes = named_file::read(Path::new(path), MOST_BYTES).map_err(|why| fault(&why))?;
    let bytes = bytes.ok_or_else(|| fault("no such file or directory"))?;
    sift(&bytes).map_err(|why| fault(&why))
}

/// Returns the certificates of a PEM text. An invalid one is left out, as OpenSSL does, because the bundles of
/// companies contain some among valid ones.
fn sift(bytes: &[u8]) -> Result<Vec<u8>, String> {
    // Editors of Windows put a mark in front, which stays in the middle when files are joined.
    let text = without_marks(bytes);
    let mut sections = SliceIter::<CertificateDer<'_>>::new(&text);
    let (mut good, mut any) = (Vec::new(), false);
    loop {
        let before = sections.remainder();
        let Some(certificate) = sections.next() else { break };
        let certificate = certificate.map_err(|error| words(&error))?;
        any = true;
        if webpki::anchor_from_trusted_cert(&certificate).is_ok() {
            good.extend_from_slice(&before[..before.len() - sections.remainder().len()]);
        }
    }
    match (good.is_empty(), any) {
        (false, _) => Ok(good),
        (true, true) => Err("no certificate in it makes sense".into()),
        (true, false) => Err("there is no certificate in it".into()),
    }
}

/// Returns the text without byte order marks, as OpenSSL reads it.
fn without_marks(bytes: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some((first, others)) = rest.split_first() {
        if let Some(behind) = rest.strip_prefix(b"\xef\xbb\xbf") {
            rest = behind;
        } else {
            text.push(*first);
            rest = others;
        }
    }
    text
}

fn words(error: &Error) -> String {
    match error {
        Error::Base64Decode(_) => "the text between BEGIN and END is not base64".into(),
        Error::MissingSectionEnd { .. } => "a certificate in it has no end".into(),
        Error::IllegalSectionStart { .. } => "a BEGIN line in it is not whole".into(),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONSENSE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";

    #[test]
    fn a_byte_order_mark_before_a_certificate_is_ignored() {
        let marked = format!("\u{feff}{NONSENSE}\n\u{feff}{NONSENSE}");
        assert_eq!(sift(marked.as_bytes()), Err("no certificate in it makes sense".to_owned()));
        assert_eq!(without_marks(marked.as_bytes()), format!("{NONSENSE}\n{NONSENSE}").into_bytes());
    }

    #[test]
    fn bundle_without_a_certificate_is_reported_with_the_reason() {
        for (text, why) in [
            ("", "there is no certificate in it"),
            ("hello\n", "there is no certificate in it"),
            (NONSENSE, "no certificate in it makes sense"),
            (
                "-----BEGIN CERTIFICATE-----\n?\n-----END CERTIFICATE-----\n",
                "the text between BEGIN and END is not base64",
            ),
            ("-----BEGIN CERTIFICATE-----\nAAAA\n", "a certificate in it has no end"),
            ("-----BEGIN CERTIFICATE\nAAAA\n", "a BEGIN line in it is not whole"),
            (
                "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
                "there is no certificate in it",
            ),
        ] {
            assert_eq!(sift(text.as_bytes()), Err(why.to_owned()), "{text:?}");
        }
    }
}
