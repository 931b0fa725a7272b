//! Parses the `Principal` element: `"*"`, or lists of callers by type.

use std::fmt;

use serde::de::{self, Deserialize, Deserializer, MapAccess, Visitor};

use crate::language::principal::{Kind, Named, PrincipalElement};

use super::element::unknown;
use super::list::Strings;

impl<'de> Deserialize<'de> for PrincipalElement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(PrincipalVisitor)
    }
}

struct PrincipalVisitor;

impl<'de> Visitor<'de> for PrincipalVisitor {
    type Value = PrincipalElement;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`*` or an object of principals")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<PrincipalElement, E> {
        if text == "*" {
            Ok(PrincipalElement::Everyone)
        } else {
            Err(E::custom(format_args!("principal `{text}` is not `*`, and its kind is not named")))
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<PrincipalElement, A::Error> {
        const KINDS: [&str; 4] = ["AWS", "Service", "Federated", "CanonicalUser"];
        let (mut listed, mut seen) = (Vec::new(), Vec::new());
        while let Some(name) = map.next_key::<String>()? {
            let kind = match name.as_str() {
                "AWS" => Kind::Aws,
                "Service" => Kind::Service,
                "Federated" => Kind::Federated,
                "CanonicalUser" => Kind::CanonicalUser,
                _ => return Err(unknown(&name, &KINDS)),
            };
            if seen.contains(&kind) {
                return Err(de::Error::custom(format_args!("element `{name}` is given twice")));
            }
            seen.push(kind);
            let Strings(values) = map.next_value()?;
            for value in values {
                if !plausible(kind, &value) {
                    return Err(de::Error::custom(format_args!(
                        "`{value}` is not a principal of the kind `{name}`"
                    )));
                }
                listed.push(Named { kind, value });
            }
        }
        if listed.is_empty() {
            return Err(de::Error::custom("a principal element is empty"));
        }
        Ok(PrincipalElement::Listed(listed))
    }
}

/// Returns true if IAM would accept the name. In a principal, a `*` is allowed only alone.
fn plausible(kind: Kind, value: &str) -> bool {
    if value == "*" {
        return true;
    }
    if value.is_empty() || value.contains(['*', '?']) {
        return false;
    }
    match kind {
        Kind::Aws => {
            let account = value.len() == 12 && value.bytes().all(|b| b.is_ascii_digit());
            let unique_id =
                value.len() >= 16 && value.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
            let arn = value.starts_with("arn:") && value.split(':').count() >= 6;
            account || unique_id || arn
        }
        Kind::Service | Kind::Federated | Kind::CanonicalUser => true,
    }
}
