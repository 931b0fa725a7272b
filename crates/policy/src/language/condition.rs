//! The tests of a `Condition` element as they are written. The module `evaluate` computes their results.

use crate::language::operator::Operator;

/// One operator on one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    /// The operator as it is written.
    pub(crate) spelling: String,
    pub(crate) operator: Operator,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// Returns the form in which names that differ only in case are equal. AWS's names are ASCII, so a Kelvin sign is not a
/// `K`.
pub(crate) fn folded(key: &str) -> String {
    key.to_ascii_lowercase()
}
