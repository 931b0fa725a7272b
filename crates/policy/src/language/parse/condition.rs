//! Parses the `Condition` element: operators, their keys, and the values of each key.

use std::collections::HashSet;
use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::language::condition::{Test, folded};
use crate::language::operator::Operator;

use super::list::Values;

/// All tests of a `Condition` element.
pub(super) struct Block(pub(super) Vec<Test>);

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(BlockVisitor)
    }
}

struct BlockVisitor;

impl<'de> Visitor<'de> for BlockVisitor {
    type Value = Block;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a condition block, an object of operators")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Block, A::Error> {
        let (mut tests, mut operators) = (Vec::new(), HashSet::new());
        while let Some(name) = map.next_key::<String>()? {
            if !operators.insert(name.clone()) {
                return Err(de::Error::custom(format_args!("condition operator `{name}` is given twice")));
            }
            let operator = Operator::named(&name);
            let Keys(keys) = map.next_value()?;
            // An operator without keys is kept, because it is unknown how IAM reads it.
            let none = keys.is_empty().then(Default::default);
            for (key, values) in keys.into_iter().chain(none) {
                tests.push(Test { spelling: name.clone(), operator: operator.clone(), key, values });
            }
        }
        Ok(Block(tests))
    }
}

/// The keys under one operator.
struct Keys(Vec<(String, Vec<String>)>);

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object of condition keys")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let (mut keys, mut seen) = (Vec::new(), HashSet::new());
        while let Some(key) = map.next_key::<String>()? {
            if !seen.insert(folded(&key)) {
                return Err(de::Error::custom(format_args!("condition key `{key}` is given twice")));
            }
            let Values(values) = map.next_value()?;
            keys.push((key, values));
        }
        Ok(Keys(keys))
    }
}
