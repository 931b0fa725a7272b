//! Finds statements and elements in the text of a policy: lines for messages, and parts of the text for replacements.
//! The text must be one that `parse` accepts.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

type Object<'a> = BTreeMap<String, &'a RawValue>;

/// The text of a policy, with the positions of its statements.
#[derive(Debug, Clone)]
pub(crate) struct Places<'a> {
    json: &'a str,
    statements: Vec<&'a str>,
    /// The positions of the line ends.
    ends: Vec<usize>,
}

impl<'a> Places<'a> {
    pub(crate) fn of(json: &'a str) -> Option<Self> {
        let statement = member(json, "Statement")?;
        // A policy with one statement may omit the list.
        let statements = if statement.starts_with('[') {
            let list: Vec<&'a RawValue> = serde_json::from_str(statement).ok()?;
            list.into_iter().map(RawValue::get).collect()
        } else {
            vec![statement]
        };
        let ends = json.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at).collect();
        Some(Self { json, statements, ends })
    }

    /// Returns the text of a statement, by its index.
    pub(crate) fn statement(&self, index: usize) -> Option<&'a str> {
        self.statements.get(index).copied()
    }

    /// Returns the value of an element of a statement.
    pub(crate) fn element(&self, index: usize, name: &str) -> Option<&'a str> {
        member(self.statement(index)?, name)
    }

    /// Returns the condition block of a statement.
    pub(crate) fn condition(&self, index: usize) -> Option<&'a str> {
        self.element(index, "Condition")
    }

    /// Returns the whole text.
    pub(crate) fn text(&self) -> &'a str {
        self.json
    }

    /// Returns the text of a condition operator of a statement. Returns None if there is no such operator.
    pub(crate) fn operator(&self, index: usize, operator: &str) -> Option<&'a str> {
        member(self.condition(index)?, operator)
    }

    /// Returns the line in which a part of the text begins, counted from one.
    pub(crate) fn line(&self, part: &str) -> usize {
        let at = self.offset(part);
        self.ends.partition_point(|end| *end < at) + 1
    }

    /// Returns the text with a part of it replaced.
    pub(crate) fn with(&self, part: &str, other: &str) -> String {
        let at = self.offset(part);
        [&self.json[..at], other, &self.json[at + part.len()..]].concat()
    }

    /// Returns the text with another name for a member of an object.
    pub(crate) fn renamed(&self, value: &str, name: &str, other: &str) -> Option<String> {
        let at = self.offset(value);
        let before = self.json[..at].trim_end().strip_suffix(':')?.trim_end().strip_suffix('"')?;
        let before = before.strip_suffix(name)?;
        Some([before, other, &self.json[before.len() + name.len()..]].concat())
    }

    fn offset(&self, part: &str) -> usize {
        part.as_ptr().addr() - self.json.as_ptr().addr()
    }
}

/// Returns the text of a member of an object.
fn member<'a>(object: &'a str, name: &str) -> Option<&'a str> {
    let object: Object<'a> = serde_json::from_str(object).ok()?;
    object.get(name).map(|value| value.get())
}
