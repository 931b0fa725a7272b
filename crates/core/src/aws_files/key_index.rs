//! The index of the long-term keys in stores: it maps each profile to the store that has its key. It holds no secrets,
//! so a plan can be made without opening a slow store. Each key is an item of its store, named by its key id: two
//! profiles may share one, and a profile may be renamed.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use percent_encoding::{AsciiSet, CONTROLS, percent_decode_str, utf8_percent_encode};

use crate::fault::Fault;
use crate::name::{AccessKeyId, ProfileName};
use crate::text::format_number::is_newer;

/// The first line of the list.
const HEAD: &str = "awsesame keys 1";

/// A key and the place where it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredKey {
    /// The ID of the key.
    pub id: AccessKeyId,
    /// The name of the store.
    pub store: String,
}

impl StoredKey {
    /// Returns the name of the key's item in the store. It is in lower case for the sake of some file systems, and
    /// still unique, because the IDs have no lower-case letters.
    pub fn item(&self) -> String {
        format!("key-{}", self.id.as_str().to_ascii_lowercase())
    }
}

/// All profiles whose key is in a store.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyIndex {
    keys: BTreeMap<ProfileName, StoredKey>,
}

impl KeyIndex {
    /// Reads the list back; `path` is for the message.
    pub fn parse(text: &str, path: &str) -> Result<Self, Fault> {
        let broken = |line: usize| Fault::KeyListBroken { path: path.to_owned(), line };
        let mut lines = text.lines().zip(1..);
        match lines.next() {
            Some((HEAD, _)) => {}
            Some((head, _)) if is_newer(head, HEAD) => {
                return Err(Fault::NewerFile { path: path.to_owned() });
            }
            _ => return Err(broken(1)),
        }
        let mut keys = BTreeMap::new();
        for (line, number) in lines {
            let words: Vec<&str> = line.split(' ').collect();
            let [id, store, profile] = words[..] else { return Err(broken(number)) };
            let profile = percent_decode_str(profile).decode_utf8().map_err(|_| broken(number))?;
            if id.is_empty() || store.is_empty() {
                return Err(broken(number));
            }
            let key = StoredKey { id: AccessKeyId::new(id), store: store.to_owned() };
            keys.insert(ProfileName::new(profile), key);
        }
        Ok(Self { keys })
    }

    /// Returns the text of the index file.
    pub fn to_text(&self) -> String {
        // A name keeps what people read in it; only what would part the words is written out.
        const PARTING: &AsciiSet = &CONTROLS.add(b' ').add(b'%');
        let mut text = format!("{HEAD}\n");
        for (profile, key) in &self.keys {
            let profile = utf8_percent_encode(profile.as_str(), PARTING);
            let _ = writeln!(text, "{} {} {profile}", key.id.as_str(), key.store);
        }
        text
    }

    /// Returns the key of a profile.
    pub fn get(&self, profile: &ProfileName) -> Option<&StoredKey> {
        self.keys.get(profile)
    }

    /// Returns every profile and its key, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&ProfileName, &StoredKey)> {
        self.keys.iter()
    }

    /// Returns the profiles that share a key of a store.
    pub fn sharing(&self, key: &StoredKey) -> Vec<&ProfileName> {
        self.keys.iter().filter(|(_, other)| *other == key).map(|(name, _)| name).collect()
    }

    /// Sets the key of a profile, and returns the previous one.
    pub fn insert(&mut self, profile: ProfileName, key: StoredKey) -> Option<StoredKey> {
        self.keys.insert(profile, key)
    }

    /// Removes the key of a profile from the index.
    pub fn remove(&mut self, profile: &ProfileName) -> Option<StoredKey> {
        self.keys.remove(profile)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn key(id: &str, store: &str) -> StoredKey {
        StoredKey { id: AccessKeyId::new(id), store: store.into() }
    }

    #[test]
    fn a_list_tells_who_has_which_key_and_who_shares_it() {
        let mut index = KeyIndex::default();
        for (profile, id) in [("dev", "AKIAA"), ("two words", "AKIAB"), ("größe", "AKIAA")] {
            assert_eq!(index.insert(ProfileName::new(profile), key(id, "gpg")), None);
        }
        assert_eq!(
            index.to_text(),
            "awsesame keys 1\nAKIAA gpg dev\nAKIAA gpg gr%C3%B6%C3%9Fe\nAKIAB gpg two%20words\n"
        );
        assert_eq!(KeyIndex::parse(&index.to_text(), "p"), Ok(index.clone()));
        assert_eq!(index.sharing(&key("AKIAA", "gpg")).len(), 2);
        assert_eq!(index.sharing(&key("AKIAA", "pass")).len(), 0);
        assert_eq!(index.remove(&ProfileName::new("dev")), Some(key("AKIAA", "gpg")));
        assert_eq!(index.get(&ProfileName::new("dev")), None);
    }

    #[test]
    fn a_list_that_is_damaged_is_told_by_its_line_and_never_taken_for_empty() {
        for (text, line) in [
            ("", 1),
            ("awsesame keys 0\n", 1),
            ("awsesame keys 1\nAKIA gpg\n", 2),
            ("awsesame keys 1\nAKIA gpg dev\nAKIA gpg a b\n", 3),
            ("awsesame keys 1\n gpg dev\n", 2),
            ("awsesame keys 1\nAKIA gpg %FF\n", 2),
        ] {
            let broken = Fault::KeyListBroken { path: "p".into(), line };
            assert_eq!(KeyIndex::parse(text, "p"), Err(broken), "{text:?}");
        }
        let newer = Fault::NewerFile { path: "p".into() };
        assert_eq!(KeyIndex::parse("awsesame keys 2\nAKIA gpg dev prod\n", "p"), Err(newer));
    }

    proptest! {
        #[test]
        fn every_name_of_a_profile_survives(names in proptest::collection::vec("\\PC*|[ -~\n\r\t%]*", 0..6)) {
            let mut index = KeyIndex::default();
            for name in names {
                index.insert(ProfileName::new(name), key("AKIA", "gpg"));
            }
            prop_assert_eq!(KeyIndex::parse(&index.to_text(), "p"), Ok(index));
        }
    }
}
