//! The session that the tests of this crate share.

use crate::name::secret::Secret;
use crate::name::{AccountId, ProfileName, Subject};
use crate::session::seal::{DataKey, NONCE_BYTES, SealedBy, seal};
use crate::session::{Credentials, FileStamp, FileState, Header, Inputs, Kind, Session};

pub(crate) fn header() -> Header {
    Header {
        subject: Subject::Profile(ProfileName::new("dev")),
        kind: Kind::Mfa,
        account: AccountId::new("123456789012"),
        arn: "arn:aws:iam::123456789012:user/alice".into(),
        obtained: 1_000_000,
        expires: 1_000_000 + 43_200,
        mfa_at: Some(1_000_000),
        region: Some("eu-central-1".into()),
        endpoint: None,
        id: "p-dev".into(),
        root: Some("mfa-0011223344556677".into()),
        store: Some("kernel".into()),
        stamps: vec![FileStamp {
            path: "/home/a/.aws/config".into(),
            state: Some(FileState { mtime: 5, size: 6, inode: 7 }),
        }],
        inputs: Inputs::default(),
    }
}

pub(crate) fn credentials() -> Credentials {
    Credentials {
        access_key_id: "ASIAEXAMPLE".into(),
        secret_access_key: Secret::new("secret/half"),
        session_token: Secret::new("token=="),
    }
}

/// Returns the file of the session, sealed with a key.
pub(crate) fn sealed(key: &DataKey) -> Vec<u8> {
    seal(&header(), &credentials(), &sealed_by(key), [9; NONCE_BYTES])
}

pub(crate) fn sealed_by(key: &DataKey) -> SealedBy<'_> {
    SealedBy { key, store: "kernel", keyring: None }
}

pub(crate) fn session() -> Session {
    Session { header: header(), credentials: credentials() }
}
