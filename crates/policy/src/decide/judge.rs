//! Whether policies force MFA: every action that matters, tried with every kind of
//! credentials. What is wrong with a statement, and how to mend it, is for `finding`.

use crate::decide::action::{self, Act};
use crate::evaluate::context::Context;
use crate::evaluate::credential::{Credential, Subject};
use crate::evaluate::policies::Policies;
use crate::evaluate::request::Request;
use crate::evaluate::statement::Outcome;
use crate::evaluate::template::{self, Stars};
use crate::language::document::Statement;
use crate::language::element::{Effect, Scope, Version};

/// More resources than these of one action are not tried.
const MOST_RESOURCES: usize = 24;

/// What becomes of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// What was tried; of several resources the one that most is allowed on.
    pub act: Act,
    /// Whether it may stay open without MFA.
    pub enrolment: bool,
    /// What became of it, in the order of [`Credential::ALL`].
    pub outcomes: [Outcome; 5],
}

/// Whether MFA is forced.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing but enrolment works without MFA, and something works with it.
    Forced,
    /// These actions work without.
    NotForced(Vec<String>),
    /// Whether these work without depends on what only AWS knows.
    Unsure(Vec<String>),
    /// Nothing works with MFA either.
    NothingAllowed,
}

/// What the policies were found to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// Every action that was tried.
    pub rows: Vec<Row>,
    /// What it comes to.
    pub verdict: Verdict,
}

/// Tries every action that matters, and those that the policies name.
pub fn judge(policies: Policies<'_>, subject: &Subject) -> Judgement {
    judge_with(policies, subject, named_actions(policies))
}

/// Tries every action that matters, and these.
pub(crate) fn judge_with(policies: Policies<'_>, subject: &Subject, further: Vec<String>) -> Judgement {
    let contexts = Credential::ALL.map(|credential| credential.context(subject));
    let anything = |action| Act { action, resource: "*".into() };
    let theft = action::theft(subject).into_iter().chain(further.into_iter().map(anything));
    let row = |enrolment| move |act| Row::tried(policies, act, enrolment, &contexts);
    let mut rows: Vec<Row> = theft.map(row.clone()(false)).collect();
    let enrolment = action::enrolment(subject).into_iter();
    rows.extend(enrolment.filter(|act| action::is_governed(&act.action)).map(row(true)));
    Judgement { verdict: verdict(&rows), rows }
}

impl Judgement {
    /// The same with other outcomes, where somebody knows better.
    pub fn revised<E>(
        mut self,
        mut know: impl FnMut(&Row, Credential) -> Result<Option<Outcome>, E>,
    ) -> Result<Self, E> {
        for row in &mut self.rows {
            for credential in Credential::ALL {
                if let Some(known) = know(row, credential)? {
                    row.outcomes[credential as usize] = known;
                }
            }
        }
        Ok(Self { verdict: verdict(&self.rows), rows: self.rows })
    }
}

fn verdict(rows: &[Row]) -> Verdict {
    let theft = || rows.iter().filter(|row| !row.enrolment);
    let without = |wanted: fn(&Outcome) -> bool| {
        let mut actions: Vec<String> = theft()
            .filter(|row| row.of(Credential::without_mfa).any(wanted))
            .map(|row| row.act.action.clone())
            .collect();
        actions.dedup();
        actions
    };
    let open = without(|outcome| *outcome == Outcome::Allowed);
    let unsure = without(|outcome| matches!(outcome, Outcome::Unsure(_)));
    let works =
        theft().any(|row| row.of(Credential::with_user_mfa).any(|outcome| *outcome != Outcome::Refused));
    match (open.is_empty(), unsure.is_empty()) {
        (false, _) => Verdict::NotForced(open),
        (true, false) => Verdict::Unsure(unsure),
        (true, true) if works => Verdict::Forced,
        (true, true) => Verdict::NothingAllowed,
    }
}

impl Row {
    /// One action, on its own resource and on those that the statements about it name:
    /// what is allowed on any of them is allowed.
    fn tried(policies: Policies<'_>, act: Act, enrolment: bool, contexts: &[Context; 5]) -> Self {
        let action = act.action.as_str();
        let on = |resource: &str| {
            contexts.each_ref().map(|context| {
                let request = Request { action, resource, principal: None, context };
                policies.outcome(&request)
            })
        };
        let resources = named_resources(policies, action, &contexts[0]);
        let own = on(&act.resource);
        let others: Vec<_> = resources.into_iter().map(|resource| (on(&resource), resource)).collect();
        let mut row = Self { outcomes: own, act, enrolment };
        for (outcomes, resource) in others {
            row.join(resource, outcomes);
        }
        row
    }

    /// The freer of both in every place; the resource is the one on which most is allowed.
    fn join(&mut self, resource: String, others: [Outcome; 5]) {
        let freedom = |outcomes: &[Outcome; 5]| outcomes.each_ref().map(Outcome::freedom);
        if freedom(&others) > freedom(&self.outcomes) {
            self.act.resource = resource;
        }
        for (ours, theirs) in self.outcomes.iter_mut().zip(others) {
            if theirs.freedom() > ours.freedom() {
                *ours = theirs;
            }
        }
    }

    /// Every kind of credentials, with what becomes of the action.
    pub fn each(&self) -> impl Iterator<Item = (Credential, &Outcome)> {
        Credential::ALL.into_iter().zip(&self.outcomes)
    }

    /// What becomes of the action with one kind of credentials.
    pub fn with(&self, credential: Credential) -> &Outcome {
        &self.outcomes[credential as usize]
    }

    /// The outcomes of some kinds of credentials.
    fn of(&self, wanted: fn(Credential) -> bool) -> impl Iterator<Item = &Outcome> {
        self.each().filter(move |(credential, _)| wanted(*credential)).map(|(_, outcome)| outcome)
    }
}

impl Outcome {
    const fn freedom(&self) -> u8 {
        match self {
            Self::Refused => 0,
            Self::Unsure(_) => 1,
            Self::Allowed => 2,
        }
    }
}

pub(crate) fn allows(policies: Policies<'_>) -> impl Iterator<Item = &Statement> {
    let statements = policies.identity.iter().flat_map(|policy| &policy.statements);
    statements.filter(|statement| statement.effect == Effect::Allow)
}

/// An action for every pattern of an `Allow` that none of the usual actions stands for.
fn named_actions(policies: Policies<'_>) -> Vec<String> {
    let mut examples: Vec<String> = Vec::new();
    for statement in allows(policies) {
        let Scope::Only(patterns) = &statement.action else { continue };
        for example in patterns.iter().filter_map(|pattern| action::example_of(pattern)) {
            if !examples.contains(&example) {
                examples.push(example);
            }
        }
    }
    examples
}

/// Resources that the statements about an action name. Where some are of the action's own
/// service, it cannot act on the others, whatever the statement says.
fn named_resources(policies: Policies<'_>, action: &str, context: &Context) -> Vec<String> {
    let service = action.split(':').next().unwrap_or_default();
    let (mut own, mut others): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for statement in allows(policies).filter(|statement| statement.covers_action(action)) {
        let Some(Scope::Only(patterns)) = &statement.resource else { continue };
        for example in patterns.iter().filter_map(|pattern| example_of(pattern, context)) {
            let list = if example.split(':').nth(2) == Some(service) { &mut own } else { &mut others };
            if !list.contains(&example) && list.len() < MOST_RESOURCES {
                list.push(example);
            }
        }
    }
    if own.is_empty() { others } else { own }
}

/// A resource that a resource pattern covers.
fn example_of(pattern: &str, context: &Context) -> Option<String> {
    if pattern == "*" {
        return None;
    }
    Some(template::resolve(pattern, Version::Variables, Stars::Wild, context).ok()?.example())
}
