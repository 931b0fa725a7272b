//! Writes and parses the header of a session file. No decision is made here.
//!
//! Each field is one line, `name: value`, so that a person can read the header with `head`. Control characters and `%`
//! in values are percent-escaped, so a value can never begin a new line. Fields that this version does not know are
//! ignored; they are authenticated nevertheless, because the seal covers every byte.

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use super::data_key::SealedBy;
use super::header::{Header, Kind};
use super::key_id::KeyId;
use super::keyring::Keyring;
use super::resolved_from::{FileStamp, FileState, Inputs};
use crate::name::{AccessKeyId, AccountId, ProfileName, Subject};

/// The first line of every session file; the number changes when old readers
/// could misread a new file.
pub(crate) const MAGIC: &str = "awsesame session 1\n";

const ESCAPED: &AsciiSet = &CONTROLS.add(b'%');

impl Header {
    /// Returns the text of the header, with the blank line at its end.
    pub(crate) fn to_text(&self, sealed_by: &SealedBy<'_>) -> String {
        let mut text = String::from(MAGIC);
        let mut line = |name: &str, value: &str| {
            text.push_str(name);
            text.push_str(": ");
            text.extend(utf8_percent_encode(value, ESCAPED));
            text.push('\n');
        };
        match &self.subject {
            Subject::Profile(profile) => line("profile", profile.as_str()),
            Subject::Environment(key) => line("environment", key.as_str()),
        }
        line("kind", self.kind.word());
        line("account", self.account.as_str());
        line("arn", &self.arn);
        line("obtained", &self.obtained.to_string());
        line("expires", &self.expires.to_string());
        let mfa_at = self.mfa_at.map(|at| at.to_string());
        for (name, value) in [
            ("mfa", &mfa_at),
            ("region", &self.region),
            ("endpoint", &self.endpoint),
            ("input-endpoint", &self.inputs.endpoint),
            ("input-master-key", &self.inputs.master_key),
            ("input-mfa-arn", &self.inputs.mfa_arn),
            ("input-role", &self.inputs.role),
            ("input-token-file", &self.inputs.token_file),
            ("input-role-arn", &self.inputs.role_arn),
        ] {
            if let Some(value) = value {
                line(name, value);
            }
        }
        line("id", &self.id);
        if let Some(root) = &self.root {
            line("root", root);
        }
        line("key", sealed_by.key.id().as_str());
        line("store", sealed_by.store);
        if let Some(keyring) = sealed_by.keyring {
            line("keyring", &keyring.to_text());
        }
        for stamp in &self.stamps {
            match stamp.state {
                Some(FileState { mtime, size, inode }) => {
                    line("file", &format!("{mtime} {size} {inode} {}", stamp.path));
                }
                None => line("absent", &stamp.path),
            }
        }
        text.push('\n');
        text
    }

    /// Parses a header.
    pub(crate) fn from_text(text: &str) -> Read {
        let mut unknown_kind = false;
        let mut read = || {
            let body = text.strip_prefix(MAGIC)?.strip_suffix("\n\n")?;
            let mut fields = Fields::default();
            for line in body.split('\n') {
                let (name, value) = line.split_once(": ")?;
                let value = if value.contains('%') {
                    percent_decode_str(value).decode_utf8().ok()?.into_owned()
                } else {
                    value.to_owned()
                };
                if name == "kind" && Kind::from_word(&value).is_none() {
                    // A way to a session that this version does not know.
                    unknown_kind = true;
                    return None;
                }
                fields.take(name, value)?;
            }
            fields.finish()
        };
        match (read(), unknown_kind) {
            (Some(content), _) => Read::Header(Box::new(content)),
            (None, true) => Read::UnknownKind,
            (None, false) => Read::Nothing,
        }
    }
}

/// The outcome of reading a header.
#[derive(Debug)]
pub(crate) enum Read {
    /// A header that this version understands.
    Header(Box<Content>),
    /// The header has a kind that only a newer version knows.
    UnknownKind,
    /// The text is not one of our headers.
    Nothing,
}

impl Read {
    /// Returns the header, if this version understands it.
    #[cfg(test)]
    pub(crate) fn known(self) -> Option<Header> {
        match self {
            Self::Header(content) => Some(content.header),
            Self::UnknownKind | Self::Nothing => None,
        }
    }
}

/// The header that a text contains, with the parts that only a stored session has.
#[derive(Debug)]
pub(crate) struct Content {
    pub(crate) header: Header,
    /// The id of the data key that the session is sealed with.
    pub(crate) key: KeyId,
    /// The kernel keyring with that data key. None if the store can be read from elsewhere too.
    pub(crate) keyring: Option<Keyring>,
}

#[derive(Default)]
struct Fields {
    subject: Option<Subject>,
    kind: Option<Kind>,
    account: Option<String>,
    arn: Option<String>,
    obtained: Option<i64>,
    expires: Option<i64>,
    mfa_at: Option<i64>,
    region: Option<String>,
    endpoint: Option<String>,
    id: Option<String>,
    root: Option<String>,
    key: Option<KeyId>,
    store: Option<String>,
    keyring: Option<Keyring>,
    stamps: Vec<FileStamp>,
    inputs: Inputs,
}

impl Fields {
    fn take(&mut self, name: &str, value: String) -> Option<()> {
        fn once<T>(slot: &mut Option<T>, value: T) -> Option<()> {
            slot.replace(value).is_none().then_some(())
        }
        match name {
            "profile" => once(&mut self.subject, Subject::Profile(ProfileName::new(value))),
            "environment" => once(&mut self.subject, Subject::Environment(AccessKeyId::new(value))),
            "kind" => once(&mut self.kind, Kind::from_word(&value)?),
            "account" => once(&mut self.account, value),
            "arn" => once(&mut self.arn, value),
            "obtained" => once(&mut self.obtained, value.parse().ok()?),
            "expires" => once(&mut self.expires, value.parse().ok()?),
            "mfa" => once(&mut self.mfa_at, value.parse().ok()?),
            "region" => once(&mut self.region, value),
            "endpoint" => once(&mut self.endpoint, value),
            "input-endpoint" => once(&mut self.inputs.endpoint, value),
            "input-master-key" => once(&mut self.inputs.master_key, value),
            "input-mfa-arn" => once(&mut self.inputs.mfa_arn, value),
            "input-role" => once(&mut self.inputs.role, value),
            "input-token-file" => once(&mut self.inputs.token_file, value),
            "input-role-arn" => once(&mut self.inputs.role_arn, value),
            "id" => once(&mut self.id, value),
            "root" => once(&mut self.root, value),
            "key" => once(&mut self.key, KeyId::parse(&value)?),
            "store" => once(&mut self.store, value),
            "keyring" => once(&mut self.keyring, Keyring::parse(&value)?),
            "file" => {
                let mut parts = value.splitn(4, ' ');
                let state = FileState {
                    mtime: parts.next()?.parse().ok()?,
                    size: parts.next()?.parse().ok()?,
                    inode: parts.next()?.parse().ok()?,
                };
                self.stamps.push(FileStamp { path: parts.next()?.to_owned(), state: Some(state) });
                Some(())
            }
            "absent" => {
                self.stamps.push(FileStamp { path: value, state: None });
                Some(())
            }
            _ => Some(()),
        }
    }

    fn finish(self) -> Option<Content> {
        let header = Header {
            subject: self.subject?,
            kind: self.kind?,
            account: AccountId::new(self.account?),
            arn: self.arn?,
            obtained: self.obtained?,
            expires: self.expires?,
            mfa_at: self.mfa_at,
            region: self.region,
            endpoint: self.endpoint,
            id: self.id?,
            root: Some(self.root?),
            store: Some(self.store?),
            stamps: self.stamps,
            inputs: self.inputs,
        };
        Some(Content { header, key: self.key?, keyring: self.keyring })
    }
}
