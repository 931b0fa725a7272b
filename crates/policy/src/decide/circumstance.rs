//! Computes under which circumstances the rules apply, for one kind of credentials: the result of each condition for
//! every value that the sender of a request could choose.

use std::collections::BTreeMap;

use crate::decide::automaton::{Budget, Exhausted};
use crate::decide::candidate::{self, Candidate, candidates};
use crate::decide::knowledge::{self, Knowledge};
use crate::decide::rule::Rules;
use crate::evaluate::context::Context;
use crate::evaluate::truth::Truth;
use crate::language::condition::{Test, folded};
use crate::language::element::Version;

/// A truth without its reason.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Three {
    Yes,
    No,
    Perhaps,
}

/// A key that the sender of a request chooses.
#[derive(Debug)]
pub(crate) struct Key {
    /// The name, as one of the policies spells it.
    pub(crate) name: String,
    /// The other name of the same circumstance, if a policy uses it too. The time has two names.
    twin: Option<String>,
    /// The service, if only its requests have the key.
    pub(crate) service: Option<String>,
    pub(crate) candidates: Vec<Candidate>,
}

impl Key {
    fn of(key: &str, tests: &[(&Test, Version)], candidates: Vec<Candidate>) -> Self {
        let spelled = |of: &str| tests.iter().map(|(test, _)| &test.key).find(|name| folded(name) == of);
        let (name, twin) = match (spelled(key), spelled(knowledge::EPOCH)) {
            (Some(name), twin) => (name.clone(), twin.cloned()),
            (None, twin) => (twin.cloned().unwrap_or_else(|| key.to_owned()), None),
        };
        Self { name, twin, service: knowledge::service(key).map(str::to_owned), candidates }
    }

    /// Returns the keys of a request with these values, under every name of the key.
    pub(crate) fn given(&self, values: &[String]) -> Vec<(String, Vec<String>)> {
        let each = [Some(&self.name), self.twin.as_ref()].into_iter().flatten();
        let given = each.map(|name| {
            let values = values.iter().map(|value| candidate::told(&folded(name), value));
            (name.clone(), values.collect())
        });
        given.collect()
    }
}

/// The keys of the tags that a request sets, if a policy tests both the names and the values. The two depend on each
/// other: a tag with a value is also among the names.
#[derive(Debug)]
pub(crate) struct Tags {
    /// The index of the key with the names of all tags.
    pub(crate) names: usize,
    /// The indexes of the keys with the value of one tag, each with the name of the tag.
    pub(crate) each: Vec<(usize, String)>,
}

/// Returns the main name of a circumstance that has two.
fn one_name(key: String) -> String {
    if key == knowledge::EPOCH { knowledge::TIME.to_owned() } else { key }
}

/// The condition of a rule.
#[derive(Debug)]
pub(crate) struct Condition {
    /// The result of its tests on other keys.
    pub(crate) fixed: Truth,
    /// For each key, by its index: the result of the rule's tests on that key for every candidate.
    pub(crate) chosen: Vec<(usize, Vec<Three>)>,
}

/// The conditions of all rules.
#[derive(Debug)]
pub(crate) struct Circumstances {
    pub(crate) keys: Vec<Key>,
    pub(crate) tags: Option<Tags>,
    pub(crate) conditions: Vec<Condition>,
}

impl Circumstances {
    /// Evaluates the conditions of all rules. `context` is that of the credentials, and `now` limits the possible
    /// times.
    pub(crate) fn of(
        rules: &Rules<'_>,
        context: &Context,
        now: i64,
        budget: &mut Budget,
    ) -> Result<Self, Exhausted> {
        let mut asked: BTreeMap<String, Vec<(&Test, Version)>> = BTreeMap::new();
        for rule in &rules.all {
            for test in &rule.statement.condition {
                let key = folded(&test.key);
                budget.spend(key.len())?;
                if knowledge::of(&key, context.decides(&key)) == Knowledge::Chosen || issued(&key, context) {
                    asked.entry(one_name(key)).or_default().push((test, rule.version));
                }
            }
        }
        let mut keys = Vec::with_capacity(asked.len());
        // The name of a tag is spelled as in one of the policies.
        let of_tag = |key: &String, tests: &[(&Test, Version)]| {
            let spelled = tests.first().filter(|_| key.starts_with(knowledge::REQUEST_TAG))?;
            spelled.0.key.get(knowledge::REQUEST_TAG.len()..).map(str::to_owned)
        };
        let each: Vec<(usize, String)> = (asked.iter().enumerate())
            .filter_map(|(place, (key, tests))| Some((place, of_tag(key, tests)?)))
            .collect();
        let of_tags: Vec<String> = each.iter().map(|(_, name)| name.clone()).collect();
        for (key, tests) in &asked {
            let besides = if key == knowledge::TAG_KEYS { of_tags.as_slice() } else { &[] };
            let candidates = candidates(key, tests, besides, context, now, budget)?;
            keys.push(Key::of(key, tests, candidates));
        }
        let names = asked.keys().position(|key| key == knowledge::TAG_KEYS);
        let tags = names.filter(|_| !each.is_empty()).map(|names| Tags { names, each });
        let places: BTreeMap<&str, usize> = asked.keys().map(String::as_str).zip(0..).collect();
        let mut conditions = Vec::with_capacity(rules.all.len());
        for rule in &rules.all {
            let mut fixed = Vec::new();
            let mut chosen: BTreeMap<usize, Vec<&Test>> = BTreeMap::new();
            for test in &rule.statement.condition {
                match places.get(one_name(folded(&test.key)).as_str()) {
                    Some(place) => chosen.entry(*place).or_default().push(test),
                    None => fixed.push(test),
                }
            }
            budget.spend(fixed.iter().map(|test| length(test)).sum())?;
            let fixed = Truth::all(fixed.into_iter().map(|test| test.holds(rule.setting(context))));
            let mut tested = Vec::with_capacity(chosen.len());
            for (place, tests) in chosen {
                let key = &keys[place];
                let values: usize = tests.iter().map(|test| length(test)).sum();
                budget.spend(values * key.candidates.len())?;
                let each = key.candidates.iter().map(|candidate| match candidate {
                    Candidate::Anything => Three::Perhaps,
                    Candidate::Values(values) => {
                        let mut context = context.clone();
                        for (name, values) in key.given(values) {
                            context.set_many(&name, values);
                        }
                        let truths = tests.iter().map(|test| test.holds(rule.setting(&context)));
                        Three::from(&Truth::all(truths))
                    }
                });
                tested.push((place, each.collect()));
            }
            conditions.push(Condition { fixed, chosen: tested });
        }
        Ok(Self { keys, tags, conditions })
    }
}

/// Returns the work of one evaluation of a test: a step for each value, and more for long values.
fn length(test: &Test) -> usize {
    test.values.iter().map(|value| 1 + value.len() / 64).sum::<usize>() + 1
}

/// Returns true for the time of issue of a session that may still be created.
fn issued(key: &str, context: &Context) -> bool {
    key == knowledge::ISSUED && !context.decides(key)
}

impl From<&Truth> for Three {
    fn from(truth: &Truth) -> Self {
        match truth {
            Truth::Yes => Self::Yes,
            Truth::No => Self::No,
            Truth::Unknown(_) => Self::Perhaps,
        }
    }
}
