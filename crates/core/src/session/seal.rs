//! The session file: the header in the clear, the credentials sealed with XChaCha20-Poly1305 (RFC 8439 with the
//! extended nonce), and every byte of the header bound to them as associated data. This module does not know where the
//! data key is stored.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::credentials::Credentials;
use super::header::Header;
use super::keyring::Keyring;
use super::whole::Session;
use super::written::{Content, MAGIC, Read};
use crate::name::secret::Secret;
use crate::text::format_number::is_newer;

pub use super::data_key::{DataKey, SealedBy};
pub use super::key_id::{KEY_BYTES, KeyId};

/// The length of a nonce in bytes. Random nonces of 24 bytes never repeat in practice, so files need no counter.
pub const NONCE_BYTES: usize = 24;
/// The maximum size of a session file. A larger file is not one of ours.
pub const MOST_BYTES: usize = 64 * 1024;

/// The reasons why a session file cannot be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SealError {
    /// The session was sealed with another key, which a reboot or `lock` has deleted.
    OtherKey,
    /// A byte of the file has changed.
    Damaged,
    /// The file has the format of a newer version.
    Newer,
}

/// Seals credentials under a header.
///
/// # Panics
/// The function never panics, because the cipher refuses only messages of more than 256 GiB.
pub fn seal(
    header: &Header,
    credentials: &Credentials,
    by: &SealedBy<'_>,
    nonce: [u8; NONCE_BYTES],
) -> Vec<u8> {
    let plain = Zeroizing::new(format!(
        "{}\n{}\n{}",
        credentials.access_key_id,
        credentials.secret_access_key.expose(),
        credentials.session_token.expose()
    ));
    seal_text(header, &plain, by, nonce)
}

/// Seals a text under a header. It is used for the record of a sign-in by browser, which has more parts than
/// credentials.
///
/// # Panics
/// The function never panics, because the cipher refuses only messages of more than 256 GiB.
pub fn seal_text(header: &Header, plain: &str, by: &SealedBy<'_>, nonce: [u8; NONCE_BYTES]) -> Vec<u8> {
    let text = header.to_text(by);
    let payload = Payload { msg: plain.as_bytes(), aad: text.as_bytes() };
    let sealed = XChaCha20Poly1305::new(by.key.expose().into())
        .encrypt(&XNonce::from(nonce), payload)
        .expect("the cipher takes any message shorter than 256 GiB");
    let mut file = text.into_bytes();
    file.extend_from_slice(&nonce);
    file.extend_from_slice(&sealed);
    file
}

/// Returns true if the first line of a file is ours with a greater number.
fn is_of_newer_version(file: &[u8]) -> bool {
    let first = file.split(|byte| *byte == b'\n').next().unwrap_or_default();
    std::str::from_utf8(first).is_ok_and(|first| is_newer(first, MAGIC.trim_end()))
}

/// A session file that was read but not opened. Its header must not be trusted until [`SealedSession::open`] has
/// verified it, except for the decision not to open it.
#[derive(Debug, Clone)]
pub struct SealedSession {
    header: Header,
    key: KeyId,
    keyring: Option<Keyring>,
    text_len: usize,
    file: Vec<u8>,
}

impl SealedSession {
    /// Parses the bytes of a session file.
    pub fn parse(file: Vec<u8>) -> Result<Self, SealError> {
        if is_of_newer_version(&file) {
            return Err(SealError::Newer);
        }
        if file.len() > MOST_BYTES || !file.starts_with(MAGIC.as_bytes()) {
            return Err(SealError::Damaged);
        }
        let end = file.windows(2).position(|pair| pair == b"\n\n").ok_or(SealError::Damaged)? + 2;
        let text = std::str::from_utf8(&file[..end]).map_err(|_| SealError::Damaged)?;
        let Content { header, key, keyring } = match Header::from_text(text) {
            Read::Header(content) => *content,
            Read::UnknownKind => return Err(SealError::Newer),
            Read::Nothing => return Err(SealError::Damaged),
        };
        if file.len() < end + NONCE_BYTES {
            return Err(SealError::Damaged);
        }
        Ok(Self { header, key, keyring, text_len: end, file })
    }

    /// Returns the header, which is what the file says about itself.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Returns the id of the data key that the file names as its own.
    pub fn key(&self) -> &KeyId {
        &self.key
    }

    /// Returns the kernel keyring that has that key. None if the key's store can be read from elsewhere too.
    pub fn keyring(&self) -> Option<&Keyring> {
        self.keyring.as_ref()
    }

    /// Opens the credentials, and by that vouches for the header.
    pub fn open(self, key: &DataKey) -> Result<Session, SealError> {
        let plain = self.open_text(key)?;
        let mut parts = plain.splitn(3, '\n');
        let mut next = || parts.next().ok_or(SealError::Damaged);
        let credentials = Credentials {
            access_key_id: next()?.to_owned(),
            secret_access_key: Secret::new(next()?),
            session_token: Secret::new(next()?),
        };
        Ok(Session { header: self.header, credentials })
    }

    /// Opens the sealed text, and by that vouches for the header.
    pub fn open_text(&self, key: &DataKey) -> Result<Zeroizing<String>, SealError> {
        if key.id() != self.key {
            return Err(SealError::OtherKey);
        }
        let (text, rest) = self.file.split_at(self.text_len);
        let (nonce, sealed) = rest.split_at(NONCE_BYTES);
        let nonce: [u8; NONCE_BYTES] = nonce.try_into().map_err(|_| SealError::Damaged)?;
        let plain = XChaCha20Poly1305::new(key.expose().into())
            .decrypt(&XNonce::from(nonce), Payload { msg: sealed, aad: text })
            .map(Zeroizing::new)
            .map_err(|_| SealError::Damaged)?;
        let text = std::str::from_utf8(&plain).map_err(|_| SealError::Damaged)?;
        Ok(Zeroizing::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::fixture;

    fn sealed() -> (Vec<u8>, DataKey) {
        let key = DataKey::new([7; KEY_BYTES]);
        (fixture::sealed(&key), key)
    }

    #[test]
    fn what_was_sealed_opens_again_and_shows_nothing_on_disk() {
        let (file, key) = sealed();
        let session = SealedSession::parse(file.clone()).unwrap();
        assert_eq!(session.header(), &fixture::header());
        assert_eq!(session.open(&key), Ok(fixture::session()));
        let on_disk = String::from_utf8_lossy(&file);
        for secret in ["ASIAEXAMPLE", "secret/half", "token=="] {
            assert!(!on_disk.contains(secret), "{secret} is readable");
        }
    }

    #[test]
    fn another_key_is_told_from_a_damaged_file() {
        let (file, _) = sealed();
        let session = SealedSession::parse(file).unwrap();
        assert_eq!(session.open(&DataKey::new([8; KEY_BYTES])), Err(SealError::OtherKey));
    }

    #[test]
    fn every_flipped_bit_and_every_truncation_is_noticed() {
        let (file, key) = sealed();
        let opens = |bytes: Vec<u8>| SealedSession::parse(bytes).and_then(|session| session.open(&key));
        for at in 0..file.len() {
            for bit in 0..8 {
                let mut broken = file.clone();
                broken[at] ^= 1 << bit;
                assert!(opens(broken).is_err(), "bit {bit} of byte {at}");
            }
            assert!(opens(file[..at].to_vec()).is_err(), "cut at {at}");
        }
        let mut longer = file.clone();
        longer.push(0);
        assert!(opens(longer).is_err());
        assert!(opens(file).is_ok());
    }

    proptest! {
        #[test]
        fn any_text_survives_the_header(profile in ".*", arn in ".*", path in ".*", region in proptest::option::of(".*")) {
            let mut header = fixture::header();
            header.subject = crate::name::Subject::Profile(crate::name::ProfileName::new(profile));
            header.arn = arn;
            header.region = region;
            header.stamps[0].path = path;
            let key = DataKey::new([7; KEY_BYTES]);
            let text = header.to_text(&fixture::sealed_by(&key));
            prop_assert_eq!(Header::from_text(&text).known(), Some(header));
        }

        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut file = MAGIC.as_bytes().to_vec();
            file.extend_from_slice(&bytes);
            let _ = SealedSession::parse(file);
            prop_assert!(SealedSession::parse(bytes).is_err());
        }
    }

    #[test]
    fn a_file_of_a_newer_format_or_kind_is_told_as_such() {
        let key = DataKey::new([7; KEY_BYTES]);
        let file = fixture::sealed(&key);
        let text = String::from_utf8_lossy(&file).into_owned();
        let with = |from: &str, to: &str| SealedSession::parse(text.replacen(from, to, 1).into_bytes());
        for (from, to, expected) in [
            ("awsesame session 1", "awsesame session 2", SealError::Newer),
            ("awsesame session 1", "awsesame session 17", SealError::Newer),
            ("kind: mfa", "kind: passkey", SealError::Newer),
            ("awsesame session 1", "awsesame session 0", SealError::Damaged),
            ("awsesame session 1", "awsesame session x", SealError::Damaged),
            ("awsesame session 1", "awsesame sessions 2", SealError::Damaged),
        ] {
            assert_eq!(with(from, to).unwrap_err(), expected, "{to}");
        }
    }
}
