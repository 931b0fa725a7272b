//! Evaluates a few well-known actions with every kind of credentials, as a table for people. The module `decision`
//! proves statements about all actions.

use crate::decide::action::{self, Act};
use crate::evaluate::credential::{Credential, Subject};
use crate::evaluate::policies::Policies;
use crate::evaluate::request::Request;
use crate::evaluate::statement::Outcome;

/// The outcomes of one action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The action that was tried.
    pub act: Act,
    /// True for the actions that enrollment and login need.
    pub enrollment: bool,
    /// The outcomes of the action, in the order of [`Credential::ALL`].
    pub outcomes: [Outcome; 5],
}

/// Evaluates a few actions that an attacker would want, and those that enrollment and login need.
pub fn table(policies: &Policies<'_>, subject: &Subject) -> Vec<Row> {
    let theft = action::theft(subject).into_iter().map(|act| (act, false));
    let enrollment = action::enrollment(subject).into_iter().map(|act| (act, true));
    theft.chain(enrollment).map(|(act, enrollment)| Row::tried(policies, subject, act, enrollment)).collect()
}

impl Row {
    /// Tries one action on its resource.
    pub fn tried(policies: &Policies<'_>, subject: &Subject, act: Act, enrollment: bool) -> Self {
        let outcomes = Credential::ALL.map(|credential| {
            let context = credential.context(subject);
            let (action, resource) = (act.action.as_str(), act.resource.as_str());
            policies.outcome(&Request { action, resource, principal: None, context: &context })
        });
        Self { act, enrollment, outcomes }
    }

    /// Returns every kind of credentials, with the outcome of the action.
    pub fn each(&self) -> impl Iterator<Item = (Credential, &Outcome)> {
        Credential::ALL.into_iter().zip(&self.outcomes)
    }

    /// Returns the outcome of the action with one kind of credentials.
    pub fn with(&self, credential: Credential) -> &Outcome {
        &self.outcomes[credential as usize]
    }
}
