//! The condition keys that a policy asks for, and the partitions that it names. The context has the values of the keys.

use std::collections::BTreeSet;

use crate::language::document::{Policy, Statement};
use crate::language::element::{Scope, Version};

impl Policy {
    /// Returns every condition key that a decision may depend on, in the policy's spelling: those in conditions and
    /// those in variables.
    pub fn condition_keys(&self) -> BTreeSet<String> {
        self.statements.iter().flat_map(|statement| keys(statement, self.version)).collect()
    }
}

/// The partitions that AWS has, the usual one first.
const PARTITIONS: [&str; 8] =
    ["aws", "aws-cn", "aws-us-gov", "aws-eusc", "aws-iso", "aws-iso-b", "aws-iso-e", "aws-iso-f"];

/// The partitions of the ARNs that policies name: the usual one if they name none. An ARN means nothing in another
/// partition, so that what is open in one can look shut in another.
pub fn partitions<'a>(policies: impl IntoIterator<Item = &'a Policy>) -> Vec<&'static str> {
    let statements = policies.into_iter().flat_map(|policy| &policy.statements);
    let named: BTreeSet<&str> = statements.flat_map(texts).filter_map(partition).collect();
    let known: Vec<&str> = PARTITIONS.into_iter().filter(|known| named.contains(known)).collect();
    if known.is_empty() { vec![PARTITIONS[0]] } else { known }
}

fn partition(arn: &str) -> Option<&str> {
    arn.strip_prefix("arn:")?.split(':').next()
}

/// The values of the conditions, and the resources.
fn texts(statement: &Statement) -> impl Iterator<Item = &str> {
    let values = statement.condition.iter().flat_map(|test| &test.values);
    let resources = match &statement.resource {
        Some(Scope::Only(patterns) | Scope::AllBut(patterns)) => patterns.as_slice(),
        None => &[],
    };
    values.chain(resources).map(String::as_str)
}

impl Policy {
    /// Returns true if a decision may depend on the user: on its name, its ID or its ARN.
    pub fn asks_who_the_user_is(&self) -> bool {
        self.asks_for(&["aws:username", "aws:userid", "aws:principalarn"])
    }

    /// Returns true if a decision may depend on the account of the user itself. An account in the ARN of a resource is
    /// not compared with it.
    pub fn asks_which_account_it_is(&self) -> bool {
        self.asks_for(&["aws:principalaccount"])
    }

    fn asks_for(&self, keys: &[&str]) -> bool {
        self.condition_keys().iter().any(|key| keys.iter().any(|known| known.eq_ignore_ascii_case(key)))
    }
}

fn keys(statement: &Statement, version: Version) -> Vec<String> {
    let named = statement.condition.iter().map(|test| test.key.clone()).filter(|key| !key.is_empty());
    let mut keys: Vec<String> = named.collect();
    if version == Version::Variables {
        keys.extend(texts(statement).flat_map(variables));
    }
    keys
}

/// Returns the keys between `${` and `}`, without those that represent a character, and without defaults.
fn variables(text: &str) -> impl Iterator<Item = String> {
    text.split("${").skip(1).filter_map(|rest| {
        let (inside, _) = rest.split_once('}')?;
        let key = inside.split(',').next().unwrap_or_default().trim();
        (!key.is_empty() && !matches!(key, "*" | "?" | "$")).then(|| key.to_owned())
    })
}
