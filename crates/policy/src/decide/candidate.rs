//! Chooses values of a condition key that represent all values that the sender of a request could choose: every
//! possible combination of results of the tests on the key occurs for one of these values. If that is not certain, an
//! unknown value represents the others.

use std::collections::BTreeSet;

use jiff::Timestamp;

use crate::decide::automaton::{Automaton, Budget, Exhausted, Step};
use crate::decide::knowledge;
use crate::evaluate::context::Context;
use crate::evaluate::date;
use crate::evaluate::template::{self, Stars};
use crate::language::condition::Test;
use crate::language::element::Version;
use crate::language::operator::{Comparison, Operator};
use crate::language::pattern::{Pattern, Token};

/// A possible value of a key in a request.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Candidate {
    /// These values. Empty if the key is absent.
    Values(Vec<String>),
    /// Any other value.
    Anything,
}

/// The number of digits up to which a float distinguishes a number from its neighbors.
const DIGITS: usize = 15;

/// The latest time that is considered, in the year 5138.
const LAST: i64 = 100_000_000_000;

/// The number of values above which one value represents the rest.
const MOST: usize = 256;

/// The maximum number of values for which every subset is tried.
const FEW: usize = 7;

/// Returns the candidates for a key, from all tests about it and from the values in `besides`. Times before `now` are
/// not possible any more.
pub(crate) fn candidates(
    key: &str,
    tests: &[(&Test, Version)],
    besides: &[String],
    context: &Context,
    now: i64,
    budget: &mut Budget,
) -> Result<Vec<Candidate>, Exhausted> {
    let timely = [knowledge::TIME, knowledge::ISSUED].contains(&key);
    let mut singles: BTreeSet<String> =
        if timely { BTreeSet::new() } else { strings(tests, context, budget)? };
    let (mut numbers, mut moments) = (Vec::new(), vec![now]);
    let (mut whole, mut quantified) = (true, 0);
    for (test, _) in tests {
        let Operator::Compare(compare) = &test.operator else { continue };
        quantified += usize::from(compare.quantifier.is_some());
        for value in &test.values {
            budget.spend(value.len())?;
            match compare.comparison {
                Comparison::Bool => singles.extend(["true".to_owned(), "false".to_owned()]),
                Comparison::Binary => singles.extend([value.clone(), "eA==".to_owned(), "eQ==".to_owned()]),
                // A moment by its seconds since 1970.
                Comparison::Numeric(_) if timely => {
                    match value.split('.').next().and_then(|seconds| seconds.parse().ok()) {
                        Some(seconds) if (0..LAST).contains(&seconds) => moments.push(seconds),
                        _ => whole = false,
                    }
                }
                Comparison::Numeric(_) => match value.parse::<f64>() {
                    // With more digits, the neighboring numbers are not certain.
                    Ok(number) if number.is_finite() && digits(value) <= DIGITS => {
                        numbers.push((number, value.clone()));
                    }
                    _ => whole = false,
                },
                Comparison::Date(_) => {
                    let moment = date::parse(value);
                    // Times between two seconds are possible too.
                    whole &= moment.is_none_or(|at| at.subsec_nanosecond() == 0);
                    moments.extend(moment.map(Timestamp::as_second));
                }
                Comparison::IpAddress => whole = false,
                Comparison::String
                | Comparison::StringIgnoringCase
                | Comparison::StringLike
                | Comparison::Arn => whole &= !timely,
            }
        }
    }
    singles.extend(besides.iter().cloned());
    let dated = moments.len() > 1 || timely;
    singles.extend(around(numbers));
    if dated {
        let moments: BTreeSet<i64> = moments.iter().flat_map(|at| [at - 1, *at, at + 1]).collect();
        let possible = moments.into_iter().filter(|at| !timely || *at >= now);
        singles.extend(possible.filter_map(written));
    }
    if singles.is_empty() {
        singles.insert("example".to_owned());
    }
    let mut singles: Vec<String> = singles.into_iter().collect();
    if key == knowledge::REGION {
        // A request that can be sent comes first.
        let real = |value: &String| knowledge::REGIONS.contains(&value.as_str());
        let others = singles.iter().filter(|value| !real(value)).cloned();
        let regions = knowledge::REGIONS.into_iter().map(str::to_owned);
        singles = regions.chain(others).chain(knowledge::OTHER_HOMES.map(str::to_owned)).collect();
    }
    let mut all: Vec<Candidate> = Vec::new();
    if !knowledge::ALWAYS.contains(&key) && key != knowledge::ISSUED {
        all.push(Candidate::Values(Vec::new()));
    }
    all.extend(singles.iter().map(|value| Candidate::Values(vec![value.clone()])));
    if (quantified > 0 || key == knowledge::TAG_KEYS) && singles.len() <= FEW {
        all.extend(sets(&singles).map(Candidate::Values));
    } else if quantified > 0 || key == knowledge::TAG_KEYS {
        for (at, first) in singles.iter().enumerate() {
            let pairs = singles[at + 1..].iter().map(|next| vec![first.clone(), next.clone()]);
            all.extend(pairs.take(MOST).map(Candidate::Values));
        }
        all.push(Candidate::Values(singles));
        all.push(Candidate::Values(besides.to_vec()));
        // Each test can need one value that the others do not.
        whole &= quantified <= 2;
    }
    if all.len() > MOST {
        all.truncate(MOST);
        whole = false;
    }
    if !whole {
        all.push(Candidate::Anything);
    }
    budget.spend(all.len())?;
    Ok(all)
}

/// Returns every set of two or more of these values, small sets first.
fn sets(of: &[String]) -> impl Iterator<Item = Vec<String>> {
    let mut choices: Vec<u32> = (0..1 << of.len()).filter(|choice: &u32| choice.count_ones() > 1).collect();
    choices.sort_by_key(|choice| choice.count_ones());
    choices.into_iter().map(move |choice| {
        let chosen = (0..).zip(of).filter(|(place, _)| choice & (1 << place) != 0);
        chosen.map(|(_, value)| value.clone()).collect()
    })
}

/// Returns a string for every set of tests that some string matches.
fn strings(
    tests: &[(&Test, Version)],
    context: &Context,
    budget: &mut Budget,
) -> Result<BTreeSet<String>, Exhausted> {
    let mut automaton = Automaton::new();
    let mut any = false;
    for (what, (test, version)) in (0..).zip(tests) {
        let Operator::Compare(compare) = &test.operator else { continue };
        for value in &test.values {
            let stars = match compare.comparison {
                Comparison::String | Comparison::StringIgnoringCase => Stars::Plain,
                Comparison::StringLike | Comparison::Arn => Stars::Wild,
                _ => continue,
            };
            // If the value is unknown, the test is unsure for every key.
            let Ok(pattern) = template::resolve(value, *version, stars, context) else { continue };
            budget.spend(pattern.tokens().len())?;
            any = true;
            automaton.add(steps(&pattern, compare.comparison), what);
        }
    }
    if !any {
        return Ok(BTreeSet::new());
    }
    let classes = automaton.classes(2, budget)?;
    let mut strings = BTreeSet::new();
    for mut class in classes {
        // A value that is empty is hardly one.
        if class.examples.iter().any(|example| !example.is_empty()) {
            class.examples.retain(|example| !example.is_empty());
        }
        strings.extend(class.examples);
    }
    Ok(strings)
}

/// Returns the steps of a pattern to which a key is compared.
pub(crate) fn steps(pattern: &Pattern, comparison: Comparison) -> Vec<Step> {
    let mut colons = 0;
    pattern
        .tokens()
        .iter()
        .map(|token| {
            // A wildcard does not match a colon before the last part of an ARN.
            let but = (comparison == Comparison::Arn && colons < 5).then_some(':');
            match token {
                Token::Char(c) => {
                    colons += usize::from(*c == ':');
                    if comparison == Comparison::StringIgnoringCase {
                        Step::Folded(*c)
                    } else {
                        Step::Char(*c)
                    }
                }
                Token::AnyOne => Step::One(but),
                Token::AnyRun => Step::Run(but),
            }
        })
        .collect()
}

/// Returns numbers on each side of every given number.
fn around(mut numbers: Vec<(f64, String)>) -> Vec<String> {
    numbers.sort_by(|(one, _), (next, _)| one.total_cmp(next));
    let mut all: Vec<String> = numbers.iter().map(|(_, text)| text.clone()).collect();
    if let (Some((least, _)), Some((most, _))) = (numbers.first(), numbers.last()) {
        all.extend([(least - 1.0).to_string(), (most + 1.0).to_string()]);
    }
    all.extend(numbers.windows(2).map(|pair| f64::midpoint(pair[0].0, pair[1].0).to_string()));
    all
}

fn written(at: i64) -> Option<String> {
    Timestamp::from_second(at).ok().map(|at| at.to_string())
}

/// Returns a value in the form of a key, by its folded name: one of the two keys for the time has seconds.
pub(crate) fn told(key: &str, value: &str) -> String {
    let seconds = (key == knowledge::EPOCH).then(|| date::parse(value)).flatten();
    seconds.map_or_else(|| value.to_owned(), |at| at.as_second().to_string())
}

fn digits(number: &str) -> usize {
    number.bytes().filter(u8::is_ascii_digit).count()
}
