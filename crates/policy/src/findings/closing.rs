//! Chooses the drafts that would close a way around MFA: a permissions boundary, or a service control policy. A draft
//! is named only if a decision has proven that it does.

use crate::decide::whose::{Whose, enforces};
use crate::evaluate::credential::Subject;
use crate::evaluate::policies::{Level, Policies};
use crate::findings::draft::{Draft, Measure, Purpose};
use crate::language::document::Policy;
use crate::language::element::Effect;

/// Returns the drafts with which these policies are proven to enforce MFA, a boundary's before an organization's. An
/// existing boundary is combined with the Deny of the draft.
pub fn closed_by(policies: &Policies<'_>, subject: &Subject, whose: Whose, now: i64) -> Vec<Purpose> {
    let measure = Measure { partition: subject.partition.clone(), account: None, user: None };
    let draft = |purpose| Policy::parse(&Draft::new(purpose, &measure).json()).ok();
    let (Some(mut limit), Some(control)) = (draft(Purpose::Boundary), draft(Purpose::Organization)) else {
        return Vec::new();
    };
    // Text of one policy must not become a variable in the language version of the other.
    let fits = policies.boundary.is_none_or(|boundary| boundary.version == limit.version);
    if let Some(boundary) = policies.boundary {
        limit.statements.retain(|statement| statement.effect == Effect::Deny);
        limit.statements.extend(boundary.statements.iter().cloned());
    }
    let everything = Policy::everything();
    let level: Level<'_> = &[&everything, &control];
    let levels: Vec<Level<'_>> = policies.organization.iter().copied().chain([level]).collect();
    let within = Policies { boundary: Some(&limit), ..*policies };
    let under = Policies { organization: &levels, ..*policies };
    let each = [(Purpose::Boundary, within, fits), (Purpose::Organization, under, true)];
    let proven = |policies: &Policies<'_>| enforces(policies, subject, whose, now);
    let closing = each.iter().filter(|(_, policies, fits)| *fits && proven(policies));
    closing.map(|(purpose, ..)| *purpose).collect()
}
