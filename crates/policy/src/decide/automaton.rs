//! Computes, over all possible strings, which sets of patterns one string can match together, with an example for each
//! set. It knows no policy: a pattern is a list of steps with a number.
//!
//! The patterns form a tree of steps, which is an automaton with runs as loops. Each of its sets of nodes is visited
//! once, breadth first, so that the examples are short. In the worst case there are exponentially many sets, so a
//! budget limits the work. If the budget is exhausted, there is no result.

use std::collections::HashMap;

/// One step of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Step {
    Char(char),
    /// A letter in either case.
    Folded(char),
    /// Any one character, or any except for one.
    One(Option<char>),
    /// Any run of characters, or of any except for one.
    Run(Option<char>),
}

/// The remaining work that a decision may do.
#[derive(Debug)]
pub(crate) struct Budget {
    whole: u64,
    left: u64,
}

/// The budget was used up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Exhausted;

impl Budget {
    pub(crate) const fn new(units: u64) -> Self {
        Self { whole: units, left: units }
    }

    /// Returns the work that was done so far.
    pub(crate) const fn spent(&self) -> u64 {
        self.whole - self.left
    }

    pub(crate) fn spend(&mut self, units: usize) -> Result<(), Exhausted> {
        let left = self.left.checked_sub(units as u64);
        self.left = left.unwrap_or(0);
        left.map(|_| ()).ok_or(Exhausted)
    }
}

#[derive(Debug, Default)]
struct Node {
    /// The edges, sorted by their steps.
    edges: Vec<(Step, u32)>,
    /// The node was reached by a run. It stays reached after any further characters, except for the given one.
    #[expect(clippy::option_option, reason = "no run, a run, and a run with an exception are three answers")]
    run: Option<Option<char>>,
    /// The numbers of the patterns that end here.
    ends: Vec<u32>,
}

/// Patterns as one tree of steps.
#[derive(Debug)]
pub(crate) struct Automaton {
    nodes: Vec<Node>,
}

/// A class of strings that match the same patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Class {
    /// The numbers of the matching patterns, sorted.
    pub(crate) of: Vec<u32>,
    /// Some of its strings: as many as requested, or all of them.
    pub(crate) examples: Vec<String>,
}

/// The nodes in which a string can end, in order.
type Set = Vec<u32>;

impl Automaton {
    pub(crate) fn new() -> Self {
        Self { nodes: vec![Node::default()] }
    }

    /// Adds a pattern with the number `what`.
    pub(crate) fn add(&mut self, steps: impl IntoIterator<Item = Step>, what: u32) {
        let mut at = 0;
        for step in steps {
            at = self.follow(at, step);
        }
        let ends = &mut self.nodes[at].ends;
        if !ends.contains(&what) {
            ends.push(what);
        }
    }

    fn follow(&mut self, at: usize, step: Step) -> usize {
        // A run after a run adds nothing.
        if let (Step::Run(but), Some(run)) = (step, self.nodes[at].run)
            && but == run
        {
            return at;
        }
        match self.nodes[at].edges.binary_search_by_key(&step, |(step, _)| *step) {
            Ok(found) => self.nodes[at].edges[found].1 as usize,
            Err(place) => {
                let next = self.nodes.len();
                let run = if let Step::Run(but) = step { Some(but) } else { None };
                self.nodes.push(Node { run, ..Node::default() });
                let id = u32::try_from(next).expect("a policy has fewer than four billion characters");
                self.nodes[at].edges.insert(place, (step, id));
                next
            }
        }
    }

    /// Returns the numbers of the patterns that match a string, sorted.
    pub(crate) fn of(&self, text: &str) -> Vec<u32> {
        let mut set = self.start();
        for c in text.chars() {
            set = self.next(&set, c);
        }
        self.ends(&set)
    }

    /// Returns every set of patterns that some string matches, with up to `examples` such strings.
    pub(crate) fn classes(&self, examples: usize, budget: &mut Budget) -> Result<Vec<Class>, Exhausted> {
        let mut classes: HashMap<Vec<u32>, Vec<u32>> = HashMap::new();
        let mut order: Vec<Vec<u32>> = Vec::new();
        let mut seen: HashMap<Set, u32> = HashMap::new();
        // Every set with the one it was reached from, and by which character.
        let mut visited: Vec<(Set, u32, char)> = Vec::new();
        seen.insert(self.start(), 0);
        visited.push((self.start(), 0, ' '));
        let mut at = 0;
        while at < visited.len() {
            let set = visited[at].0.clone();
            let place = id(at);
            let members = classes.entry(self.ends(&set)).or_insert_with_key(|of| {
                order.push(of.clone());
                Vec::new()
            });
            members.push(place);
            for (c, next) in self.successors(&set, budget)? {
                if !seen.contains_key(&next) {
                    seen.insert(next.clone(), id(visited.len()));
                    visited.push((next, place, c));
                }
            }
            at += 1;
        }
        let spelled = |mut place: u32| {
            let mut letters = Vec::new();
            while place != 0 {
                let (_, from, c) = &visited[place as usize];
                letters.push(*c);
                place = *from;
            }
            letters.iter().rev().collect::<String>()
        };
        let mut found = Vec::with_capacity(order.len());
        for of in order {
            let members = classes.remove(&of).unwrap_or_default();
            let mut strings: Vec<String> =
                members.iter().take(examples).map(|place| spelled(*place)).collect();
            if strings.len() < examples {
                self.more(&of, &members, &spelled, examples, &mut strings, budget)?;
            }
            found.push(Class { of, examples: strings });
        }
        Ok(found)
    }

    /// Returns further strings of a class: those that continue from one of its sets and return to the class.
    fn more(
        &self,
        of: &[u32],
        members: &[u32],
        spelled: &impl Fn(u32) -> String,
        wanted: usize,
        strings: &mut Vec<String>,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        for member in members {
            let mut text = spelled(*member);
            for c in "xample".chars() {
                text.push(c);
                budget.spend(text.len())?;
                if strings.len() < wanted && !strings.contains(&text) && self.of(&text) == of {
                    strings.push(text.clone());
                }
            }
        }
        Ok(())
    }

    fn start(&self) -> Set {
        let mut set = vec![0];
        self.close(&mut set);
        set
    }

    /// Adds what a run of no characters leads to.
    fn close(&self, set: &mut Set) {
        let mut at = 0;
        while at < set.len() {
            let node = &self.nodes[set[at] as usize];
            // Runs sort last.
            for (step, next) in node.edges.iter().rev() {
                let Step::Run(_) = step else { break };
                set.push(*next);
            }
            at += 1;
        }
        set.sort_unstable();
        set.dedup();
    }

    fn next(&self, set: &Set, c: char) -> Set {
        let mut next = Set::new();
        for place in set {
            let node = &self.nodes[*place as usize];
            if node.run.is_some_and(|but| but != Some(c)) {
                next.push(*place);
            }
            for (step, to) in &node.edges {
                if step.takes(c) {
                    next.push(*to);
                }
            }
        }
        self.close(&mut next);
        next
    }

    /// Returns the sets that follow: one for all characters that no pattern names, which gives readable examples, and
    /// one for each character that a pattern names.
    fn successors(&self, set: &Set, budget: &mut Budget) -> Result<Vec<(char, Set)>, Exhausted> {
        let mut named: Vec<char> = Vec::new();
        let mut width = set.len();
        for place in set {
            let node = &self.nodes[*place as usize];
            width += node.edges.len();
            if let Some(Some(but)) = node.run {
                named.push(but);
            }
            for (step, _) in &node.edges {
                match step {
                    Step::Char(c) | Step::One(Some(c)) => named.push(*c),
                    Step::Folded(c) => named.extend(c.to_lowercase().chain(c.to_uppercase())),
                    Step::One(None) | Step::Run(_) => {}
                }
            }
        }
        named.sort_unstable();
        named.dedup();
        let other = ('a'..='z').rev().chain('0'..='9').chain('A'..='Z').chain('\u{a1}'..);
        // The first choice is `x`, which people use for any text.
        let other = std::iter::once('x').chain(other).find(|c| named.binary_search(c).is_err());
        budget.spend((named.len() + 1) * (width + 1))?;
        Ok(other.into_iter().chain(named).map(|c| (c, self.next(set, c))).collect())
    }

    fn ends(&self, set: &Set) -> Vec<u32> {
        let mut of: Vec<u32> =
            set.iter().flat_map(|place| self.nodes[*place as usize].ends.iter().copied()).collect();
        of.sort_unstable();
        of.dedup();
        of
    }
}

impl Step {
    fn takes(self, given: char) -> bool {
        match self {
            Self::Char(c) => c == given,
            Self::Folded(c) => c == given || c.to_lowercase().eq(given.to_lowercase()),
            Self::One(but) => but != Some(given),
            Self::Run(_) => false,
        }
    }
}

fn id(place: usize) -> u32 {
    u32::try_from(place).expect("the budget ends before four billion sets")
}
