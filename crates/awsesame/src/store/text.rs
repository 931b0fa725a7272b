//! Encodes secrets as one line of text (base64, RFC 4648), for stores that keep text.

use awsesame_core::fault::Fault;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// Returns a secret as a line with its line end.
pub(super) fn line(secret: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(STANDARD.encode(secret).into_bytes());
    text.push(b'\n');
    text
}

/// Returns the lines of a list, without the spaces around them.
pub(super) fn lines(text: &[u8]) -> Vec<String> {
    String::from_utf8_lossy(text).lines().map(|line| line.trim().to_owned()).collect()
}

/// Returns the secret in a line. Returns None for an empty text.
pub(super) fn secret(store: &'static str, text: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
    let text = text.trim_ascii();
    if text.is_empty() {
        return Ok(None);
    }
    let secret = STANDARD.decode(text).map(Zeroizing::new);
    secret.map(Some).map_err(|_| Fault::StoreGarbage { store, why: "it is not base64".into() })
}
