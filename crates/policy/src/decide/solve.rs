//! Searches a circumstance under which every layer allows the request and nothing denies it, for the rules that cover
//! an action and reach a resource.

use std::collections::BTreeSet;

use crate::decide::automaton::{Budget, Exhausted};
use crate::decide::candidate::Candidate;
use crate::decide::circumstance::{Circumstances, Tags, Three};
use crate::decide::knowledge;
use crate::decide::rule::Rules;
use crate::evaluate::truth::Truth;

/// A possible outcome of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Way {
    /// The request is refused in all circumstances.
    Shut,
    /// The result depends on these points, in words.
    Perhaps(BTreeSet<String>),
    /// The request is allowed.
    Open {
        /// The circumstance: the keys with their values. A key without values is absent.
        circumstance: Vec<(String, Vec<String>)>,
        /// The rules that allow it, one of each layer.
        allowing: Vec<u32>,
    },
}

/// The degree of certainty that is required.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Demand {
    /// Every unknown is decided against the caller.
    Certain,
    /// Every unknown is decided in favor of the caller.
    Possible,
}

/// A question: these rules, for a request to this service.
pub(crate) struct Question<'a> {
    pub(crate) rules: &'a Rules<'a>,
    pub(crate) circumstances: &'a Circumstances,
    /// The rules that reach the resource, and whether each certainly does.
    pub(crate) reached: &'a [(u32, bool)],
    pub(crate) service: &'a str,
    /// The only Region of the service, if it is a global service.
    pub(crate) region: Option<&'static str>,
}

impl Question<'_> {
    pub(crate) fn answer(&self, budget: &mut Budget) -> Result<Way, Exhausted> {
        if let Some(open) = self.search(Demand::Certain, budget)? {
            return Ok(open);
        }
        Ok(match self.search(Demand::Possible, budget)? {
            Some(_) => Way::Perhaps(self.doubts()),
            None => Way::Shut,
        })
    }

    /// Returns the keys of tags that depend on each other, if the rules test both the names and the values.
    fn tags(&self) -> Option<&Tags> {
        let asked = |place: usize| {
            self.reached.iter().any(|(rule, _)| {
                let chosen = &self.circumstances.conditions[*rule as usize].chosen;
                chosen.iter().any(|(asked, _)| *asked == place)
            })
        };
        let tags = self.circumstances.tags.as_ref()?;
        (asked(tags.names) && tags.each.iter().any(|(place, _)| asked(*place))).then_some(tags)
    }

    /// Returns the unknown points of the relevant rules.
    fn doubts(&self) -> BTreeSet<String> {
        let mut doubts = BTreeSet::new();
        for (rule, certain) in self.reached {
            let label = self.rules.all[*rule as usize].label();
            let condition = &self.circumstances.conditions[*rule as usize];
            match &condition.fixed {
                Truth::No => continue,
                Truth::Unknown(why) => _ = doubts.insert(format!("{label}: {why}")),
                Truth::Yes => {}
            }
            if !certain {
                doubts.insert(format!("{label}: which resources it is about is not certain"));
            }
            for (place, truths) in &condition.chosen {
                let key = &self.circumstances.keys[*place];
                let foreign = key.service.as_deref().is_some_and(|service| service != self.service);
                if foreign || truths.contains(&Three::Perhaps) {
                    let name = &key.name;
                    doubts.insert(format!("{label}: what it makes of `{name}` is not certain"));
                }
            }
        }
        if let Some((place, _)) = self.tags().and_then(|tags| tags.each.first()) {
            let name = &self.circumstances.keys[*place].name;
            doubts.insert(format!("whether a call that sets `{name}` always has `aws:TagKeys` as well"));
        }
        if doubts.is_empty() {
            doubts.insert("what nobody knows here".to_owned());
        }
        doubts
    }

    fn search(&self, demand: Demand, budget: &mut Budget) -> Result<Option<Way>, Exhausted> {
        let levels = self.rules.levels;
        let mut allows: Vec<Vec<u32>> = vec![Vec::new(); levels];
        let mut denies: Vec<u32> = Vec::new();
        for (number, certain) in self.reached {
            let rule = &self.rules.all[*number as usize];
            let condition = &self.circumstances.conditions[*number as usize];
            let fixed = Three::from(&condition.fixed);
            let sure = if *certain { fixed } else { fixed.and(Three::Perhaps) };
            if rule.allows() {
                if demand.grants(sure) {
                    allows[rule.level].push(*number);
                }
            } else if !demand.lifts(sure) {
                if condition.chosen.is_empty() {
                    return Ok(None);
                }
                denies.push(*number);
            }
        }
        for of_level in &mut allows {
            // A rule without conditions represents its whole layer.
            let chosen = |rule: &u32| &self.circumstances.conditions[*rule as usize].chosen;
            if let Some(free) = of_level.iter().find(|rule| chosen(rule).is_empty()) {
                *of_level = vec![*free];
            }
            if of_level.is_empty() {
                return Ok(None);
            }
        }
        let open: Vec<Vec<bool>> = self
            .circumstances
            .keys
            .iter()
            .map(|key| {
                let foreign = key.service.as_deref().is_some_and(|service| service != self.service);
                let elsewhere = |values: &[String]| {
                    let only = self.region.filter(|_| key.name.eq_ignore_ascii_case(knowledge::REGION));
                    only.is_some_and(|only| values.iter().any(|region| region != only))
                };
                let admits = |candidate: &Candidate| match candidate {
                    Candidate::Values(values) if elsewhere(values) => false,
                    // A few services have keys under another's name.
                    Candidate::Values(values) => !foreign || values.is_empty() || demand == Demand::Possible,
                    Candidate::Anything => demand == Demand::Possible,
                };
                key.candidates.iter().map(admits).collect()
            })
            .collect();
        let mut choice = Vec::with_capacity(levels);
        self.choose_allows(demand, &allows, &denies, &open, &mut choice, budget)
    }

    /// Chooses one Allow of every layer, and keeps the values for which it applies.
    fn choose_allows(
        &self,
        demand: Demand,
        allows: &[Vec<u32>],
        denies: &[u32],
        open: &[Vec<bool>],
        choice: &mut Vec<u32>,
        budget: &mut Budget,
    ) -> Result<Option<Way>, Exhausted> {
        let Some((of_level, others)) = allows.split_first() else {
            return match self.tags().filter(|_| demand == Demand::Certain) {
                Some(tags) => self.choose_tags(tags, denies, open, choice, budget),
                None => self.choose_rest(demand, denies, open, choice, budget),
            };
        };
        for rule in of_level {
            let mut narrowed = open.to_vec();
            for (place, truths) in &self.circumstances.conditions[*rule as usize].chosen {
                budget.spend(truths.len())?;
                for (open, truth) in narrowed[*place].iter_mut().zip(truths) {
                    *open &= demand.grants(*truth);
                }
            }
            if narrowed.iter().any(|open| !open.contains(&true)) {
                continue;
            }
            choice.push(*rule);
            let found = self.choose_allows(demand, others, denies, &narrowed, choice, budget)?;
            if found.is_some() {
                return Ok(found);
            }
            choice.pop();
        }
        Ok(None)
    }

    /// Tries each possible set of tag names, with only the matching values: a tag has a value exactly if it is among
    /// the names. Some services may send only one of the two, so a combination that does not match is not certain.
    fn choose_tags(
        &self,
        tags: &Tags,
        denies: &[u32],
        open: &[Vec<bool>],
        choice: &[u32],
        budget: &mut Budget,
    ) -> Result<Option<Way>, Exhausted> {
        let keys = &self.circumstances.keys;
        for (place, candidate) in keys[tags.names].candidates.iter().enumerate() {
            let Candidate::Values(names) = candidate else { continue };
            if !open[tags.names][place] {
                continue;
            }
            let mut narrowed = open.to_vec();
            narrowed[tags.names].iter_mut().enumerate().for_each(|(at, open)| *open &= at == place);
            for (key, name) in &tags.each {
                let is_set = names.iter().any(|set| set.eq_ignore_ascii_case(name));
                budget.spend(names.len() + keys[*key].candidates.len())?;
                for (open, value) in narrowed[*key].iter_mut().zip(&keys[*key].candidates) {
                    *open &= is_set != (*value == Candidate::Values(Vec::new()));
                }
            }
            if narrowed.iter().any(|open| !open.contains(&true)) {
                continue;
            }
            let found = self.choose_rest(Demand::Certain, denies, &narrowed, choice, budget)?;
            if found.is_some() {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Chooses a value for every key so that no Deny applies, and returns the result.
    fn choose_rest(
        &self,
        demand: Demand,
        denies: &[u32],
        open: &[Vec<bool>],
        choice: &[u32],
        budget: &mut Budget,
    ) -> Result<Option<Way>, Exhausted> {
        let mut values = vec![None; open.len()];
        let found = self.choose_values(demand, denies, open, 0, &mut values, budget)?;
        Ok(found.then(|| self.way(open, &values, choice)))
    }

    /// Chooses a value for every key, so that no Deny applies.
    fn choose_values(
        &self,
        demand: Demand,
        denies: &[u32],
        open: &[Vec<bool>],
        key: usize,
        values: &mut Vec<Option<usize>>,
        budget: &mut Budget,
    ) -> Result<bool, Exhausted> {
        if denies.is_empty() {
            return Ok(true);
        }
        if key == open.len() {
            return Ok(false);
        }
        let tests = |rule: u32| {
            let chosen = &self.circumstances.conditions[rule as usize].chosen;
            chosen.iter().find(|(place, _)| *place == key).map(|(_, truths)| truths)
        };
        // Values that leave the same denials are one.
        let mut tried: BTreeSet<Vec<u32>> = BTreeSet::new();
        for candidate in (0..open[key].len()).filter(|candidate| open[key][*candidate]) {
            budget.spend(denies.len() + 1)?;
            let lifted = |rule: &u32| tests(*rule).is_some_and(|truths| demand.lifts(truths[candidate]));
            let left: Vec<u32> = denies.iter().copied().filter(|rule| !lifted(rule)).collect();
            if !tried.insert(left.clone()) {
                continue;
            }
            values[key] = (left.len() < denies.len()).then_some(candidate);
            if self.choose_values(demand, &left, open, key + 1, values, budget)? {
                return Ok(true);
            }
        }
        values[key] = None;
        Ok(false)
    }

    /// Returns the circumstance, with every key that matters.
    fn way(&self, open: &[Vec<bool>], values: &[Option<usize>], allowing: &[u32]) -> Way {
        let mut circumstance = Vec::new();
        for (place, key) in self.circumstances.keys.iter().enumerate() {
            let asked = self.reached.iter().any(|(rule, _)| {
                let chosen = &self.circumstances.conditions[*rule as usize].chosen;
                chosen.iter().any(|(asked, _)| *asked == place)
            });
            let usual = || open[place].iter().position(|open| *open);
            if let Some(candidate) = values[place].or_else(usual).filter(|_| asked)
                && let Candidate::Values(values) = &key.candidates[candidate]
            {
                circumstance.extend(key.given(values));
            }
        }
        Way::Open { circumstance, allowing: allowing.to_vec() }
    }
}

impl Demand {
    /// Returns true if the condition of an Allow is met as certainly as demanded.
    fn grants(self, truth: Three) -> bool {
        truth == Three::Yes || (truth == Three::Perhaps && self == Self::Possible)
    }

    /// Returns true if a condition of a denial fails well enough.
    fn lifts(self, truth: Three) -> bool {
        truth == Three::No || (truth == Three::Perhaps && self == Self::Possible)
    }
}

impl Three {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Yes, Self::Yes) => Self::Yes,
            _ => Self::Perhaps,
        }
    }
}
