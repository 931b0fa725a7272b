//! The condition keys that come with a request.
//! Values are text, as on the wire; what they mean is for the operators.

use std::collections::BTreeMap;

/// Condition keys and their values. Names are case-insensitive, as AWS has them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<String, Vec<String>>,
}

impl Context {
    /// A context without any key.
    pub fn new() -> Self {
        Self::default()
    }

    /// Gives `key` one value, in place of any it had.
    pub fn set(&mut self, key: &str, value: impl Into<String>) {
        self.set_many(key, vec![value.into()]);
    }

    /// Gives `key` these values, in place of any it had. Without values the key is
    /// absent: AWS makes no difference between a null value and no key.
    pub fn set_many(&mut self, key: &str, values: Vec<String>) {
        if values.is_empty() {
            self.keys.remove(&folded(key));
        } else {
            self.keys.insert(folded(key), values);
        }
    }

    /// The values of `key`, at least one, or `None` where the key is absent.
    pub fn get(&self, key: &str) -> Option<&[String]> {
        self.keys.get(&folded(key)).map(Vec::as_slice)
    }
}

/// The form under which names that differ only in case are the same.
pub(crate) fn folded(key: &str) -> String {
    key.to_lowercase()
}
