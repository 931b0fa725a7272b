//! The condition keys that a policy asks for. The context has their values.

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
    let mut keys: Vec<String> = statement.condition.iter().map(|test| test.key.clone()).collect();
    let values = statement.condition.iter().flat_map(|test| &test.values);
    let resources = match &statement.resource {
        Some(Scope::Only(patterns) | Scope::AllBut(patterns)) => patterns.as_slice(),
        None => &[],
    };
    if version == Version::Variables {
        keys.extend(values.chain(resources).flat_map(|text| variables(text)));
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
