//! The statements of all layers as numbered rules, and sets of rules.

use crate::evaluate::condition::Setting;
use crate::evaluate::context::Context;
use crate::evaluate::malformed::Malformed;
use crate::evaluate::policies::{Layer, Policies};
use crate::language::document::{Policy, Statement};
use crate::language::element::{Effect, Version};

/// A statement with its position.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Rule<'a> {
    pub(crate) statement: &'a Statement,
    pub(crate) version: Version,
    /// The index of its layer. Each layer must allow a request.
    pub(crate) level: usize,
    /// The place of its policy among the identity policies, if it is one of these.
    pub(crate) identity: Option<usize>,
    /// The number of the statement in its policy, counted from one.
    pub(crate) number: usize,
}

/// The rules of all layers.
#[derive(Debug)]
pub(crate) struct Rules<'a> {
    pub(crate) all: Vec<Rule<'a>>,
    /// The number of all layers.
    pub(crate) levels: usize,
}

impl<'a> Rules<'a> {
    pub(crate) fn of(policies: &Policies<'a>) -> Self {
        let mut rules = Self { all: Vec::new(), levels: 0 };
        for (layer, policies) in policies.layers() {
            for (place, policy) in policies.iter().enumerate() {
                let identity = (layer == Layer::Identity).then_some(place);
                rules.add(policy, identity);
            }
            rules.levels += 1;
        }
        rules
    }

    /// Returns the denials of all layers, together with a policy that allows everything. This is what limits a caller
    /// whom the policy of a resource admits. Each level of the organization must still allow the request.
    pub(crate) fn beside_everything(policies: &Policies<'a>, everything: &'a Policy) -> Self {
        let mut rules = Self { all: Vec::new(), levels: 0 };
        for level in policies.organization {
            level.iter().for_each(|policy| rules.add(policy, None));
            rules.levels += 1;
        }
        let level = rules.levels;
        for policy in policies.identity.iter().chain(&policies.boundary).chain(policies.session) {
            rules.add(policy, None);
        }
        rules.all.retain(|rule| rule.level < level || !rule.allows());
        rules.add(everything, None);
        rules.levels += 1;
        rules
    }

    fn add(&mut self, policy: &'a Policy, identity: Option<usize>) {
        for (at, statement) in policy.statements.iter().enumerate() {
            let (version, level) = (policy.version, self.levels);
            self.all.push(Rule { statement, version, level, identity, number: at + 1 });
        }
    }

    /// Returns the statements whose effect in IAM is not certain.
    pub(crate) fn malformed(&self) -> impl Iterator<Item = (&Rule<'a>, Malformed)> {
        self.all.iter().filter_map(|rule| Some((rule, Malformed::of(rule.statement, rule.version)?)))
    }
}

impl Rule<'_> {
    pub(crate) fn allows(&self) -> bool {
        self.statement.effect == Effect::Allow
    }

    /// Returns the facts that the tests of its condition need to know.
    pub(crate) fn setting<'b>(&self, context: &'b Context) -> Setting<'b> {
        Setting { version: self.version, effect: self.statement.effect, context }
    }

    pub(crate) fn label(&self) -> String {
        self.statement.label(self.number)
    }
}

/// A set of rules, by their numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct RuleSet(Vec<u64>);

impl RuleSet {
    pub(crate) fn none(rules: usize) -> Self {
        Self(vec![0; rules.div_ceil(64)])
    }

    pub(crate) fn insert(&mut self, rule: u32) {
        self.0[rule as usize / 64] |= 1 << (rule % 64);
    }

    /// Adds a rule if it is not in the set, or else removes it.
    pub(crate) fn toggle(&mut self, rule: u32) {
        self.0[rule as usize / 64] ^= 1 << (rule % 64);
    }

    /// Returns the memory that the set takes, in words.
    pub(crate) fn size(&self) -> usize {
        self.0.len()
    }

    /// Returns the rules that are in exactly one of the two sets.
    pub(crate) fn differing(mut self, other: &Self) -> Self {
        for (word, other) in self.0.iter_mut().zip(&other.0) {
            *word ^= other;
        }
        self
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = u32> {
        (0..).zip(&self.0).flat_map(|(at, word)| {
            (0..64).filter(move |bit| word & (1 << bit) != 0).map(move |bit| at * 64 + bit)
        })
    }
}
