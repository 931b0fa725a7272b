//! Recognizes statements whose effect in IAM is not certain. IAM refuses most of them. If such a statement is in a
//! file, nothing that depends on it is proven.

use std::fmt;

use crate::language::document::Statement;
use crate::language::element::{Scope, Version};
use crate::language::operator::Operator;

/// The reasons why a statement is not valid in an identity policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Malformed {
    /// The statement has a `Principal`.
    Principal,
    /// The statement has a `NotPrincipal`.
    NotPrincipal,
    /// The statement has neither `Resource` nor `NotResource`.
    NoResource,
    /// An operator that is not known here.
    UnknownOperator(String),
    /// An action that cannot be the name of any action of AWS.
    Action(String),
    /// An ARN whose partition or service cannot exist in AWS.
    Resource(String),
    /// An operator without a key or a value.
    NoValue(String),
    /// A value that is not of its operator's type, and the operator.
    Value(String, String),
    /// The statement has `${...}` in a version of the language without variables.
    PlainVariables,
}

impl Malformed {
    pub(crate) fn of(statement: &Statement, version: Version) -> Option<Self> {
        match &statement.principal {
            Some(Scope::Only(_)) => return Some(Self::Principal),
            Some(Scope::AllBut(_)) => return Some(Self::NotPrincipal),
            None => {}
        }
        let Some(Scope::Only(resources) | Scope::AllBut(resources)) = &statement.resource else {
            return Some(Self::NoResource);
        };
        // It is unknown how IAM reads spaces or letters of other alphabets.
        if let Some(action) = statement.action.named().and_then(|named| named.odd.clone()) {
            return Some(Self::Action(action));
        }
        if let Some(resource) = resources.iter().find(|resource| !is_of_aws(resource)) {
            return Some(Self::Resource(resource.clone()));
        }
        if let Some(test) = statement.condition.iter().find(|test| test.values.is_empty()) {
            return Some(Self::NoValue(test.spelling.clone()));
        }
        let unknown = statement.condition.iter().find(|test| test.operator == Operator::Unknown);
        if let Some(test) = unknown {
            return Some(Self::UnknownOperator(test.spelling.clone()));
        }
        let untyped = statement.condition.iter().find_map(|test| {
            let value = test.values.iter().find(|value| !test.takes(value))?;
            Some(Self::Value(value.clone(), test.spelling.clone()))
        });
        if untyped.is_some() {
            return untyped;
        }
        let values = statement.condition.iter().flat_map(|test| &test.values);
        let plain =
            version == Version::Plain && resources.iter().chain(values).any(|text| text.contains("${"));
        plain.then_some(Self::PlainVariables)
    }
}

/// Returns true if an ARN, or a pattern of ARNs, can belong to AWS, judging by its partition and service.
fn is_of_aws(resource: &str) -> bool {
    let mut parts = resource.splitn(4, ':').skip(1);
    let plain =
        |part: &str| part.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-*?".contains(c));
    let (partition, service) = (parts.next().unwrap_or("*"), parts.next().unwrap_or("*"));
    // A variable before the resource is allowed here; the evaluation treats it as unknown.
    let varies = |part: &str| part.contains("${");
    let known = partition.starts_with("aws") || partition.contains(['*', '?']);
    (varies(partition) || (plain(partition) && known)) && (varies(service) || plain(service))
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Principal => f.write_str("an identity policy has no `Principal`, and IAM refuses it"),
            Self::NotPrincipal => f.write_str("an identity policy has no `NotPrincipal`, and IAM refuses it"),
            Self::NoResource => f.write_str("an identity policy must name a resource, and IAM refuses it"),
            Self::UnknownOperator(operator) => {
                write!(f, "condition operator `{operator}` is not known")
            }
            Self::Action(action) => write!(f, "`{action}` is not the name of an action"),
            Self::Resource(resource) => write!(f, "`{resource}` is not an ARN of AWS"),
            Self::NoValue(operator) => write!(f, "condition operator `{operator}` has no value"),
            Self::Value(value, operator) => write!(f, "`{value}` is no value for `{operator}`"),
            Self::PlainVariables => {
                f.write_str("`${...}` is plain text here: variables need `\"Version\": \"2012-10-17\"`")
            }
        }
    }
}
