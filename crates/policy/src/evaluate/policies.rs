//! The policies of one caller in their layers. A request that one layer allows must be allowed by every other layer
//! too. The module `statement` evaluates a single layer.

use crate::evaluate::context::Context;
use crate::evaluate::request::Request;
use crate::evaluate::statement::{Decision, Numbered, Outcome, Tally, covering, tally};
use crate::language::document::Policy;

/// The policies that decide on a caller's own side of a request.
/// Source: "Policy evaluation logic" in the IAM user guide.
#[derive(Debug, Clone, Copy, Default)]
pub struct Policies<'a> {
    /// A user's own and its groups', or a role's; inline and attached.
    pub identity: &'a [&'a Policy],
    /// The permission boundary of the user or role, if there is one.
    pub boundary: Option<&'a Policy>,
    /// The organization's policies for the account, by level: the root, each unit on the way, and the account. Each
    /// level must allow a request. Empty if there is no organization.
    pub organization: &'a [Level<'a>],
    /// The policies to which the session was restricted when it was created. Empty if it was not restricted.
    pub session: &'a [&'a Policy],
}

/// The policies of the root, of one organizational unit, or of the account.
pub type Level<'a> = &'a [&'a Policy];

/// The layer that settled a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Layer {
    /// The organization's service control policies.
    Organization,
    /// The layer of identity policies.
    Identity,
    /// The permissions boundary.
    Boundary,
    /// The layer of session policies.
    Session,
}

/// The combined result of all layers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ruling {
    /// The decision about the request.
    pub decision: Decision,
    /// The layer that stops it, or that leaves it unsure; of an allow the first.
    pub layer: Layer,
}

impl<'a> Policies<'a> {
    /// Returns a set with identity policies alone.
    pub fn of(identity: &'a [&'a Policy]) -> Self {
        Self { identity, ..Self::default() }
    }

    /// Returns the layers that exist, in the order in which AWS evaluates them.
    pub(crate) fn layers(&self) -> Vec<(Layer, Vec<&'a Policy>)> {
        let mut layers: Vec<(Layer, Vec<&'a Policy>)> =
            self.organization.iter().map(|level| (Layer::Organization, level.to_vec())).collect();
        layers.push((Layer::Identity, self.identity.to_vec()));
        layers.extend(self.boundary.map(|boundary| (Layer::Boundary, vec![boundary])));
        if !self.session.is_empty() {
            layers.push((Layer::Session, self.session.to_vec()));
        }
        layers
    }

    fn tallies(&self, request: &Request) -> Vec<(Layer, Tally)> {
        let each = self.layers().into_iter();
        each.map(|(layer, policies)| (layer, tally(covering(&policies, request.action), request))).collect()
    }

    /// Returns the decision for a program that enforces the policies, and the layer that a message should name. A Deny
    /// in any layer takes precedence; otherwise each layer must allow.
    pub fn rule(&self, request: &Request) -> Ruling {
        let decided: Vec<Ruling> = self
            .tallies(request)
            .into_iter()
            .map(|(layer, tally)| Ruling { decision: tally.decision(), layer })
            .collect();
        let first = |wanted: fn(&Decision) -> bool| decided.iter().find(|ruling| wanted(&ruling.decision));
        first(|decision| *decision == Decision::ExplicitDeny)
            .or_else(|| first(|decision| *decision == Decision::ImplicitDeny))
            .or_else(|| first(|decision| matches!(decision, Decision::Unsure(_))))
            .unwrap_or(&decided[0])
            .clone()
    }

    /// Returns the outcome of the request, for use where it does not matter what stops it.
    pub fn outcome(&self, request: &Request) -> Outcome {
        let [outcome] = self.outcomes(request.action, request.resource, [request.context]);
        outcome
    }

    /// Returns the outcomes of one action on one resource in each of these contexts. The statements about the action
    /// are searched only once.
    pub(crate) fn outcomes<const N: usize>(
        &self,
        action: &str,
        resource: &str,
        contexts: [&Context; N],
    ) -> [Outcome; N] {
        let layers = self.layers();
        let covering: Vec<Vec<Numbered<'_>>> =
            layers.iter().map(|(_, policies)| covering(policies, action).collect()).collect();
        contexts.map(|context| {
            let request = Request { action, resource, principal: None, context };
            let mut unsure = None;
            for statements in &covering {
                match tally(statements.iter().copied(), &request).outcome() {
                    Outcome::Refused => return Outcome::Refused,
                    Outcome::Allowed => {}
                    outcome @ Outcome::Unsure(_) => _ = unsure.get_or_insert(outcome),
                }
            }
            unsure.unwrap_or(Outcome::Allowed)
        })
    }
}
