//! The condition keys of a request. The values are text, as they are sent; the operators interpret them.

use std::collections::BTreeMap;

use crate::language::condition::folded;

/// Condition keys and their values. The names are case-insensitive, as in AWS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    /// A key without values is known to be absent.
    keys: BTreeMap<String, Vec<String>>,
    partial: bool,
}

/// The knowledge that a context has about a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Known<'a> {
    Given(&'a [String]),
    Absent,
    /// A real request would have a value or not; this context does not know it.
    Unknown,
}

impl Context {
    /// Creates the context of a real request: a key that is not set is absent.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns a context that knows only some keys of a future request. Everything that depends on another key is
    /// unsure.
    pub fn partial() -> Self {
        Self { partial: true, ..Self::default() }
    }

    /// Sets one value of `key`, and replaces the old ones.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.set_many(key, vec![value.into()]);
    }

    /// Sets the values of `key`, and replaces the old ones. Without values the key is absent: AWS does not distinguish
    /// a null value from an absent key.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        if values.is_empty() && !self.partial {
            self.keys.remove(&folded(key));
        } else {
            self.keys.insert(folded(key), values);
        }
    }

    /// Removes everything that is known about `key`.
    pub(crate) fn forget(&mut self, key: &str) {
        self.keys.remove(&folded(key));
    }

    /// Returns the values of `key`, which are at least one. Returns `None` if the key is absent or unknown.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        match self.known(key) {
            Known::Given(values) => Some(values),
            Known::Absent | Known::Unknown => None,
        }
    }

    /// Returns every key that is present, folded, with its values.
    pub fn given(&self) -> impl Iterator<Item = (&str, &[String])> {
        let keys = self.keys.iter().map(|(key, values)| (key.as_str(), values.as_slice()));
        keys.filter(|(_, values)| !values.is_empty())
    }

    /// Returns true if it is certain whether a request has this key.
    pub fn decides(&self, key: &str) -> bool {
        self.known(key) != Known::Unknown
    }

    pub(crate) fn known(&self, key: &str) -> Known<'_> {
        match self.keys.get(&folded(key)).map(Vec::as_slice) {
            Some([]) => Known::Absent,
            Some(values) => Known::Given(values),
            None if self.partial => Known::Unknown,
            None => Known::Absent,
        }
    }
}
