//! Finds the rules that cover an action, for the actions of AWS's list and for all names that are in no list. The case
//! of a name is ignored.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use crate::catalog::{self, Action, Service};
use crate::decide::automaton::{Automaton, Budget, Exhausted, Step};
use crate::decide::rule::{RuleSet, Rules};
use crate::language::element::Scope;

/// The action patterns of all rules, sorted by how they can be looked up.
#[derive(Debug)]
pub(crate) struct Cover {
    /// The rules whose `NotAction` names an action. They cover all other actions.
    inverse: RuleSet,
    /// The rules with the action `*`.
    everywhere: RuleSet,
    services: BTreeMap<String, Named>,
}

/// The names in the patterns of one service.
#[derive(Debug, Default)]
struct Named {
    /// The names without wildcards.
    whole: HashMap<String, Vec<u32>>,
    /// The names with one wildcard, a star at the end.
    beginnings: HashMap<String, Vec<u32>>,
    longest: usize,
    /// The names with other wildcards.
    wild: HashMap<String, Vec<u32>>,
}

/// Actions of one service that are covered by the same rules.
#[derive(Debug)]
pub(crate) struct Covered<'a> {
    pub(crate) rules: &'a RuleSet,
    pub(crate) service: &'static Service,
    pub(crate) actions: &'static [Action],
}

/// The reasons why a search ends early.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stop {
    Exhausted,
    /// The requested result was found.
    Found,
}

/// Converts a result to the return value of a callback.
pub(crate) fn stopping<T>(result: Result<T, Exhausted>) -> ControlFlow<Stop, T> {
    match result {
        Ok(value) => ControlFlow::Continue(value),
        Err(Exhausted) => ControlFlow::Break(Stop::Exhausted),
    }
}

impl Cover {
    pub(crate) fn of(rules: &Rules<'_>, budget: &mut Budget) -> Result<Self, Exhausted> {
        let none = || RuleSet::none(rules.all.len());
        let mut cover = Self { inverse: none(), everywhere: none(), services: BTreeMap::new() };
        let mut folded = String::new();
        // The service that was named last: most policies name their actions in order.
        let mut last: Option<(String, Named)> = None;
        for (number, rule) in (0..).zip(&rules.all) {
            let patterns = match &rule.statement.action {
                Scope::Only(patterns) => patterns,
                Scope::AllBut(patterns) => {
                    cover.inverse.insert(number);
                    patterns
                }
            };
            budget.spend(patterns.len())?;
            for pattern in patterns {
                folded.clear();
                folded.push_str(pattern);
                folded.make_ascii_lowercase();
                let Some((service, name)) = folded.split_once(':') else {
                    cover.everywhere.insert(number);
                    continue;
                };
                match &mut last {
                    Some((same, named)) if same == service => named.add(name, number),
                    _ => {
                        let mut named = cover.services.remove(service).unwrap_or_default();
                        named.add(name, number);
                        cover.services.extend(last.replace((service.to_owned(), named)));
                    }
                }
            }
        }
        cover.services.extend(last);
        Ok(cover)
    }

    /// The rules of an action of which no pattern with a service says anything.
    fn base(&self) -> RuleSet {
        self.everywhere.clone().differing(&self.inverse)
    }

    /// Calls back for every action of the list. A break ends it.
    pub(crate) fn each_listed(
        &self,
        budget: &mut Budget,
        mut found: impl FnMut(Covered<'_>, &mut Budget) -> ControlFlow<Stop>,
    ) -> ControlFlow<Stop> {
        let base = self.base();
        for service in catalog::services() {
            let Some(named) = self.services.get(service.prefix) else {
                found(Covered { rules: &base, service, actions: service.actions() }, budget)?;
                continue;
            };
            for action in service.actions() {
                let rules = stopping(self.rules(named, action.folded, budget))?;
                let actions = std::slice::from_ref(action);
                found(Covered { rules: &rules, service, actions }, budget)?;
            }
        }
        ControlFlow::Continue(())
    }

    /// Calls back with an example of every set of rules that cover some name which is not in the
    /// list. A break ends it.
    pub(crate) fn each_unlisted(
        &self,
        budget: &mut Budget,
        mut found: impl FnMut(&RuleSet, String, &mut Budget) -> ControlFlow<Stop>,
    ) -> ControlFlow<Stop> {
        // A service that is in no pattern and in no list.
        found(&self.base(), "newservice:NewAction".to_owned(), budget)?;
        let listed = |prefix: &&String| catalog::service(prefix).is_some();
        let (first, then): (Vec<&String>, Vec<&String>) = self.services.keys().partition(listed);
        for prefix in first.into_iter().chain(then) {
            self.unlisted(prefix, &self.services[prefix], budget, &mut found)?;
        }
        ControlFlow::Continue(())
    }

    /// Returns names of one service that are in no list: those that a policy contains, and examples for all others.
    fn unlisted(
        &self,
        prefix: &str,
        named: &Named,
        budget: &mut Budget,
        found: &mut impl FnMut(&RuleSet, String, &mut Budget) -> ControlFlow<Stop>,
    ) -> ControlFlow<Stop> {
        let service = catalog::service(prefix);
        let known = |name: &str| service.is_some_and(|service| service.has(name));
        let mut unknown: Vec<&String> = named.whole.keys().filter(|name| !known(name)).collect();
        unknown.sort_unstable();
        for name in unknown {
            let rules = stopping(self.rules(named, name, budget))?;
            found(&rules, format!("{prefix}:{name}"), budget)?;
        }
        for class in stopping(named.automaton().classes(4, budget))? {
            let mut rules = self.everywhere.clone();
            class.of.iter().for_each(|rule| rules.insert(*rule));
            let rules = rules.differing(&self.inverse);
            let new = |name: &&String| !name.is_empty() && !known(name) && !named.whole.contains_key(*name);
            let Some(example) = class.examples.iter().find(new) else { continue };
            found(&rules, format!("{prefix}:{example}"), budget)?;
        }
        ControlFlow::Continue(())
    }

    fn rules(&self, named: &Named, name: &str, budget: &mut Budget) -> Result<RuleSet, Exhausted> {
        let mut rules = self.everywhere.clone();
        let mut add = |of: Option<&Vec<u32>>| of.into_iter().flatten().for_each(|rule| rules.insert(*rule));
        add(named.whole.get(name));
        budget.spend(1)?;
        let ends = if named.beginnings.is_empty() { 0 } else { name.len().min(named.longest) + 1 };
        budget.spend(ends)?;
        for end in 0..ends {
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

    /// Returns an automaton of all names with wildcards.
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
