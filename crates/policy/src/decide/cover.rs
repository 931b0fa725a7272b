//! Which rules cover which actions: those of AWS's list, and all names that are in no list. The case
//! of a name does not count.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::ControlFlow;

use crate::catalog::{self, Action, Service};
use crate::decide::automaton::{Automaton, Budget, Exhausted, Step};
use crate::decide::rule::{RuleSet, Rules};
use crate::language::element::Scope;

/// The action patterns of all rules, sorted by how they can be looked up.
#[derive(Debug)]
pub(crate) struct Cover {
    /// Rules whose `NotAction` it is that names an action: these cover all others.
    inverse: RuleSet,
    /// Rules that name everything by `*`.
    everywhere: RuleSet,
    services: BTreeMap<String, Named>,
}

/// What the patterns of one service name.
#[derive(Debug, Default)]
struct Named {
    /// Names without wildcards.
    whole: HashMap<String, Vec<u32>>,
    /// Beginnings: names with one wildcard, a star at the end.
    beginnings: HashMap<String, Vec<u32>>,
    longest: usize,
    /// Names with other wildcards.
    wild: HashMap<String, Vec<u32>>,
}

/// Actions that the same rules cover.
#[derive(Debug)]
pub(crate) struct Covered<'a> {
    pub(crate) rules: &'a RuleSet,
    /// The service, if it is one of AWS's list.
    pub(crate) service: Option<&'static Service>,
    pub(crate) action: Covering,
}

/// One action, or a name that no list has.
#[derive(Debug)]
pub(crate) enum Covering {
    Listed(Action),
    /// The full name of an example.
    Unlisted(String),
}

/// Why a search ends before its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Exhausted,
    /// What was wanted is found.
    Found,
}

/// The same for a callback.
pub(crate) fn stopping<T>(result: Result<T, Exhausted>) -> ControlFlow<Stop, T> {
    match result {
        Ok(value) => ControlFlow::Continue(value),
        Err(Exhausted) => ControlFlow::Break(Stop::Exhausted),
    }
}

impl Cover {
    pub(crate) fn of(rules: &Rules<'_>) -> Self {
        let none = || RuleSet::none(rules.all.len());
        let mut cover = Self { inverse: none(), everywhere: none(), services: BTreeMap::new() };
        for (number, rule) in (0..).zip(&rules.all) {
            let patterns = match &rule.statement.action {
                Scope::Only(patterns) => patterns,
                Scope::AllBut(patterns) => {
                    cover.inverse.insert(number);
                    patterns
                }
            };
            for pattern in patterns {
                match pattern.split_once(':') {
                    Some((service, name)) => {
                        let service = service.to_ascii_lowercase();
                        cover.services.entry(service).or_default().add(&name.to_ascii_lowercase(), number);
                    }
                    None => cover.everywhere.insert(number),
                }
            }
        }
        cover
    }

    /// Calls back for every action of the list, and for an example of every set of rules that
    /// cover some name that is not in it. A break ends it.
    pub(crate) fn each(
        &self,
        budget: &mut Budget,
        mut found: impl FnMut(Covered<'_>, &mut Budget) -> ControlFlow<Stop>,
    ) -> ControlFlow<Stop> {
        let base = self.everywhere.clone().differing(&self.inverse);
        // A service that no pattern names, and that no list has.
        let unheard = Covering::Unlisted("newservice:NewAction".to_owned());
        found(Covered { rules: &base, service: None, action: unheard }, budget)?;
        for service in catalog::services() {
            let Some(named) = self.services.get(service.prefix) else {
                for action in service.actions() {
                    let action = Covering::Listed(action);
                    found(Covered { rules: &base, service: Some(service), action }, budget)?;
                }
                continue;
            };
            let mut known: HashSet<String> = HashSet::new();
            for action in service.actions() {
                let name = action.name.to_ascii_lowercase();
                let rules = stopping(self.rules(named, &name, budget))?;
                known.insert(name);
                let action = Covering::Listed(action);
                found(Covered { rules: &rules, service: Some(service), action }, budget)?;
            }
            self.unlisted(service.prefix, Some(service), named, &known, budget, &mut found)?;
        }
        for (prefix, named) in &self.services {
            if catalog::service(prefix).is_none() {
                self.unlisted(prefix, None, named, &HashSet::new(), budget, &mut found)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Names of one service that are in no list: those that a policy spells out, and examples for
    /// all others.
    fn unlisted(
        &self,
        prefix: &str,
        service: Option<&'static Service>,
        named: &Named,
        known: &HashSet<String>,
        budget: &mut Budget,
        found: &mut impl FnMut(Covered<'_>, &mut Budget) -> ControlFlow<Stop>,
    ) -> ControlFlow<Stop> {
        let mut unknown: Vec<&String> = named.whole.keys().filter(|name| !known.contains(*name)).collect();
        unknown.sort_unstable();
        for name in unknown {
            let rules = stopping(self.rules(named, name, budget))?;
            let action = Covering::Unlisted(format!("{prefix}:{name}"));
            found(Covered { rules: &rules, service, action }, budget)?;
        }
        for class in stopping(named.automaton().classes(4, budget))? {
            let mut rules = self.everywhere.clone();
            class.of.iter().for_each(|rule| rules.insert(*rule));
            let rules = rules.differing(&self.inverse);
            let new = |name: &&String| {
                !name.is_empty() && !known.contains(*name) && !named.whole.contains_key(*name)
            };
            let Some(example) = class.examples.iter().find(new) else { continue };
            let action = Covering::Unlisted(format!("{prefix}:{example}"));
            found(Covered { rules: &rules, service, action }, budget)?;
        }
        ControlFlow::Continue(())
    }

    fn rules(&self, named: &Named, name: &str, budget: &mut Budget) -> Result<RuleSet, Exhausted> {
        let mut rules = self.everywhere.clone();
        let mut add = |of: Option<&Vec<u32>>| of.into_iter().flatten().for_each(|rule| rules.insert(*rule));
        add(named.whole.get(name));
        for end in 0..=name.len().min(named.longest) {
            // Names of actions are ASCII; patterns need not be.
            if let Some(beginning) = name.get(..end) {
                add(named.beginnings.get(beginning));
            }
        }
        for (pattern, of) in &named.wild {
            budget.spend(pattern.len())?;
            if crate::language::pattern::names_action(pattern, name) {
                add(Some(of));
            }
        }
        Ok(rules.differing(&self.inverse))
    }
}

impl Named {
    fn add(&mut self, name: &str, rule: u32) {
        let wild = |text: &str| text.contains(['*', '?']);
        let (table, name) = match name.strip_suffix('*') {
            _ if !wild(name) => (&mut self.whole, name),
            Some(beginning) if !wild(beginning) => {
                self.longest = self.longest.max(beginning.len());
                (&mut self.beginnings, beginning)
            }
            _ => (&mut self.wild, name),
        };
        let of = match table.get_mut(name) {
            Some(of) => of,
            None => table.entry(name.to_owned()).or_default(),
        };
        if of.last() != Some(&rule) {
            of.push(rule);
        }
    }

    /// All names with wildcards.
    fn automaton(&self) -> Automaton {
        let mut automaton = Automaton::new();
        for (beginning, of) in &self.beginnings {
            for rule in of {
                automaton.add(beginning.chars().map(Step::Char).chain([Step::Run(None)]), *rule);
            }
        }
        for (pattern, of) in &self.wild {
            for rule in of {
                automaton.add(pattern.chars().map(wild), *rule);
            }
        }
        automaton
    }
}

/// A character of a pattern in which `*` and `?` are wildcards.
pub(crate) fn wild(c: char) -> Step {
    match c {
        '*' => Step::Run(None),
        '?' => Step::One(None),
        c => Step::Char(c),
    }
}
