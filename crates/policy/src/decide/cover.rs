//! Finds the rules that cover an action, for the actions of AWS's list and for all names that are in no list. The case
//! of a name is ignored.

use std::collections::{BTreeMap, HashMap};
use std::ops::ControlFlow;

use crate::catalog::{self, Action, Service};
use crate::decide::automaton::{Automaton, Budget, Exhausted, Step};
use crate::decide::rule::{RuleSet, Rules};
use crate::language::actions::{Number, is_wild};
use crate::language::element::Scope;
use crate::language::pattern;

/// The action patterns of all rules, sorted by how they can be looked up.
#[derive(Debug)]
pub(crate) struct Cover<'a> {
    /// The rules whose `NotAction` names an action. They cover all other actions.
    inverse: RuleSet,
    /// The rules with the action `*`.
    everywhere: RuleSet,
    /// The sets of rules that cover actions of the list. The first set covers the actions that no pattern with a
    /// service names.
    classes: Vec<RuleSet>,
    /// For each service, by its index: the index in `classes` for each of its actions. Empty if all of them are in the
    /// first class.
    listed: Vec<Vec<u32>>,
    services: BTreeMap<&'a str, Others<'a>>,
}

/// The names in the patterns of one service that are not plain names from the list.
#[derive(Debug, Default)]
struct Others<'a> {
    /// The names without wildcards that are not in the list.
    unknown: BTreeMap<&'a str, Vec<u32>>,
    /// The names with one wildcard, a star at the end.
    beginnings: HashMap<&'a str, Vec<u32>>,
    longest: usize,
    /// The names with other wildcards.
    wild: BTreeMap<&'a str, Vec<u32>>,
}

/// Actions of one service that are covered by the same rules.
#[derive(Debug)]
pub(crate) struct Covered<'a> {
    /// The index of the set of rules.
    pub(crate) class: usize,
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

impl<'a> Cover<'a> {
    pub(crate) fn of(rules: &Rules<'a>, budget: &mut Budget) -> Result<Self, Exhausted> {
        let none = || RuleSet::none(rules.all.len());
        let (mut inverse, mut everywhere) = (none(), none());
        let mut services: BTreeMap<&'a str, Others<'a>> = BTreeMap::new();
        let mut classing = Classing::new();
        for (number, rule) in (0..).zip(&rules.all) {
            let named = rule.statement.action.named().ok_or(Exhausted)?;
            budget.spend(named.cost)?;
            if matches!(rule.statement.action.scope(), Scope::AllBut(_)) {
                inverse.insert(number);
            }
            if named.everything {
                everywhere.insert(number);
            } else {
                named.listed.iter().for_each(|action| classing.name(*action, number));
            }
            for (service, others) in &named.services {
                let known = services.entry(service).or_default();
                others.unknown.iter().for_each(|name| add(&mut known.unknown, name, number));
                for name in &others.wild {
                    known.add_wild(name, number);
                }
            }
        }
        let base = everywhere.clone().differing(&inverse);
        let (classes, listed) = classing.settled(&base, budget)?;
        Ok(Self { inverse, everywhere, classes, listed, services })
    }

    /// Returns the number of sets of rules that cover actions of the list.
    pub(crate) fn classes(&self) -> usize {
        self.classes.len()
    }

    /// Calls back for every action of the list. A break ends it.
    pub(crate) fn each_listed(
        &self,
        mut found: impl FnMut(Covered<'_>) -> ControlFlow<Stop>,
    ) -> ControlFlow<Stop> {
        for (service, classes) in catalog::services().iter().zip(&self.listed) {
            let mut rest = service.actions();
            let mut covered = |class: u32, count: usize| {
                let (actions, others) = rest.split_at(count);
                rest = others;
                let class = class as usize;
                found(Covered { class, rules: &self.classes[class], service, actions })
            };
            if classes.is_empty() {
                covered(0, service.actions().len())?;
            }
            for same in classes.chunk_by(u32::eq) {
                covered(same[0], same.len())?;
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
        found(&self.classes[0], "newservice:NewAction".to_owned(), budget)?;
        let listed = |prefix: &&&str| catalog::service(prefix).is_some();
        let (first, then): (Vec<&&str>, Vec<&&str>) = self.services.keys().partition(listed);
        for prefix in first.into_iter().chain(then) {
            self.unlisted(prefix, &self.services[prefix], budget, &mut found)?;
        }
        ControlFlow::Continue(())
    }

    /// Returns names of one service that are in no list: those that a policy contains, and examples for all others.
    fn unlisted(
        &self,
        prefix: &str,
        others: &Others<'_>,
        budget: &mut Budget,
        found: &mut impl FnMut(&RuleSet, String, &mut Budget) -> ControlFlow<Stop>,
    ) -> ControlFlow<Stop> {
        for (name, of) in &others.unknown {
            let rules = stopping(self.rules(others, name, of, budget))?;
            found(&rules, format!("{prefix}:{name}"), budget)?;
        }
        let service = catalog::service(prefix);
        let known = |name: &str| service.is_some_and(|service| service.has(name));
        for class in stopping(others.automaton().classes(4, budget))? {
            let mut rules = self.everywhere.clone();
            class.of.iter().for_each(|rule| rules.insert(*rule));
            let rules = rules.differing(&self.inverse);
            let new = |name: &&String| {
                !name.is_empty() && !known(name) && !others.unknown.contains_key(name.as_str())
            };
            let Some(example) = class.examples.iter().find(new) else { continue };
            found(&rules, format!("{prefix}:{example}"), budget)?;
        }
        ControlFlow::Continue(())
    }

    /// Returns the rules that cover a name. `spelled` are the rules that contain the name itself.
    fn rules(
        &self,
        others: &Others<'_>,
        name: &str,
        spelled: &[u32],
        budget: &mut Budget,
    ) -> Result<RuleSet, Exhausted> {
        let mut rules = self.everywhere.clone();
        let mut add = |of: &[u32]| of.iter().for_each(|rule| rules.insert(*rule));
        add(spelled);
        budget.spend(1)?;
        let ends = if others.beginnings.is_empty() { 0 } else { name.len().min(others.longest) + 1 };
        budget.spend(ends)?;
        for end in 0..ends {
            // Names of actions are ASCII; patterns need not be.
            let beginning = name.get(..end).and_then(|beginning| others.beginnings.get(beginning));
            add(beginning.map_or(&[], Vec::as_slice));
        }
        for (pattern, of) in &others.wild {
            budget.spend(pattern.len())?;
            if pattern::names_action(pattern, name) {
                add(of);
            }
        }
        Ok(rules.differing(&self.inverse))
    }
}

/// Adds a rule to the rules of a name.
fn add<'a>(table: &mut BTreeMap<&'a str, Vec<u32>>, name: &'a str, rule: u32) {
    table.entry(name).or_default().push(rule);
}

impl<'a> Others<'a> {
    fn add_wild(&mut self, name: &'a str, rule: u32) {
        match name.strip_suffix('*').filter(|beginning| !is_wild(beginning)) {
            Some(beginning) => {
                self.longest = self.longest.max(beginning.len());
                self.beginnings.entry(beginning).or_default().push(rule);
            }
            None => add(&mut self.wild, name, rule),
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

/// Collects the set of rules for each action of the list while the rules are read. The sets form a tree: each set is
/// its parent and one more rule. The sets of the earlier rules therefore need no memory of their own.
struct Classing {
    /// For each set, by its number: the parent set, and the rule that was added to it.
    sets: Vec<(u32, u32)>,
    /// For each set, by its number: the rule that was last added to it, and the number of the resulting set.
    last: Vec<Option<(u32, u32)>>,
    /// For each service, by its index: the numbers of the sets of its actions. Empty until one of them is named.
    listed: Vec<Vec<u32>>,
}

impl Classing {
    fn new() -> Self {
        Self { sets: vec![(0, 0)], last: vec![None], listed: vec![Vec::new(); catalog::services().len()] }
    }

    /// Adds a rule to the rules of an action. The rules must be added in ascending order.
    fn name(&mut self, action: Number, rule: u32) {
        let place = usize::from(action.service);
        let of_service = &mut self.listed[place];
        if of_service.is_empty() {
            *of_service = vec![0; catalog::services()[place].actions().len()];
        }
        let set = &mut of_service[usize::from(action.action)];
        *set = match self.last[*set as usize] {
            Some((same, with)) if same == rule => with,
            _ => {
                let with = u32::try_from(self.sets.len()).expect("there are fewer than four billion sets");
                self.sets.push((*set, rule));
                self.last[*set as usize] = Some((rule, with));
                self.last.push(None);
                with
            }
        };
    }

    /// Returns the final sets of rules that cover an action, beginning with the set of the rules that name no action.
    /// The sets get new numbers.
    fn settled(
        mut self,
        base: &RuleSet,
        budget: &mut Budget,
    ) -> Result<(Vec<RuleSet>, Vec<Vec<u32>>), Exhausted> {
        let mut classes = vec![base.clone()];
        let mut numbers: Vec<Option<u32>> = vec![None; self.sets.len()];
        numbers[0] = Some(0);
        for set in self.listed.iter_mut().flatten() {
            let number = if let Some(number) = numbers[*set as usize] {
                number
            } else {
                let mut rules = base.clone();
                let (mut at, mut way) = (*set, 0);
                while at != 0 {
                    let (before, rule) = self.sets[at as usize];
                    rules.toggle(rule);
                    (at, way) = (before, way + 1);
                }
                budget.spend(rules.size() + way)?;
                let number = u32::try_from(classes.len()).expect("there are fewer classes than actions");
                classes.push(rules);
                numbers[*set as usize] = Some(number);
                number
            };
            *set = number;
        }
        Ok((classes, self.listed))
    }
}

/// Converts a character of a pattern, in which `*` and `?` are wildcards, to a step.
pub(crate) fn wild(c: char) -> Step {
    match c {
        '*' => Step::Run(None),
        '?' => Step::One(None),
        c => Step::Char(c),
    }
}
