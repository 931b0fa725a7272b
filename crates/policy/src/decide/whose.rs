//! Decides for which users policies are judged. The policies of a file can be attached to any user, and a user whose
//! ARN is not known can have any path, so one user is judged for each group that the policies distinguish. `decision`
//! judges one user.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::automaton::{Automaton, Budget, Exhausted, Step};
use crate::decide::candidate;
use crate::decide::decision::{WORK, decide_for_one, judge_for_one};
use crate::decide::proof::{Proof, Verdict, Witness};
use crate::evaluate::context::Context;
use crate::evaluate::credential::Subject;
use crate::evaluate::policies::Policies;
use crate::evaluate::template::{self, Stars};
use crate::language::arn::Arn;
use crate::language::condition::{Test, folded};
use crate::language::document::{Policy, Statement};
use crate::language::element::{Scope, Version};
use crate::language::operator::{Comparison, Operator};

/// The users for which policies are judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whose {
    /// The user is known.
    Known,
    /// Any user of the account. The subject represents all users whom the policies do not distinguish.
    AnyUser,
    /// Any user of any account.
    Anybody,
}

/// The maximum number of users that are judged.
const MOST: usize = 64;

/// Decides whether policies enforce MFA for a user. A moment before `now`, in seconds since 1970, is over.
pub fn decide(policies: &Policies<'_>, subject: &Subject, now: i64) -> Proof {
    decide_for(policies, subject, Whose::Known, now)
}

/// Decides whether policies enforce MFA for every user who may have them.
pub fn decide_for(policies: &Policies<'_>, subject: &Subject, whose: Whose, now: i64) -> Proof {
    for_each(policies, subject, whose, |subject| decide_for_one(policies, subject, now))
}

/// Returns true if policies enforce MFA for everybody who may have them. The verdict is the same as that of
/// [`decide_for`], without the rest of the evidence.
pub(crate) fn enforces(policies: &Policies<'_>, subject: &Subject, whose: Whose, now: i64) -> bool {
    for_each(policies, subject, whose, |subject| judge_for_one(policies, subject, now)).verdict.is_enforced()
}

/// Returns the worst decision for a user who may have the policies.
fn for_each(
    policies: &Policies<'_>,
    subject: &Subject,
    whose: Whose,
    decide: impl Fn(&Subject) -> Proof,
) -> Proof {
    if whose == Whose::Known && subject.path.is_some() {
        return decide(subject);
    }
    let usual = Subject { path: subject.path.clone().or_else(|| Some("/".to_owned())), ..subject.clone() };
    let mut worst = decide(&usual);
    let people = Question { policies, subject, whose };
    let Some(others) = people.told_apart() else {
        return if worst.verdict == Verdict::NotEnforced {
            worst
        } else {
            worst.depending("who the user is")
        };
    };
    for other in others.into_iter().filter(|other| *other != usual) {
        let proof = decide(&other);
        let (before, after) = (worst.verdict.severity(), proof.verdict.severity());
        if whose == Whose::Known && before != after {
            return worst.depending("the path in the user's ARN");
        }
        if after > before {
            worst = proof.about(&other, &usual);
        }
    }
    worst
}

impl Proof {
    /// Changes the proof to one that proves nothing, because something is not known.
    fn depending(mut self, on: &str) -> Self {
        self.verdict = Verdict::Unsure;
        (self.witnesses, self.open, self.enrollment) = (Vec::new(), Vec::new(), Vec::new());
        self.depends = vec![on.to_owned()];
        self
    }

    /// Adds the properties in which the user differs from the usual one to the proof.
    fn about(mut self, user: &Subject, usual: &Subject) -> Self {
        let mut has: Vec<(String, Vec<String>)> = Vec::new();
        let mut note = |key: &str, value: String| has.push((key.to_owned(), vec![value]));
        if user.user != usual.user {
            note("aws:username", user.user.clone());
        }
        if user.account != usual.account {
            note("aws:PrincipalAccount", user.account.clone());
        }
        if user.path != usual.path {
            note("aws:PrincipalArn", arn(user));
        }
        let extend = |witness: &mut Witness| witness.circumstance.extend(has.iter().cloned());
        self.witnesses.iter_mut().chain(&mut self.enrollment).for_each(extend);
        self
    }
}

fn arn(user: &Subject) -> String {
    let Subject { partition, account, user, path } = user;
    format!("arn:{partition}:iam::{account}:user{}{user}", path.as_deref().unwrap_or("/"))
}

/// The keys that identify a user.
const NAME: &str = "aws:username";
const ARN: &str = "aws:principalarn";
const ACCOUNT: &str = "aws:principalaccount";

/// The number of the ARNs that a user can have, in the automaton.
const UNIVERSE: u32 = 0;

struct Question<'a> {
    policies: &'a Policies<'a>,
    subject: &'a Subject,
    whose: Whose,
}

impl Question<'_> {
    /// Returns a user for every set of tests that some user passes. Returns None if there are too many.
    fn told_apart(&self) -> Option<Vec<Subject>> {
        let mut budget = Budget::new(WORK);
        let mut users = self.by_conditions(&mut budget).ok()?;
        if self.whose != Whose::Known {
            users.extend(self.by_variables());
        }
        (users.len() <= MOST)
            .then(|| users.into_iter().map(|(account, path, user)| self.user(account, path, user)).collect())
    }

    fn user(&self, account: String, path: String, user: String) -> Subject {
        Subject { partition: self.subject.partition.clone(), account, user, path: Some(path) }
    }

    fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.policies.layers().into_iter().flat_map(|(_, policies)| policies)
    }

    /// Returns the account, path and name of each user whom the conditions distinguish, from the ARNs of the users,
    /// which contain them.
    fn by_conditions(&self, budget: &mut Budget) -> Result<BTreeSet<(String, String, String)>, Exhausted> {
        let mut automaton = Automaton::new();
        let mut what = UNIVERSE;
        for policy in self.policies() {
            for test in policy.statements.iter().flat_map(|statement| &statement.condition) {
                let key = folded(&test.key);
                if [NAME, ARN, ACCOUNT].contains(&key.as_str()) {
                    what += 1;
                    self.add(&mut automaton, test, &key, policy.version, what, budget)?;
                }
            }
        }
        if what == UNIVERSE {
            return Ok(BTreeSet::new());
        }
        for universe in self.universe() {
            automaton.add(universe, UNIVERSE);
        }
        let classes = automaton.classes(1, budget)?;
        let within = classes.iter().filter(|class| class.of.first() == Some(&UNIVERSE));
        let mut users = BTreeSet::new();
        for class in within {
            let Some(example) = class.examples.first() else { continue };
            // Accounts have digits.
            let written = ['0', '1', '7'].iter().filter_map(|digit| with_digits(example, *digit));
            let Some(arn) = written.into_iter().find(|arn| automaton.of(arn) == class.of) else {
                return Err(Exhausted);
            };
            users.extend(parts(&arn));
        }
        Ok(users)
    }

    fn add(
        &self,
        automaton: &mut Automaton,
        test: &Test,
        key: &str,
        version: Version,
        what: u32,
        budget: &mut Budget,
    ) -> Result<(), Exhausted> {
        let Operator::Compare(compare) = &test.operator else { return Ok(()) };
        let letter = Step::Char;
        let lead = || format!("arn:{}:iam::", self.subject.partition).chars().map(letter).collect::<Vec<_>>();
        for value in &test.values {
            let stars = match compare.comparison {
                Comparison::String | Comparison::StringIgnoringCase => Stars::Plain,
                Comparison::StringLike | Comparison::Arn => Stars::Wild,
                // No reasonable policy compares a name as a number.
                _ => return Err(Exhausted),
            };
            // The value of a variable is unknown, so the pattern matches any text there.
            let pattern = template::resolve(value, version, stars, &Context::new())
                .unwrap_or_else(|_| template::loosely(value, version, &Context::new()));
            budget.spend(pattern.tokens().len())?;
            let steps = candidate::steps(&pattern, compare.comparison);
            let none = |but: char| steps.iter().map(move |step| without(*step, but)).collect::<Vec<_>>();
            let of_account = || [Step::Run(Some(':'))].into_iter().chain(":user/".chars().map(letter));
            match key {
                ARN => automaton.add(steps.iter().copied(), what),
                ACCOUNT => {
                    let rest = ":user/".chars().map(letter).chain([Step::Run(None)]);
                    automaton.add(lead().into_iter().chain(none(':')).chain(rest), what);
                }
                _ => {
                    automaton.add(lead().into_iter().chain(of_account()).chain(none('/')), what);
                    let path = [Step::Run(None), Step::Char('/')];
                    automaton.add(lead().into_iter().chain(of_account()).chain(path).chain(none('/')), what);
                }
            }
        }
        Ok(())
    }

    /// Returns the ARNs that a user can have.
    fn universe(&self) -> Vec<Vec<Step>> {
        let Subject { partition, account, user, .. } = self.subject;
        let text = |text: &str| text.chars().map(Step::Char).collect::<Vec<_>>();
        let mut lead = text(&format!("arn:{partition}:iam::"));
        match self.whose {
            Whose::Anybody => lead.extend([Step::One(Some(':')); 12]),
            Whose::Known | Whose::AnyUser => lead.extend(text(account)),
        }
        lead.extend(text(":user/"));
        let then = |rest: Vec<Step>| lead.iter().copied().chain(rest).collect::<Vec<_>>();
        match self.whose {
            Whose::Known => vec![
                then(text(user)),
                then([Step::Run(None), Step::Char('/')].into_iter().chain(text(user)).collect()),
            ],
            Whose::AnyUser | Whose::Anybody => vec![then(vec![Step::Run(None), Step::One(Some('/'))])],
        }
    }

    /// Returns users whose name or account is written in a text, if another text of the same kind has a variable in
    /// that position.
    fn by_variables(&self) -> BTreeSet<(String, String, String)> {
        let mut kinds: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for statement in self.policies().flat_map(|policy| &policy.statements) {
            kinds.entry(String::new()).or_default().extend(resources(statement));
            for test in &statement.condition {
                let values = test.values.iter().map(String::as_str);
                kinds.entry(folded(&test.key)).or_default().extend(values);
            }
        }
        let Subject { account, user, .. } = self.subject;
        let mut users = BTreeSet::new();
        for texts in kinds.into_iter().filter(|(key, _)| ![NAME, ARN, ACCOUNT].contains(&key.as_str())) {
            let named = in_place_of(&texts.1, NAME).into_iter().filter(|name| is_name(name));
            users.extend(named.map(|name| (account.clone(), "/".to_owned(), name)));
            if self.whose == Whose::Anybody {
                let accounts = in_place_of(&texts.1, ACCOUNT).into_iter().filter(|id| is_account(id));
                users.extend(accounts.map(|id| (id, "/".to_owned(), user.clone())));
            }
        }
        users
    }
}

/// Returns the parts of these texts that are in the position where others have a variable for a key.
fn in_place_of(texts: &[&str], key: &str) -> BTreeSet<String> {
    let variable = format!("${{{key}");
    // The text before and after the variable is used as far as it is without wildcards.
    let split = |text: &str| {
        let at = text.to_ascii_lowercase().find(&variable)?;
        let (_, after) = text[at..].split_once('}')?;
        let after = after.split(['*', '?', '$']).next().unwrap_or_default();
        Some((text[..at].to_owned(), after.to_owned()))
    };
    let templates: BTreeSet<(String, String)> = texts.iter().filter_map(|text| split(text)).collect();
    let mut found = BTreeSet::new();
    for text in texts {
        for (before, after) in &templates {
            let Some(rest) = text.strip_prefix(before.as_str()) else { continue };
            let until = if after.is_empty() { None } else { rest.find(after.as_str()) };
            let names = [until.map(|until| &rest[..until]), rest.split(['/', ':', '$']).next()];
            // Wildcards are replaced, so that the pattern matches the name.
            found.extend(names.into_iter().flatten().map(|name| name.replace(['?', '*'], "7")));
        }
    }
    found
}

fn resources(statement: &Statement) -> impl Iterator<Item = &str> {
    let patterns = match &statement.resource {
        Some(Scope::Only(patterns) | Scope::AllBut(patterns)) => patterns.as_slice(),
        None => &[],
    };
    patterns.iter().map(String::as_str)
}

/// Returns the same step without this character.
fn without(step: Step, but: char) -> Step {
    match step {
        Step::One(_) => Step::One(Some(but)),
        Step::Run(_) => Step::Run(Some(but)),
        step => step,
    }
}

/// Replaces everything in the account ID of an ARN that is not a digit with this digit.
fn with_digits(arn: &str, digit: char) -> Option<String> {
    let Arn { partition, service, region, account, resource } = Arn::parse(arn)?;
    let account: String = account.chars().map(|c| if c.is_ascii_digit() { c } else { digit }).collect();
    Some(format!("arn:{partition}:{service}:{region}:{account}:{resource}"))
}

/// Returns the account, path and name in a user's ARN. Returns None if no user can have such a name.
fn parts(arn: &str) -> Option<(String, String, String)> {
    let arn = Arn::parse(arn)?;
    let (path, name) = arn.resource.strip_prefix("user")?.rsplit_once('/')?;
    is_name(name).then(|| (arn.account.to_owned(), format!("{path}/"), name.to_owned()))
}

fn is_account(id: &str) -> bool {
    id.len() == 12 && id.bytes().all(|b| b.is_ascii_digit())
}

/// Returns true if IAM accepts a text as the name of a user.
fn is_name(name: &str) -> bool {
    (1..=64).contains(&name.len()) && name.chars().all(|c| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c))
}
