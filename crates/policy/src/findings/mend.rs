//! A statement about MFA put right in its own text. Whatever comes out has been parsed
//! and judged again: a remedy that does not work is none.

use serde_json::{Map, Value, json};

use crate::evaluate::credential::{Subject, tells_of_mfa};
use crate::findings::flaw::flaw;
use crate::language::document::Policy;
use crate::language::element::Effect;
use crate::language::place::Places;

/// The statement as it ought to be: with the least change that makes it sound.
pub(crate) fn mended(
    places: &Places<'_>,
    policy: &Policy,
    index: usize,
    subject: &Subject,
) -> Option<String> {
    let effect = policy.statements[index].effect;
    [renamed(places, policy, index, effect), rewritten(places, index, effect)]
        .into_iter()
        .flatten()
        .find_map(|text| statement_if_sound(&text, index, subject))
}

fn statement_if_sound(text: &str, index: usize, subject: &Subject) -> Option<String> {
    let policy = Policy::parse(text).ok()?;
    if flaw(policy.version, &policy.statements[index], subject).is_some() {
        return None;
    }
    Some(dedented(Places::of(text)?.statement(index)?))
}

/// Each operator about MFA under the name that counts an absent key rightly: as a match in
/// a `Deny`, as none in an `Allow`.
fn renamed(places: &Places<'_>, policy: &Policy, index: usize, effect: Effect) -> Option<String> {
    let mut text: Option<String> = None;
    let mut done: Vec<&str> = Vec::new();
    for test in &policy.statements[index].condition {
        if !tells_of_mfa(&test.key) || done.contains(&test.spelling.as_str()) {
            continue;
        }
        done.push(&test.spelling);
        let bare = test.spelling.trim_start_matches("ForAllValues:").trim_start_matches("ForAnyValue:");
        let bare = bare.trim_end_matches("IfExists");
        let name = if effect == Effect::Deny { format!("{bare}IfExists") } else { bare.to_owned() };
        let next = match &text {
            None => places.renamed(places.operator(index, &test.spelling)?, &test.spelling, &name),
            Some(text) => {
                let places = Places::of(text)?;
                places.renamed(places.operator(index, &test.spelling)?, &test.spelling, &name)
            }
        };
        text = Some(next?);
    }
    text
}

/// The condition without its tests about MFA, and with the one that is known to be right.
fn rewritten(places: &Places<'_>, index: usize, effect: Effect) -> Option<String> {
    let condition = places.condition(index)?;
    let mut block: Map<String, Value> = serde_json::from_str(condition).ok()?;
    for keys in block.values_mut().filter_map(Value::as_object_mut) {
        keys.retain(|key, _| !tells_of_mfa(key));
    }
    block.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
    let (operator, wanted) = match effect {
        Effect::Deny => ("BoolIfExists", "false"),
        Effect::Allow => ("Bool", "true"),
    };
    let keys = block.entry(operator).or_insert_with(|| json!({}));
    keys.as_object_mut()?.insert("aws:MultiFactorAuthPresent".into(), json!(wanted));
    Some(places.with(condition, &Value::Object(block).to_string()))
}

/// The lines of a statement as if it stood alone.
fn dedented(statement: &str) -> String {
    let mut lines = statement.lines();
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let margin = rest.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let rest = rest.iter().map(|line| line.get(margin..).unwrap_or_default());
    std::iter::once(first).chain(rest).collect::<Vec<_>>().join("\n")
}
