//! Evaluates the tests of a `Condition` element with the keys of a request. The operators are in `operator`; `date`,
//! `decimal` and `network` parse the values.

use std::net::IpAddr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::evaluate::context::{Context, Known};
use crate::evaluate::date;
use crate::evaluate::decimal::Decimal;
use crate::evaluate::network::Network;
use crate::evaluate::template::{self, Stars, Unresolved};
use crate::evaluate::truth::Truth;
use crate::language::arn::Arn;
use crate::language::condition::Test;
use crate::language::element::{Effect, Version};
use crate::language::operator::{Compare, Comparison, Operator, Quantifier};
use crate::language::pattern::Pattern;

/// The facts that a test needs to know about the statement that it is in, and about the request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) version: Version,
    pub(crate) effect: Effect,
    pub(crate) context: &'a Context,
}

impl Test {
    pub(crate) fn holds(&self, setting: Setting<'_>) -> Truth {
        if self.values.is_empty() {
            return Truth::Unknown(format!("condition operator `{}` has no value", self.spelling));
        }
        let known = setting.context.known(&self.key);
        match (&self.operator, known) {
            (Operator::Unknown, _) => {
                Truth::Unknown(format!("condition operator `{}` is not known", self.spelling))
            }
            (_, Known::Unknown) => Truth::Unknown(format!("the value of `{}` is not known here", self.key)),
            (Operator::Null, Known::Given(given)) => self.presence(Some(given)),
            (Operator::Null, Known::Absent) => self.presence(None),
            (Operator::Compare(compare), Known::Given(given)) => self.compare(*compare, given, setting),
            (Operator::Compare(compare), Known::Absent) => absent(*compare),
        }
    }

    /// Returns true if a value of the policy has the type of the operator. Values with variables are accepted, because
    /// they are unknown.
    pub(crate) fn takes(&self, value: &str) -> bool {
        let compare = match &self.operator {
            Operator::Unknown => return true,
            Operator::Null => return boolean(value).is_some(),
            Operator::Compare(_) if value.contains("${") => return true,
            Operator::Compare(compare) => compare,
        };
        match compare.comparison {
            Comparison::String | Comparison::StringIgnoringCase | Comparison::StringLike => true,
            Comparison::Numeric(_) => Decimal::parse(value).is_some(),
            Comparison::Date(_) => date::parse(value).is_some(),
            Comparison::Bool => boolean(value).is_some(),
            Comparison::Binary => base64(value).is_some(),
            Comparison::IpAddress => Network::parse(value).is_some(),
            Comparison::Arn => value == "*" || Pattern::wild(value).arn_parts().is_some(),
        }
    }

    /// Evaluates the `Null` operator: whether the key is absent.
    fn presence(&self, given: Option<&[String]>) -> Truth {
        let absent = match given {
            None => true,
            // AWS calls an empty string a null value in one place and a value in others.
            Some(given) if given.iter().all(String::is_empty) => {
                return Truth::Unknown(format!("key `{}` is present but empty", self.key));
            }
            Some(_) => false,
        };
        Truth::any(self.values.iter().map(|wanted| match boolean(wanted) {
            Some(wanted) => (wanted == absent).into(),
            None => self.malformed(wanted, "true or false"),
        }))
    }

    fn compare(&self, compare: Compare, given: &[String], setting: Setting<'_>) -> Truth {
        let each = given.iter().map(|value| self.compare_one(compare, value, setting));
        match compare.quantifier {
            // In AWS this is also true for values that are empty, such as an empty string.
            Some(Quantifier::All) if given.iter().all(String::is_empty) => Truth::Yes,
            Some(Quantifier::All) => Truth::all(each),
            Some(Quantifier::Any) => Truth::any(each),
            None => {
                let (all, any) = (Truth::all(each.clone()), Truth::any(each));
                if all == any {
                    return all;
                }
                Truth::Unknown(format!("key `{}` has several values, and its operator is for one", self.key))
            }
        }
    }

    /// Compares one value of the request with all values of the policy: one match is sufficient, or, if negated, none
    /// may match.
    fn compare_one(&self, compare: Compare, given: &str, setting: Setting<'_>) -> Truth {
        let any = Truth::any(self.values.iter().map(|wanted| {
            let matched = self.matches(compare.comparison, given, wanted, setting);
            matched.unwrap_or_else(|unresolved| match unresolved {
                // An absent key cannot match, so an Allow that requires a match does not apply. A Deny must not be lost
                // because of an absent key.
                Unresolved::Absent(_) if setting.effect == Effect::Allow && !compare.negated => Truth::No,
                Unresolved::Absent(reason) | Unresolved::Unknown(reason) | Unresolved::Malformed(reason) => {
                    Truth::Unknown(reason)
                }
            })
        }));
        if compare.negated { any.not() } else { any }
    }

    fn matches(
        &self,
        comparison: Comparison,
        given: &str,
        wanted: &str,
        setting: Setting<'_>,
    ) -> Result<Truth, Unresolved> {
        let pattern = |stars, text: &str| template::resolve(text, setting.version, stars, setting.context);
        Ok(match comparison {
            Comparison::String => pattern(Stars::Plain, wanted)?.matches(given).into(),
            Comparison::StringIgnoringCase => {
                pattern(Stars::Plain, wanted)?.matches_ignoring_case(given).into()
            }
            Comparison::StringLike => pattern(Stars::Wild, wanted)?.matches(given).into(),
            Comparison::Arn => self.arns(given, wanted, &pattern(Stars::Wild, wanted)?),
            Comparison::Numeric(order) => {
                self.typed(given, wanted, "a number", Decimal::parse, |given, wanted| {
                    order.admits(given.cmp(wanted))
                })
            }
            Comparison::Date(order) => self
                .typed(given, wanted, "a date", date::parse, |given, wanted| order.admits(given.cmp(wanted))),
            Comparison::Bool => {
                self.typed(given, wanted, "true or false", boolean, |given, wanted| given == wanted)
            }
            Comparison::Binary => {
                self.typed(given, wanted, "base64", base64, |given, wanted| given == wanted)
            }
            Comparison::IpAddress => match (given.parse::<IpAddr>(), Network::parse(wanted)) {
                (Ok(address), Some(network)) => network.contains(address).into(),
                (Err(_), _) => self.malformed(given, "an IP address"),
                (_, None) => self.malformed(wanted, "an IP address or range"),
            },
        })
    }

    /// Compares two values that must both be of one type.
    fn typed<'a, T>(
        &self,
        given: &'a str,
        wanted: &'a str,
        kind: &str,
        parse: impl Fn(&'a str) -> Option<T>,
        matches: impl Fn(&T, &T) -> bool,
    ) -> Truth {
        match (parse(given), parse(wanted)) {
            (Some(given), Some(wanted)) => matches(&given, &wanted).into(),
            (None, _) => self.malformed(given, kind),
            (_, None) => self.malformed(wanted, kind),
        }
    }

    /// Compares ARNs part by part: a wildcard does not match a colon, except in the last part, which may contain
    /// colons.
    fn arns(&self, given: &str, wanted: &str, pattern: &Pattern) -> Truth {
        match (Arn::parse(given), pattern.arn_parts()) {
            (Some(given), Some(wanted)) => {
                wanted.iter().zip(given.parts()).all(|(wanted, given)| wanted.matches(given)).into()
            }
            (None, _) => self.malformed(given, "an ARN"),
            (_, None) => self.malformed(wanted, "an ARN"),
        }
    }

    fn malformed(&self, value: &str, wanted: &str) -> Truth {
        Truth::Unknown(format!("`{value}`, for key `{}`, is not {wanted}", self.key))
    }
}

/// Returns the result of a test on a key that the request does not have.
fn absent(compare: Compare) -> Truth {
    match compare.quantifier {
        None => (compare.if_exists || compare.negated).into(),
        // Without values, "all" is true and "any" is false, regardless of `IfExists`. Source: "Condition operators for
        // multivalued keys" in the IAM user guide.
        Some(Quantifier::All) => Truth::Yes,
        Some(Quantifier::Any) => Truth::No,
    }
}

fn boolean(text: &str) -> Option<bool> {
    match text {
        _ if text.eq_ignore_ascii_case("true") => Some(true),
        _ if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

/// Decodes base64 text, padded as RFC 4648 requires.
fn base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
