//! A policy document, as text and as the policy crate reads it.

use awsesame_policy::{ParseError, Policy};

/// A policy with the text it was parsed from.
#[derive(Debug, Clone)]
pub(crate) struct Document {
    pub(crate) text: String,
    pub(crate) policy: Policy,
}

impl Document {
    pub(crate) fn parse(text: &str) -> Result<Self, ParseError> {
        Ok(Self { text: text.trim().to_owned(), policy: Policy::parse(text)? })
    }

    pub(super) fn checked(text: &str) -> Self {
        Self::parse(text).expect("a fixture's policies are checked when it is read")
    }
}
