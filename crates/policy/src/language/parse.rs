//! Parses the JSON text of a policy. A text is refused at its first error. `evaluate` decides the meaning of the
//! elements.

mod condition;
mod element;
mod list;
mod principal;

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};

use crate::language::actions::Actions;
use crate::language::document::{Policy, Statement};
use crate::language::element::{Effect, Scope, Version};
use crate::language::error::ParseError;
use crate::language::principal::PrincipalElement;
use condition::Block;
use element::{fill, unknown};
use list::Strings;

impl Policy {
    /// Parses a policy document. Unknown elements, repeated keys and values that IAM itself would refuse are errors.
    /// Unknown condition operators are not, because they may be newer than this program; the decision is then unsure.
    pub fn parse(json: &str) -> Result<Self, ParseError> {
        Ok(serde_json::from_str(json)?)
    }
}

impl<'de> Deserialize<'de> for Policy {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(PolicyVisitor)
    }
}

struct PolicyVisitor;

impl<'de> Visitor<'de> for PolicyVisitor {
    type Value = Policy;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a policy document, an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Policy, A::Error> {
        const ELEMENTS: [&str; 3] = ["Version", "Id", "Statement"];
        let (mut version, mut id, mut statements) = (None, None::<String>, None::<Statements>);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "Version" => fill(&mut version, &name, &mut map)?,
                "Id" => fill(&mut id, &name, &mut map)?,
                "Statement" => fill(&mut statements, &name, &mut map)?,
                _ => return Err(unknown(&name, &ELEMENTS)),
            }
        }
        let Some(Statements(statements)) = statements else {
            return Err(de::Error::custom("element `Statement` is missing"));
        };
        Ok(Policy { version: version.unwrap_or(Version::Plain), statements })
    }
}

impl<'de> Deserialize<'de> for Version {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "2008-10-17" => Ok(Self::Plain),
            "2012-10-17" => Ok(Self::Variables),
            other => Err(de::Error::custom(format_args!(
                "unknown version `{other}`; there are `2012-10-17` and `2008-10-17`"
            ))),
        }
    }
}

impl<'de> Deserialize<'de> for Effect {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match String::deserialize(deserializer)?.as_str() {
            "Allow" => Ok(Self::Allow),
            "Deny" => Ok(Self::Deny),
            other => {
                Err(de::Error::custom(format_args!("unknown effect `{other}`; there are `Allow` and `Deny`")))
            }
        }
    }
}

/// One statement, or a list of statements.
struct Statements(Vec<Statement>);

impl<'de> Deserialize<'de> for Statements {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(StatementsVisitor)
    }
}

struct StatementsVisitor;

impl<'de> Visitor<'de> for StatementsVisitor {
    type Value = Statements;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement or a list of statements")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Statements, A::Error> {
        Ok(Statements(vec![StatementVisitor.visit_map(map)?]))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Statements, A::Error> {
        let (mut statements, mut sids) = (Vec::new(), HashSet::new());
        while let Some(statement) = list.next_element::<Statement>()? {
            // Generators write an empty Sid for none.
            if let Some(sid) = statement.sid.as_ref().filter(|sid| !sid.is_empty())
                && !sids.insert(sid.clone())
            {
                return Err(de::Error::custom(format_args!("two statements have the Sid `{sid}`")));
            }
            statements.push(statement);
        }
        if statements.is_empty() {
            return Err(de::Error::custom("element `Statement` has no statement"));
        }
        Ok(Statements(statements))
    }
}

impl<'de> Deserialize<'de> for Statement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(StatementVisitor)
    }
}

struct StatementVisitor;

impl<'de> Visitor<'de> for StatementVisitor {
    type Value = Statement;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a statement, an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Statement, A::Error> {
        const ELEMENTS: [&str; 9] = [
            "Sid",
            "Effect",
            "Principal",
            "NotPrincipal",
            "Action",
            "NotAction",
            "Resource",
            "NotResource",
            "Condition",
        ];
        let (mut sid, mut effect, mut condition) = (None, None, None::<Block>);
        let (mut principal, mut not_principal) = (None::<PrincipalElement>, None);
        let (mut action, mut not_action) = (None::<Strings>, None);
        let (mut resource, mut not_resource) = (None::<Strings>, None);
        while let Some(name) = map.next_key::<String>()? {
            match name.as_str() {
                "Sid" => fill(&mut sid, &name, &mut map)?,
                "Effect" => fill(&mut effect, &name, &mut map)?,
                "Principal" => fill(&mut principal, &name, &mut map)?,
                "NotPrincipal" => fill(&mut not_principal, &name, &mut map)?,
                "Action" => fill(&mut action, &name, &mut map)?,
                "NotAction" => fill(&mut not_action, &name, &mut map)?,
                "Resource" => fill(&mut resource, &name, &mut map)?,
                "NotResource" => fill(&mut not_resource, &name, &mut map)?,
                "Condition" => fill(&mut condition, &name, &mut map)?,
                _ => return Err(unknown(&name, &ELEMENTS)),
            }
        }
        let Some(effect) = effect else {
            return Err(de::Error::custom("a statement lacks its `Effect`"));
        };
        let Some(action) = scope("Action", action, not_action)? else {
            return Err(de::Error::custom("a statement has no `Action` or `NotAction`"));
        };
        Ok(Statement {
            sid,
            effect,
            principal: scope("Principal", principal, not_principal)?,
            action: Actions::new(names(action, "Action", list::check_action)?),
            resource: match scope("Resource", resource, not_resource)? {
                Some(resource) => Some(names(resource, "Resource", list::check_resource)?),
                None => None,
            },
            condition: condition.map(|Block(tests)| tests).unwrap_or_default(),
        })
    }
}

/// Returns an element or its `Not` counterpart. Both together are an error.
fn scope<T, E: de::Error>(name: &str, only: Option<T>, all_but: Option<T>) -> Result<Option<Scope<T>>, E> {
    match (only, all_but) {
        (Some(_), Some(_)) => Err(E::custom(format_args!("a statement has both `{name}` and `Not{name}`"))),
        (Some(only), None) => Ok(Some(Scope::Only(only))),
        (None, Some(all_but)) => Ok(Some(Scope::AllBut(all_but))),
        (None, None) => Ok(None),
    }
}

/// Returns the strings of an element, each checked.
fn names<E: de::Error>(
    scope: Scope<Strings>,
    element: &str,
    check: fn(&str) -> Result<(), String>,
) -> Result<Scope<Vec<String>>, E> {
    let (Scope::Only(Strings(names)) | Scope::AllBut(Strings(names))) = &scope;
    if names.is_empty() {
        return Err(E::custom(format_args!("an `{element}` list is empty")));
    }
    names.iter().try_for_each(|name| check(name)).map_err(E::custom)?;
    Ok(match scope {
        Scope::Only(Strings(names)) => Scope::Only(names),
        Scope::AllBut(Strings(names)) => Scope::AllBut(names),
    })
}
