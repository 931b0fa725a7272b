//! Evaluates a few well-known actions with every kind of credentials, as a table for people. The module `decision`
//! proves statements about all actions.

use crate::decide::action::{self, Act};
use crate::evaluate::credential::{Credential, Subject};
use crate::evaluate::policies::Policies;
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
    let contexts = Credential::ALL.map(|credential| credential.context(subject));
    let each = theft.chain(enrollment).map(|(act, enrollment)| {
        let outcomes = policies.outcomes(&act.action, &act.resource, contexts.each_ref());
        Row { act, enrollment, outcomes }
    });
    each.collect()
}

impl Row {
    /// Returns every kind of credentials, with the outcome of the action.
    pub fn each(&self) -> impl Iterator<Item = (Credential, &Outcome)> {
        Credential::ALL.into_iter().zip(&self.outcomes)
    }

    /// Returns the outcome of the action with one kind of credentials.
    pub fn with(&self, credential: Credential) -> &Outcome {
        &self.outcomes[credential as usize]
    }
}
