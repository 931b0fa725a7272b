//! Finds the requests that a statement leaves open by its principals, actions, resources or further conditions,
//! although its test for MFA is correct. `flaw` judges the test itself, and `decide` judges the policies as a whole.

use crate::decide::action::Meaning;
use crate::decide::danger::Danger;
use crate::evaluate::credential::tells_of_mfa;
use crate::findings::flaw::Flaw;
use crate::language::actions::is_everything;
use crate::language::document::{Policy, Statement};
use crate::language::element::{Effect, Scope};
use crate::language::operator::Operator;

/// The actions by which `aws login` turns a console session into command-line credentials.
const SIGN_IN: [&str; 2] = ["signin:AuthorizeOAuth2Access", "signin:CreateOAuth2Token"];

/// Returns every kind of hole in a statement that tests for MFA, worst first.
pub(crate) fn holes(statement: &Statement) -> Vec<Flaw> {
    let mut holes = Vec::new();
    if statement.effect == Effect::Deny {
        holes.extend(actions(statement));
        match &statement.resource {
            Some(Scope::Only(on)) if !on.iter().any(|on| on == "*") => holes.push(Flaw::SomeResources),
            Some(Scope::AllBut(spared)) => holes.push(Flaw::SparesResources(spared.clone())),
            Some(Scope::Only(_)) | None => {}
        }
        let mut others: Vec<String> = (statement.condition.iter())
            .filter(|test| !tells_of_mfa(&test.key))
            .map(|test| test.key.clone())
            .collect();
        others.dedup();
        if !others.is_empty() {
            holes.push(Flaw::AsksForMore(others));
        }
    }
    let quantified = statement.condition.iter().find(|test| {
        let quantified = matches!(&test.operator, Operator::Compare(compare) if compare.quantifier.is_some());
        quantified && tells_of_mfa(&test.key)
    });
    holes.extend(quantified.map(|test| Flaw::SetOperator(test.spelling.clone())));
    holes
}

/// Returns true if a policy tests MFA in an Allow, but in no Deny.
pub(crate) fn asks_in_an_allow_alone(policy: &Policy) -> bool {
    !policy.denies_by_mfa() && policy.statements.iter().any(|one| one.effect == Effect::Allow && asks(one))
}

/// Returns true if a statement allows something important without a test for MFA.
pub(crate) fn allows_without(statement: &Statement) -> bool {
    statement.effect == Effect::Allow
        && !asks(statement)
        && statement.action.listed().any(|(service, action, covered)| {
            covered && Meaning::of(service.prefix, action.name) == Meaning::Hole
        })
}

fn asks(statement: &Statement) -> bool {
    statement.condition.iter().any(|test| tells_of_mfa(&test.key))
}

/// Returns the flaws that the actions of a denial leave open.
fn actions(statement: &Statement) -> Vec<Flaw> {
    if let Scope::Only(denied) = statement.action.scope() {
        if denied.iter().any(|action| is_everything(action)) {
            return Vec::new();
        }
        return vec![Flaw::SomeActions(denied.clone())];
    }
    let mut spared = named(statement, false);
    spared.sort_by_key(|(_, danger, _)| *danger);
    let (mut open, mut sts, mut enrolls) = (Vec::new(), Vec::new(), Vec::new());
    let mut signs_in = Vec::new();
    for (meaning, _, name) in spared {
        match meaning {
            Meaning::Hole if name.starts_with("sts:") => sts.push(name),
            Meaning::Hole if SIGN_IN.contains(&name.as_str()) => signs_in.push(name),
            Meaning::Hole => open.push(name),
            Meaning::Enrolls => enrolls.push(name),
            Meaning::Harmless(_) | Meaning::Ungoverned => {}
        }
    }
    let mut flaws = Vec::new();
    if !open.is_empty() {
        flaws.push(Flaw::LeavesOpen(open));
    }
    if !sts.is_empty() {
        flaws.push(Flaw::LeavesSts(sts));
    }
    if !signs_in.is_empty() {
        flaws.push(Flaw::LeavesSignIn(signs_in));
    }
    // A device is useless until somebody can enable it.
    if enrolls.iter().any(|name| name == "iam:EnableMFADevice") {
        flaws.push(Flaw::LeavesEnrollment(enrolls));
    }
    flaws
}

/// Returns the actions of AWS's list that a statement covers, or does not cover, with their meanings.
fn named(statement: &Statement, covered: bool) -> Vec<(Meaning, Danger, String)> {
    let wanted = statement.action.listed().filter(|(.., listed)| *listed == covered);
    let each = wanted.map(|(service, action, _)| {
        let meaning = Meaning::of(service.prefix, action.name);
        (meaning, Danger::of(service.prefix, action), format!("{}:{}", service.prefix, action.name))
    });
    each.collect()
}
