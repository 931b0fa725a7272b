//! Corrects a statement about MFA in its own text. The input is a document with only this statement. Every result is
//! parsed and decided again, and a correction that is not proven is not returned.

use serde_json::{Map, Value, json};

use crate::decide::action;
use crate::decide::whose::{Whose, enforces as proven};
use crate::evaluate::credential::{Subject, tells_of_mfa};
use crate::evaluate::policies::Policies;
use crate::findings::flaw::{flaw, limits_age};
use crate::findings::hole::holes;
use crate::language::actions::is_everything;
use crate::language::document::{Policy, Statement};
use crate::language::element::{Effect, Scope};
use crate::language::operator::Operator;
use crate::language::place::Places;

/// The earliest time: a correction must be right at any time.
const EVER: i64 = 0;

/// The index of the statement in its document.
const ONLY: usize = 0;

/// Returns the corrected statement, with the smallest change that makes it enforce MFA.
pub(crate) fn mended(places: &Places<'_>, policy: &Policy, subject: &Subject) -> Option<String> {
    let statement = &policy.statements[ONLY];
    [renamed(places, statement), rewritten(places, statement, false)]
        .into_iter()
        .flatten()
        .find_map(|text| sound(&text, subject))
        .or_else(|| closed(places, policy, subject))
}

/// Returns the corrected Deny: of everything except for the calls of a login, on all resources, and only depending on
/// MFA.
pub(crate) fn closed(places: &Places<'_>, policy: &Policy, subject: &Subject) -> Option<String> {
    let statement = &policy.statements[ONLY];
    if statement.effect == Effect::Allow {
        return None;
    }
    let mut text = rewritten(places, statement, true)?;
    let spared = Value::from(action::login()).to_string().replace(',', ", ");
    text = match statement.action.scope() {
        Scope::Only(actions) if actions.iter().any(|action| is_everything(action)) => text,
        Scope::Only(_) => replaced(&text, ("Action", "NotAction"), &spared)?,
        Scope::AllBut(_) if left_by_actions(statement) => {
            replaced(&text, ("NotAction", "NotAction"), &spared)?
        }
        Scope::AllBut(_) => text,
    };
    text = match &statement.resource {
        Some(Scope::Only(on)) if on.iter().any(|on| on == "*") => text,
        Some(Scope::Only(_)) => replaced(&text, ("Resource", "Resource"), "\"*\"")?,
        Some(Scope::AllBut(_)) => replaced(&text, ("NotResource", "Resource"), "\"*\"")?,
        None => return None,
    };
    let mended = Policy::parse(&text).ok()?;
    let statement = &mended.statements[ONLY];
    let proven = holes(statement).is_empty()
        && flaw(mended.version, statement, subject).is_none()
        && enforces(&mended, &Policy::everything(), subject);
    proven.then(|| Places::of(&text)?.statement(ONLY).map(dedented)).flatten()
}

/// Returns the Allow with the test for MFA that it lacks.
pub(crate) fn mended_allow(places: &Places<'_>, policy: &Policy, subject: &Subject) -> Option<String> {
    let text = if places.condition(ONLY).is_some() {
        rewritten(places, &policy.statements[ONLY], false)?
    } else {
        let with = "\"Allow\", \"Condition\": {\"Bool\": {\"aws:MultiFactorAuthPresent\": \"true\"}}";
        places.with(places.element(ONLY, "Effect")?, with)
    };
    sound(&text, subject)
}

/// Returns a text in which an element has another value, and possibly another name.
fn replaced(text: &str, (name, other): (&str, &str), value: &str) -> Option<String> {
    let places = Places::of(text)?;
    let text = places.renamed(places.element(ONLY, name)?, name, other)?;
    let places = Places::of(&text)?;
    Some(places.with(places.element(ONLY, other)?, value))
}

fn left_by_actions(statement: &Statement) -> bool {
    let about = Statement { resource: None, condition: Vec::new(), ..statement.clone() };
    !holes(&about).is_empty()
}

/// Returns the statement of a text, if its test for MFA has no flaw and it is proven to enforce MFA for its own actions
/// and resources.
fn sound(text: &str, subject: &Subject) -> Option<String> {
    let policy = Policy::parse(text).ok()?;
    let statement = &policy.statements[ONLY];
    if flaw(policy.version, statement, subject).is_some() {
        return None;
    }
    let beside = Statement { effect: Effect::Allow, condition: Vec::new(), ..statement.clone() };
    let beside = Policy { version: policy.version, statements: vec![beside] };
    enforces(&policy, &beside, subject).then(|| Places::of(text)?.statement(ONLY).map(dedented)).flatten()
}

/// Returns true if a statement by itself enforces MFA: a Deny for what is allowed beside it, an Allow for what it
/// allows itself.
fn enforces(policy: &Policy, beside: &Policy, subject: &Subject) -> bool {
    let denies = policy.statements[ONLY].effect == Effect::Deny;
    let identity: &[&Policy] = if denies { &[policy, beside] } else { &[policy] };
    proven(&Policies::of(identity), subject, Whose::Known, EVER)
}

/// Returns each operator about MFA under the name that treats an absent key correctly: as a match in a `Deny`, and as
/// no match in an `Allow`.
fn renamed(places: &Places<'_>, statement: &Statement) -> Option<String> {
    let mut text: Option<String> = None;
    let mut done: Vec<&str> = Vec::new();
    for test in &statement.condition {
        if !tells_of_mfa(&test.key) || done.contains(&test.spelling.as_str()) {
            continue;
        }
        done.push(&test.spelling);
        let name = counted_rightly(&test.spelling, statement.effect);
        let next = match &text {
            None => places.renamed(places.operator(ONLY, &test.spelling)?, &test.spelling, &name),
            Some(text) => {
                let places = Places::of(text)?;
                places.renamed(places.operator(ONLY, &test.spelling)?, &test.spelling, &name)
            }
        };
        text = Some(next?);
    }
    text
}

/// Returns the condition with only the correct tests about MFA; with `alone`, without all other tests. A limit of age
/// is kept, because in a Deny it also applies if there is no age.
fn rewritten(places: &Places<'_>, statement: &Statement, alone: bool) -> Option<String> {
    let condition = places.condition(ONLY)?;
    let old: Map<String, Value> = serde_json::from_str(condition).ok()?;
    let mut block: Map<String, Value> = if alone { Map::new() } else { old.clone() };
    for keys in block.values_mut().filter_map(Value::as_object_mut) {
        keys.retain(|key, _| !tells_of_mfa(key));
    }
    block.retain(|_, keys| keys.as_object().is_none_or(|keys| !keys.is_empty()));
    let denies = statement.effect == Effect::Deny;
    let mut put = |operator: String, key: &str, value: Value| {
        let keys = block.entry(operator).or_insert_with(|| json!({}));
        keys.as_object_mut().map(|keys| keys.insert(key.to_owned(), value))
    };
    if limits_age(statement) {
        for test in statement.condition.iter().filter(|test| tells_of_mfa(&test.key)) {
            if !test.key.eq_ignore_ascii_case("aws:MultiFactorAuthAge") || test.operator == Operator::Null {
                continue;
            }
            let value = old.get(&test.spelling)?.get(&test.key)?.clone();
            put(counted_rightly(&test.spelling, statement.effect), &test.key, value)?;
        }
    }
    if !denies || !limits_age(statement) {
        let (operator, wanted) = if denies { ("BoolIfExists", "false") } else { ("Bool", "true") };
        put(operator.to_owned(), "aws:MultiFactorAuthPresent", json!(wanted));
    }
    let block = Value::Object(block);
    // A correct block keeps its layout.
    if block == Value::Object(old) {
        return Some(places.text().to_owned());
    }
    Some(places.with(condition, &block.to_string()))
}

/// Returns the name of an operator under which an absent key is a match in a `Deny`, and no match in an `Allow`.
fn counted_rightly(spelling: &str, effect: Effect) -> String {
    let bare = spelling.trim_start_matches("ForAllValues:").trim_start_matches("ForAnyValue:");
    let bare = bare.trim_end_matches("IfExists");
    if effect == Effect::Deny { format!("{bare}IfExists") } else { bare.to_owned() }
}

/// Returns the lines of a statement without their common indentation.
fn dedented(statement: &str) -> String {
    let mut lines = statement.lines();
    let first = lines.next().unwrap_or_default();
    let rest: Vec<&str> = lines.collect();
    let indent = |line: &&str| line.len() - line.trim_start().len();
    let margin = rest.iter().filter(|line| !line.trim().is_empty()).map(indent).min().unwrap_or(0);
    let rest = rest.iter().map(|line| line.get(margin..).unwrap_or_default());
    std::iter::once(first).chain(rest).collect::<Vec<_>>().join("\n")
}
