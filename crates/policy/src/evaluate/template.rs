//! Resolves policy variables: `${key}`, `${key, 'default'}`, and `${*}`, `${?}`, `${$}` for the characters themselves.
//! The value of a variable is plain text: a `*` in it is not a wildcard.

use crate::evaluate::context::{Context, Known};
use crate::language::element::Version;
use crate::language::pattern::{Pattern, Token};

/// The meaning of `*` and `?` in the policy's own text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stars {
    Wild,
    Plain,
}

/// The reasons why a text with variables is not a pattern for this request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Unresolved {
    /// The request does not have the key, and the variable has no default.
    Absent(String),
    /// The context does not know whether the request has the key.
    Unknown(String),
    /// It is unknown how IAM would read the text.
    Malformed(String),
}

/// Puts the request's values in place of the variables.
pub(crate) fn resolve(
    text: &str,
    version: Version,
    stars: Stars,
    context: &Context,
) -> Result<Pattern, Unresolved> {
    let own = |c| if stars == Stars::Wild { Token::wild(c) } else { Token::Char(c) };
    let mut tokens = Vec::new();
    let mut rest = text;
    while version == Version::Variables
        && let Some((before, after)) = rest.split_once("${")
    {
        tokens.extend(before.chars().map(own));
        let end = closing_brace(after)
            .ok_or_else(|| Unresolved::Malformed(format!("`{text}` has an unclosed variable")))?;
        let value = value(&after[..end], context)?;
        tokens.extend(value.chars().map(Token::Char));
        rest = &after[end + 1..];
    }
    tokens.extend(rest.chars().map(own));
    Ok(Pattern::new(tokens))
}

/// Returns the pattern with a `*` instead of every variable without a value. It matches everything that the text could
/// match, and perhaps more.
pub(crate) fn loosely(text: &str, version: Version, context: &Context) -> Pattern {
    let mut tokens = Vec::new();
    let mut rest = text;
    while version == Version::Variables
        && let Some((before, after)) = rest.split_once("${")
    {
        tokens.extend(before.chars().map(Token::wild));
        let Some(end) = closing_brace(after) else {
            tokens.push(Token::AnyRun);
            return Pattern::new(tokens);
        };
        match value(&after[..end], context) {
            Ok(value) => tokens.extend(value.chars().map(Token::Char)),
            // It is unknown how IAM reads a malformed variable and where the variable ends.
            Err(Unresolved::Malformed(_)) => {
                tokens.push(Token::AnyRun);
                return Pattern::new(tokens);
            }
            Err(Unresolved::Absent(_) | Unresolved::Unknown(_)) => tokens.push(Token::AnyRun),
        }
        rest = &after[end + 1..];
    }
    tokens.extend(rest.chars().map(Token::wild));
    Pattern::new(tokens)
}

/// Returns true if a text has no variable, so that it is the same in every request.
pub(crate) fn is_plain(text: &str, version: Version) -> bool {
    version == Version::Plain || !text.contains("${")
}

/// Returns true if a resource has a variable before its fifth colon, where IAM does not allow one.
pub(crate) fn varies_before_resource(text: &str, version: Version) -> bool {
    version == Version::Variables && text.find("${").is_some_and(|at| text[..at].matches(':').count() < 5)
}

/// Returns the position of the brace that closes the variable at the beginning of `text`, or None if there is none. A
/// default in quotes may contain braces.
fn closing_brace(text: &str) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '\'';
        (c == '}' && !quoted).then_some(at)
    })
}

/// Returns the value of one variable, from the text between its braces.
fn value(variable: &str, context: &Context) -> Result<String, Unresolved> {
    if matches!(variable, "*" | "?" | "$") {
        return Ok(variable.to_owned());
    }
    let malformed = |why: &str| Unresolved::Malformed(format!("variable `${{{variable}}}` {why}"));
    let (key, default) = match variable.split_once(',') {
        Some((key, default)) => {
            let quoted = default.trim().strip_prefix('\'').and_then(|d| d.strip_suffix('\''));
            (key.trim(), Some(quoted.ok_or_else(|| malformed("has a default without quotes"))?))
        }
        None => (variable.trim(), None),
    };
    if key.is_empty() || key.contains(['$', '{', '\'', '*', '?']) {
        return Err(malformed("names no condition key"));
    }
    match (context.known(key), default) {
        (Known::Given([value]), _) => Ok(value.clone()),
        (Known::Given(_), _) => {
            Err(Unresolved::Unknown(format!("variable `${{{variable}}}` names a key with several values")))
        }
        (Known::Unknown, _) => {
            Err(Unresolved::Unknown(format!("variable `${{{variable}}}` names a key that is not known here")))
        }
        (Known::Absent, Some(default)) => Ok(default.to_owned()),
        (Known::Absent, None) => {
            Err(Unresolved::Absent(format!("variable `${{{variable}}}` has no value in the request")))
        }
    }
}
