//! What somebody's policies let whoever merely holds the key do, in short: for an audit of
//! many. How every single action comes out is for `judge`.

use std::collections::{BTreeMap, BTreeSet};

use crate::decide::action;
use crate::decide::judge::{Row, Verdict, allows, judge_with};
use crate::evaluate::credential::{Credential, Subject};
use crate::evaluate::policies::Policies;
use crate::evaluate::request::Request;
use crate::evaluate::statement::Outcome;
use crate::language::element::{Effect, Scope};

/// What goes without MFA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Opening {
    /// Nothing but enrolment, and something goes with it.
    None,
    /// Nothing goes at all.
    NothingAllowed,
    /// These actions.
    Open {
        /// Named once each.
        actions: Vec<String>,
        /// The place, among the identity policies, of one that allows the first of them by itself.
        by: Option<usize>,
        /// Whether somebody could give himself, with them, whatever else he lacks.
        escalates: bool,
    },
    /// It depends on what the text names.
    Unsure(String),
}

/// What goes without MFA under these policies.
pub fn opening(policies: Policies<'_>, subject: &Subject) -> Opening {
    // What matters most tells most often; only where all of it is refused is more tried.
    let mut judgement = judge_with(policies, subject, Vec::new());
    if !matches!(judgement.verdict, Verdict::NotForced(_)) {
        judgement = judge_with(policies, subject, samples(policies));
    }
    let theft = || judgement.rows.iter().filter(|row| !row.enrolment);
    match judgement.verdict {
        Verdict::Forced => Opening::None,
        Verdict::NothingAllowed => Opening::NothingAllowed,
        Verdict::Unsure(_) => {
            let why = theft().find_map(|row| {
                without_mfa(row).find_map(|(_, outcome)| match outcome {
                    Outcome::Unsure(why) => Some(why.clone()),
                    Outcome::Allowed | Outcome::Refused => None,
                })
            });
            Opening::Unsure(why.unwrap_or_default())
        }
        Verdict::NotForced(ref actions) => {
            let allowed = |row: &&Row| without_mfa(row).any(|(_, outcome)| *outcome == Outcome::Allowed);
            Opening::Open {
                by: theft().find(allowed).and_then(|row| allowing(policies, subject, row)),
                escalates: theft().filter(allowed).any(|row| action::escalates(&row.act.action)),
                actions: actions.clone(),
            }
        }
    }
}

/// Of so many actions of one service in one statement one stands for the others.
const MOST_ALIKE: usize = 8;

/// Actions that the policies name: of each statement some of every service, because AWS's own
/// policies name thousands; and every one that a `Deny` leaves out.
fn samples(policies: Policies<'_>) -> Vec<String> {
    let mut found = BTreeSet::new();
    for statement in allows(policies) {
        let Scope::Only(patterns) = &statement.action else { continue };
        let mut services: BTreeMap<String, usize> = BTreeMap::new();
        for pattern in patterns {
            let service = pattern.split(':').next().unwrap_or_default().to_ascii_lowercase();
            let seen = services.entry(service).or_default();
            *seen += 1;
            if *seen <= MOST_ALIKE {
                found.extend(action::example_of(pattern));
            }
        }
    }
    let all = policies.identity.iter().chain(&policies.boundary).flat_map(|policy| &policy.statements);
    for statement in all.filter(|statement| statement.effect == Effect::Deny) {
        let Scope::AllBut(patterns) = &statement.action else { continue };
        let spared = patterns.iter().filter_map(|pattern| action::example_of(pattern));
        found.extend(spared.filter(|action| !action::is_enrolment(action)));
    }
    found.into_iter().collect()
}

/// What becomes of an action with credentials that know of no code.
fn without_mfa(row: &Row) -> impl Iterator<Item = (Credential, &Outcome)> {
    row.each().filter(|(credential, _)| credential.without_mfa())
}

/// The first identity policy that allows an action without MFA, were it the only one.
fn allowing(policies: Policies<'_>, subject: &Subject, row: &Row) -> Option<usize> {
    let (credential, _) = without_mfa(row).find(|(_, outcome)| **outcome == Outcome::Allowed)?;
    let context = credential.context(subject);
    let request =
        Request { action: &row.act.action, resource: &row.act.resource, principal: None, context: &context };
    policies.identity.iter().position(|policy| Policies::of(&[*policy]).outcome(&request) == Outcome::Allowed)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::language::document::Policy;

    const EVERYTHING: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*"}}"#;
    const LISTS: &str = r#"{"Statement":{"Effect":"Allow","Action":"s3:ListAllMyBuckets","Resource":"*"}}"#;
    const WITH_MFA: &str = r#"{"Statement":{"Effect":"Allow","Action":"*","Resource":"*","Condition":{"Bool":{"aws:MultiFactorAuthPresent":"true"}}}}"#;
    const AT_HOME: &str = r#"{"Statement":{"Effect":"Allow","Action":"s3:*","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"192.0.2.0/24"}}}}"#;

    fn of(identity: &[&str], boundary: Option<&str>) -> Opening {
        let subject = Subject { partition: "aws".into(), account: "123456789012".into(), user: "bob".into() };
        let parse = |text: &str| Policy::parse(text).unwrap();
        let (identity, boundary): (Vec<Policy>, Option<Policy>) =
            (identity.iter().map(|text| parse(text)).collect(), boundary.map(parse));
        let identity: Vec<&Policy> = identity.iter().collect();
        opening(Policies { boundary: boundary.as_ref(), ..Policies::of(&identity) }, &subject)
    }

    #[test]
    fn what_goes_without_mfa_is_named_with_the_policy_that_allows_it() {
        assert_eq!(of(&[WITH_MFA], None), Opening::None);
        assert_eq!(of(&[], None), Opening::NothingAllowed);
        let lists = vec!["s3:ListAllMyBuckets".to_owned()];
        let open = Opening::Open { actions: lists.clone(), by: Some(1), escalates: false };
        assert_eq!(of(&[WITH_MFA, LISTS], None), open);
        // The boundary narrows what the first policy would allow.
        let open = Opening::Open { actions: lists, by: Some(0), escalates: false };
        assert_eq!(of(&[EVERYTHING], Some(LISTS)), open);
        // What a `Deny` leaves out is found among thousands of its like.
        let many: Vec<String> = (0..3000).map(|number| format!("\"sqs:Do{number}\"")).collect();
        let allow =
            format!(r#"{{"Statement":{{"Effect":"Allow","Action":[{}],"Resource":"*"}}}}"#, many.join(","));
        let deny = |spared: &str| {
            format!(
                r#"{{"Statement":{{"Effect":"Deny","NotAction":["sts:GetSessionToken"{spared}],"Resource":"*","Condition":{{"BoolIfExists":{{"aws:MultiFactorAuthPresent":"false"}}}}}}}}"#
            )
        };
        assert_eq!(of(&[&allow, &deny("")], None), Opening::None);
        let spared = Opening::Open { actions: vec!["sqs:Do2999".into()], by: Some(0), escalates: false };
        assert_eq!(of(&[&allow, &deny(",\"sqs:Do2999\"")], None), spared);
        assert!(matches!(of(&[LISTS, EVERYTHING], None), Opening::Open { escalates: true, .. }));
        let Opening::Unsure(why) = of(&[AT_HOME], None) else {
            panic!("where the caller stands is not known")
        };
        assert!(why.contains("aws:SourceIp"), "{why}");
    }
}
