//! The tests of a `Condition` element as they are written. The module `evaluate` decides their results.

use crate::language::operator::Operator;

/// One operator on one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Test {
    /// The operator as the text has it.
    pub(crate) spelling: String,
    pub(crate) operator: Operator,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

/// The form under which names that differ only in case are the same. AWS's names are ASCII: a Kelvin sign is no `K`.
pub(crate) fn folded(key: &str) -> String {
    key.to_ascii_lowercase()
}
