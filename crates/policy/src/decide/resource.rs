//! Finds the rules that reach a resource, over all resources that an action can have. These are the resources of the
//! action's own service, in the forms of AWS's list.

use std::cell::RefCell;
use std::collections::HashMap;

use crate::decide::automaton::{Automaton, Budget, Exhausted, Step};
use crate::decide::cover::wild;
use crate::decide::rule::{Rule, RuleSet, Rules};
use crate::evaluate::context::Context;
use crate::evaluate::credential::Subject;
use crate::evaluate::template::{self, Stars, Unresolved};
use crate::language::arn;
use crate::language::element::Scope;
use crate::language::pattern::{Pattern, Token};

/// The set in which the resource of a request is searched for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Universe {
    /// Any string.
    Anything,
    /// The action has no resource, and policies see a `*`.
    Nothing,
    /// The action has no resource in the list, but the service checks this one. `{p}` and `{a}` are the partition and
    /// the account.
    Whole(&'static str),
    /// Any ARN of the service with this name.
    Service(&'static str),
    /// Any ARN of one form, with a `*` for every variable part.
    Form(&'static str),
}

impl Universe {
    /// Returns true if the form does not contain the service, as that of a recovery point.
    pub(crate) fn is_of_any_service(self) -> bool {
        matches!(self, Self::Form(form) if form.starts_with("arn:*:*:"))
    }

    /// Returns true if the resources can belong to any account.
    fn varies_in_account(self) -> bool {
        matches!(self, Self::Form(form) if form.split(':').nth(4) == Some("*"))
    }
}

/// The resources that a few calls check although AWS's list has none for them: all resources of a type.
///
/// Source: the messages with which IAM refuses them, and "User policy examples" in the S3 user guide.
const WHOLES: [(&str, &str, &str); 9] = [
    ("iam", "ListGroups", "arn:{p}:iam::{a}:group/"),
    ("iam", "ListInstanceProfiles", "arn:{p}:iam::{a}:instance-profile/"),
    ("iam", "ListOpenIDConnectProviders", "arn:{p}:iam::{a}:oidc-provider/"),
    ("iam", "ListRoles", "arn:{p}:iam::{a}:role/"),
    ("iam", "ListSAMLProviders", "arn:{p}:iam::{a}:saml-provider/"),
    ("iam", "ListServerCertificates", "arn:{p}:iam::{a}:server-certificate/"),
    ("iam", "ListUsers", "arn:{p}:iam::{a}:user/"),
    ("iam", "ListVirtualMFADevices", "arn:{p}:iam::{a}:mfa/"),
    ("s3", "ListAllMyBuckets", "arn:{p}:s3:::*"),
];

/// Returns the resource that a call checks although AWS's list has none for it.
pub(crate) fn whole(service: &str, action: &str) -> Option<Universe> {
    if !matches!(service, "iam" | "s3") {
        return None;
    }
    let found = WHOLES.iter().find(|(of, name, _)| *of == service && *name == action);
    found.map(|(.., resource)| Universe::Whole(resource))
}

/// Resources that the same rules reach.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Reach {
    /// The rules, and whether each certainly reaches them.
    pub(crate) rules: Vec<(u32, bool)>,
    /// An example of such a resource.
    pub(crate) example: String,
    /// True if they belong to the user's own account, or to no account.
    pub(crate) own: bool,
}

/// The resource patterns of one rule, prepared for an automaton.
#[derive(Debug)]
struct Targets {
    /// The element is `NotResource`.
    inverse: bool,
    /// One of the patterns is `*`.
    everything: bool,
    /// It is unclear what the element reaches.
    unclear: bool,
    patterns: Vec<Target>,
}

#[derive(Debug)]
struct Target {
    pattern: Pattern,
    /// True if the element certainly names everything that the pattern matches.
    certain: bool,
    /// The start that all strings that it matches have in common.
    lead: String,
}

/// The resources of all rules.
#[derive(Debug)]
pub(crate) struct Resources<'a> {
    subject: &'a Subject,
    targets: Vec<Targets>,
    usual: RefCell<HashMap<Universe, String>>,
}

/// The numbers in an automaton: for the universe, for the user's own resources, and for the certain and the other
/// patterns of a rule.
const UNIVERSE: u32 = 0;
/// The number for a resource of the user's own account, or for a policy of AWS's.
const OWN: u32 = u32::MAX;
const fn certain(rule: u32) -> u32 {
    2 * rule + 1
}
const fn possible(rule: u32) -> u32 {
    2 * rule + 2
}

impl<'a> Resources<'a> {
    /// Prepares the resources of all rules. `context` contains what is equal in every request of the subject.
    pub(crate) fn of(rules: &Rules<'_>, subject: &'a Subject, context: &Context) -> Self {
        let targets = rules.all.iter().map(|rule| Targets::of(rule, context)).collect();
        Self { subject, targets, usual: RefCell::default() }
    }

    /// Prepares the resources without any rules. There are only the usual ones.
    pub(crate) fn usual_of(subject: &'a Subject) -> Self {
        Self { subject, targets: Vec::new(), usual: RefCell::default() }
    }

    pub(crate) fn partition(&self) -> &str {
        &self.subject.partition
    }

    /// Returns the sets of these rules that reach some resource of the universe together.
    pub(crate) fn reaches(
        &self,
        rules: &RuleSet,
        universe: Universe,
        budget: &mut Budget,
    ) -> Result<Vec<Reach>, Exhausted> {
        if let Universe::Nothing | Universe::Whole(_) = universe {
            let resource = self.filled(universe);
            let named = |rule: u32| self.targets[rule as usize].name(&resource);
            return Ok(vec![self.reach(rules, named, resource.clone(), true)]);
        }
        let lead = self.lead(universe);
        let mut automaton = Automaton::new();
        let mut patterns: Vec<&Target> = Vec::new();
        for rule in rules.iter() {
            let targets = &self.targets[rule as usize];
            let all = targets.patterns.iter().filter(|_| !targets.everything && !targets.unclear);
            for target in
                all.filter(|target| target.lead.starts_with(&lead) || lead.starts_with(&target.lead))
            {
                budget.spend(target.pattern.tokens().len())?;
                let what = if target.certain { certain(rule) } else { possible(rule) };
                automaton.add(target.pattern.tokens().iter().map(|token| step(*token)), what);
                patterns.push(target);
            }
        }
        let usual = self.usual(universe);
        if patterns.is_empty() {
            let named = |rule: u32| self.targets[rule as usize].names_all();
            return Ok(vec![self.reach(rules, named, usual, true)]);
        }
        automaton.add(self.steps(universe), UNIVERSE);
        let others = universe.varies_in_account();
        if others {
            automaton.add(self.of_account(&self.subject.account), OWN);
            if universe == Universe::Form("arn:*:iam::*:policy/*") {
                automaton.add(self.of_account("aws"), OWN);
            }
        }
        // Resources that people recognize are preferred.
        let mut examples: HashMap<Vec<u32>, String> = HashMap::new();
        for text in
            patterns.iter().take(64).map(|target| self.example(&target.pattern)).chain([usual.clone()])
        {
            budget.spend(text.len())?;
            examples.insert(automaton.of(&text), text);
        }
        let mut reaches = Vec::new();
        for mut class in automaton.classes(1, budget)? {
            if class.of.first() != Some(&UNIVERSE) {
                continue;
            }
            let example = examples.remove(&class.of).or_else(|| class.examples.pop()).unwrap_or_default();
            let has = |what: u32| class.of.binary_search(&what).is_ok();
            let named = |rule: u32| {
                let targets = &self.targets[rule as usize];
                match targets.names_all() {
                    Named::No if has(certain(rule)) => Named::Yes,
                    Named::No if has(possible(rule)) => Named::Perhaps,
                    all => all,
                }
            };
            reaches.push(self.reach(rules, named, example, !others || has(OWN)));
        }
        // A typical resource is a better example, and one of the user's own is the best.
        reaches.sort_by_key(|reach| (!reach.own, reach.example != usual));
        Ok(reaches)
    }

    /// Returns true if these rules treat all resources alike.
    pub(crate) fn tell_none_apart(&self, rules: &RuleSet) -> bool {
        rules.iter().all(|rule| {
            let targets = &self.targets[rule as usize];
            targets.everything || targets.unclear
        })
    }

    /// Returns true if a rule certainly reaches every resource.
    pub(crate) fn reaches_all(&self, rule: u32) -> bool {
        let targets = &self.targets[rule as usize];
        targets.everything && !targets.inverse
    }

    fn reach(&self, rules: &RuleSet, named: impl Fn(u32) -> Named, example: String, own: bool) -> Reach {
        let reached =
            rules.iter().filter_map(|rule| match (named(rule), self.targets[rule as usize].inverse) {
                (Named::Yes, false) | (Named::No, true) => Some((rule, true)),
                (Named::Perhaps, _) => Some((rule, false)),
                (Named::No, false) | (Named::Yes, true) => None,
            });
        Reach { rules: reached.collect(), example, own }
    }

    /// Returns the start that all resources of the universe have in common.
    fn lead(&self, universe: Universe) -> String {
        let partition = &self.subject.partition;
        match universe {
            Universe::Form(form) => {
                let form = form.replacen("arn:*:", &format!("arn:{partition}:"), 1);
                form.split('*').next().unwrap_or_default().to_owned()
            }
            Universe::Service(service) => format!("arn:{partition}:{service}:"),
            Universe::Anything | Universe::Nothing | Universe::Whole(_) => String::new(),
        }
    }

    fn steps(&self, universe: Universe) -> Vec<Step> {
        if let Universe::Service(_) = universe {
            let lead = self.lead(universe);
            return lead.chars().map(Step::Char).chain([Step::Run(None)]).collect();
        }
        let Universe::Form(form) = universe else { return vec![Step::Run(None)] };
        let form = form.replacen("arn:*:", &format!("arn:{}:", self.subject.partition), 1);
        let mut steps = Vec::new();
        let mut colons = 0;
        for c in form.chars() {
            colons += usize::from(c == ':');
            // A variable part is never empty. The parts before the resource contain no colon, and the name of a bucket
            // contains no slash: an ARN with a slash is that of an object.
            let but = match form.as_str() {
                _ if colons < 5 => Some(':'),
                form if form.ends_with(":s3:::*") => Some('/'),
                _ => None,
            };
            match c {
                '*' => steps.extend([Step::One(but), Step::Run(but)]),
                c => steps.push(Step::Char(c)),
            }
        }
        steps
    }

    /// Returns every ARN of an account.
    fn of_account(&self, account: &str) -> Vec<Step> {
        let lead = format!("arn:{}:", self.subject.partition);
        let part = [Step::Run(Some(':')), Step::Char(':')];
        let account = account.chars().map(Step::Char).chain([Step::Char(':'), Step::Run(None)]);
        lead.chars().map(Step::Char).chain(part).chain(part).chain(account).collect()
    }

    /// Does the same as [`Self::filled`], but computes it only once.
    pub(crate) fn usual(&self, universe: Universe) -> String {
        self.usual.borrow_mut().entry(universe).or_insert_with(|| self.filled(universe)).clone()
    }

    /// Returns a readable resource of the universe.
    fn filled(&self, universe: Universe) -> String {
        match universe {
            Universe::Nothing => "*".to_owned(),
            Universe::Whole(resource) => {
                let Subject { partition, account, .. } = self.subject;
                resource.replace("{p}", partition).replace("{a}", account)
            }
            Universe::Service(_) => self.lead(universe) + "::example",
            Universe::Anything => {
                let Subject { partition, account, .. } = self.subject;
                format!("arn:{partition}:newservice:us-east-1:{account}:new/example")
            }
            // A resource of the user's own is preferred.
            Universe::Form(form @ ("arn:*:iam::*:user/*" | "arn:*:iam::*:mfa/*")) => {
                let kind = form.strip_suffix('*').unwrap_or(form);
                self.example(&Pattern::wild(kind)) + &self.subject.user
            }
            Universe::Form(form) => self.example(&Pattern::wild(form)),
        }
    }

    /// Returns a readable text that a pattern matches.
    fn example(&self, pattern: &Pattern) -> String {
        let mut text = String::new();
        let mut colons = 0;
        for token in pattern.tokens() {
            match token {
                Token::Char(c) => {
                    colons += usize::from(*c == ':');
                    text.push(*c);
                }
                Token::AnyOne => text.push('x'),
                Token::AnyRun => text.push_str(match colons {
                    1 => &self.subject.partition,
                    3 => "us-east-1",
                    4 => &self.subject.account,
                    _ => "example",
                }),
            }
        }
        text
    }
}

/// The answer to the question of whether a rule's patterns name a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Named {
    Yes,
    No,
    Perhaps,
}

impl Targets {
    fn of(rule: &Rule<'_>, context: &Context) -> Self {
        let scope = match &rule.statement.resource {
            Some(scope) if rule.statement.principal.is_none() => scope,
            _ => return Self { inverse: false, everything: false, unclear: true, patterns: Vec::new() },
        };
        let (Scope::Only(patterns) | Scope::AllBut(patterns)) = scope;
        let inverse = matches!(scope, Scope::AllBut(_));
        let everything = patterns.iter().any(|pattern| pattern == "*");
        let targets = patterns.iter().filter_map(|pattern| Target::of(pattern, rule, inverse, context));
        let patterns = if everything { Vec::new() } else { targets.collect() };
        Self { inverse, everything, unclear: false, patterns }
    }

    /// Returns the answer for a resource about which no pattern except `*` says anything.
    fn names_all(&self) -> Named {
        match (self.unclear, self.everything) {
            (true, _) => Named::Perhaps,
            (false, true) => Named::Yes,
            (false, false) => Named::No,
        }
    }

    fn name(&self, resource: &str) -> Named {
        let mut matching = self.patterns.iter().filter(|target| target.pattern.matches(resource)).peekable();
        match self.names_all() {
            Named::No if matching.peek().is_none() => Named::No,
            Named::No if matching.any(|target| target.certain) => Named::Yes,
            Named::No => Named::Perhaps,
            all => all,
        }
    }
}

impl Target {
    /// Reads a pattern as the evaluator does. Returns None for a pattern that matches nothing.
    fn of(text: &str, rule: &Rule<'_>, inverse: bool, context: &Context) -> Option<Self> {
        let version = rule.version;
        let loosely = |context: &Context| (template::loosely(text, version, context), false);
        let (pattern, certain) = if template::varies_before_resource(text, version) {
            loosely(&Context::partial())
        } else {
            match template::resolve(text, version, Stars::Wild, context) {
                Ok(pattern) => (pattern, !arn::varies_in_type(text)),
                Err(Unresolved::Absent(_)) if rule.allows() && !inverse => return None,
                Err(_) => loosely(context),
            }
        };
        let letter = |token: &Token| if let Token::Char(c) = token { Some(*c) } else { None };
        let lead = pattern.tokens().iter().map_while(letter).collect();
        Some(Self { pattern, certain, lead })
    }
}

fn step(token: Token) -> Step {
    match token {
        Token::Char(c) => Step::Char(c),
        Token::AnyOne => wild('?'),
        Token::AnyRun => wild('*'),
    }
}
