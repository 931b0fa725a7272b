//! Decides from the statements of a layer: which of them match, and which of the matching ones takes precedence.

use crate::evaluate::condition::Setting;
use crate::evaluate::context::Context;
use crate::evaluate::request::Request;
use crate::evaluate::template::{self, Stars, Unresolved};
use crate::evaluate::truth::Truth;
use crate::language::actions::Action;
use crate::language::arn;
use crate::language::document::{Policy, Statement};
use crate::language::element::{Effect, Scope, Version};
use crate::language::pattern;

/// The decision of the policies on a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// A statement allows it, and none denies it.
    Allow,
    /// A statement denies the request, so the other statements do not matter.
    ExplicitDeny,
    /// No statement allows the request.
    ImplicitDeny,
    /// The result depends on something that the evaluator does not know; the text names it. A program that enforces
    /// policies must refuse.
    Unsure(String),
}

impl Decision {
    /// Returns true if the request is allowed for certain.
    pub fn is_allowed(&self) -> bool {
        *self == Self::Allow
    }
}

/// The outcome of a request, for use where it does not matter what stops it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The request is allowed.
    Allowed,
    /// The request is refused for every value of the unknown.
    Refused,
    /// The result depends on what the text names.
    Unsure(String),
}

/// Returns the decision of a caller's identity policies, taken together, on a request. The request's principal plays no
/// part: the policies are the caller's own.
pub fn evaluate(policies: &[&Policy], request: &Request) -> Decision {
    tally(covering(policies, request.action), request).decision()
}

/// A statement, with its index in its policy and the version of the policy.
pub(crate) type Numbered<'a> = (usize, Version, &'a Statement);

/// Returns the statements that cover an action. Most statements cover other actions, and are not needed any more.
pub(crate) fn covering<'a>(
    policies: &'a [&'a Policy],
    action: &'a str,
) -> impl Iterator<Item = Numbered<'a>> + 'a {
    let statements = policies.iter().flat_map(|policy| policy.numbered());
    let action = Action::of(action);
    statements.filter(move |(.., statement)| statement.action.cover(&action))
}

/// Counts the statements, which must cover the action of the request.
pub(crate) fn tally<'a>(covering: impl Iterator<Item = Numbered<'a>>, request: &Request) -> Tally {
    count(covering, |version, statement| {
        let own = match statement.principal {
            None => Truth::Yes,
            Some(_) => Truth::Unknown("an identity policy names no principal".to_owned()),
        };
        let resource = || match &statement.resource {
            Some(resource) => covers_resource(version, statement.effect, resource, request),
            None => Truth::Unknown("an identity policy must name a resource".to_owned()),
        };
        own.and(resource).and(|| covers_condition(version, statement, request))
    })
}

/// Returns the decision of a role's trust policy, or of a resource's own policy, on a request. A trust policy names no
/// resource: it applies to the role that it is attached to. An allow by account number or account root delegates to
/// that account: its identity policies must allow the call as well, which the asker must check with [`evaluate`].
pub fn evaluate_trust(policy: &Policy, request: &Request) -> Decision {
    count(policy.numbered(), |version, statement| {
        let caller = match &statement.principal {
            Some(scope) => scope.covers(statement.effect, request.principal, request.context),
            None => Truth::Unknown("a trust policy must name a principal".to_owned()),
        };
        let resource = || match &statement.resource {
            Some(resource) => covers_resource(version, statement.effect, resource, request),
            None => Truth::Yes,
        };
        let action = || statement.action.cover(&Action::of(request.action)).into();
        caller.and(resource).and(action).and(|| covers_condition(version, statement, request))
    })
    .decision()
}

impl Policy {
    /// Returns the statements with their version, and with their index for messages.
    fn numbered(&self) -> impl Iterator<Item = Numbered<'_>> {
        self.statements.iter().enumerate().map(|(at, statement)| (at + 1, self.version, statement))
    }
}

/// The combined result of the statements.
#[derive(Debug, Default)]
pub(crate) struct Tally {
    denied: bool,
    allowed: bool,
    unsure_denial: Option<String>,
    unsure_allow: Option<String>,
}

impl Tally {
    /// Returns the decision. A certain Deny comes first. Otherwise, an uncertain Deny makes the result uncertain. After
    /// that, the Allows count.
    pub(crate) fn decision(self) -> Decision {
        match (self.denied, self.unsure_denial, self.allowed, self.unsure_allow) {
            (true, ..) => Decision::ExplicitDeny,
            (_, Some(reason), _, _) | (_, None, false, Some(reason)) => Decision::Unsure(reason),
            (_, None, true, _) => Decision::Allow,
            (_, None, false, None) => Decision::ImplicitDeny,
        }
    }

    /// Returns the outcome. Here, an uncertain Deny does not matter if nothing allows the request.
    pub(crate) fn outcome(self) -> Outcome {
        match (self.allowed, &self.unsure_allow, &self.unsure_denial) {
            (false, None, Some(_)) => Outcome::Refused,
            _ => match self.decision() {
                Decision::Allow => Outcome::Allowed,
                Decision::ExplicitDeny | Decision::ImplicitDeny => Outcome::Refused,
                Decision::Unsure(reason) => Outcome::Unsure(reason),
            },
        }
    }
}

fn count<'a>(
    statements: impl Iterator<Item = Numbered<'a>>,
    matches: impl Fn(Version, &Statement) -> Truth,
) -> Tally {
    let mut tally = Tally::default();
    for (number, version, statement) in statements {
        match (matches(version, statement), statement.effect) {
            (Truth::No, _) => {}
            // Nothing outweighs it.
            (Truth::Yes, Effect::Deny) => return Tally { denied: true, ..tally },
            (Truth::Yes, Effect::Allow) => tally.allowed = true,
            (Truth::Unknown(reason), effect) => {
                let unsure = match effect {
                    Effect::Deny => &mut tally.unsure_denial,
                    Effect::Allow => &mut tally.unsure_allow,
                };
                unsure.get_or_insert(format!("{}: {reason}", statement.label(number)));
            }
        }
    }
    tally
}

impl Statement {
    /// Returns the name of a statement in messages: its Sid, or else its place.
    pub(crate) fn label(&self, number: usize) -> String {
        match self.sid.as_deref() {
            None | Some("") => format!("statement {number}"),
            Some(sid) => format!("statement `{sid}`"),
        }
    }
}

fn covers_condition(version: Version, statement: &Statement, request: &Request) -> Truth {
    let setting = Setting { version, effect: statement.effect, context: request.context };
    Truth::all(statement.condition.iter().map(|test| test.holds(setting)))
}

/// Decides whether the element covers the resource of the request. As in AWS, a wildcard also matches colons.
fn covers_resource(version: Version, effect: Effect, scope: &Scope<Vec<String>>, request: &Request) -> Truth {
    let (Scope::Only(patterns) | Scope::AllBut(patterns)) = scope;
    let only = matches!(scope, Scope::Only(_));
    let settled = effect == Effect::Allow && only;
    let named = Truth::any(patterns.iter().map(|pattern| names_resource(pattern, version, settled, request)));
    if only { named } else { named.not() }
}

/// Decides whether a pattern matches the resource. If `settled` is true, a variable without a value matches nothing.
/// This is correct for an Allow; a Deny must not be lost because of it, and an exception must not be made.
fn names_resource(pattern: &str, version: Version, settled: bool, request: &Request) -> Truth {
    if template::is_plain(pattern, version) {
        return match pattern::names_resource(pattern, request.resource) {
            true if arn::varies_in_type(pattern) => varies_in_type(pattern),
            named => named.into(),
        };
    }
    // If a pattern does not match under any interpretation, there is no doubt.
    let could = |context: &Context| template::loosely(pattern, version, context).matches(request.resource);
    if template::varies_before_resource(pattern, version) {
        return if could(&Context::partial()) {
            Truth::Unknown(format!("`{pattern}` has a variable before its fifth colon"))
        } else {
            Truth::No
        };
    }
    match template::resolve(pattern, version, Stars::Wild, request.context) {
        Ok(resolved) if !resolved.matches(request.resource) => Truth::No,
        Ok(_) if arn::varies_in_type(pattern) => varies_in_type(pattern),
        Ok(_) => Truth::Yes,
        Err(Unresolved::Absent(_)) if settled => Truth::No,
        Err(_) if !could(request.context) => Truth::No,
        Err(Unresolved::Absent(reason) | Unresolved::Unknown(reason) | Unresolved::Malformed(reason)) => {
            Truth::Unknown(reason)
        }
    }
}

fn varies_in_type(pattern: &str) -> Truth {
    Truth::Unknown(format!("`{pattern}` has a wildcard in the type of the resource"))
}
