//! Tests that a statement about a partly known request is true for every complete request that it may become.

use awsesame_policy::{Context, Decision, Layer, Outcome, Policies, Policy, Request, evaluate, findings};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::properties::statements;
use crate::{alice, policy};

const KEYS: [&str; 3] = ["aws:username", "aws:MultiFactorAuthPresent", "app:None"];

/// Returns a strategy for the later value of an unknown key: absent, or one value.
fn value() -> impl Strategy<Value = Option<&'static str>> {
    prop::sample::select(vec![None, Some("true"), Some("false"), Some("alice"), Some("a*")])
}

fn set(context: &mut Context, key: &str, value: Option<&str>) {
    context.set_many(key, value.map(str::to_owned).into_iter().collect());
}

fn document(statements: &[Value]) -> Policy {
    policy(&json!({"Version": "2012-10-17", "Statement": statements}))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2048) })]

    #[test]
    fn knowing_more_only_ever_resolves_a_doubt(
        own in statements(), boundary in statements(), session in statements(),
        values in prop::array::uniform3(value()), known in any::<[bool; 3]>(),
    ) {
        let (mut partial, mut whole) = (Context::partial(), Context::new());
        for ((key, value), known) in KEYS.iter().zip(values).zip(known) {
            set(&mut whole, key, value);
            if known {
                set(&mut partial, key, value);
            }
        }
        let (own, boundary, session) = (document(&own), document(&boundary), document(&session));
        let said = |context: &Context| {
            let request =
                Request { action: "s3:GetObject", resource: "arn:aws:s3:::alice", principal: None, context };
            Policies { identity: &[&own], boundary: Some(&boundary), session: &[&session], ..Policies::default() }.outcome(&request)
        };
        let (before, after) = (said(&partial), said(&whole));
        match before {
            Outcome::Unsure(_) => {}
            certain => prop_assert_eq!(certain, after),
        }
    }

    #[test]
    fn an_outcome_is_a_decision_without_its_reason(own in statements(), values in prop::array::uniform3(value())) {
        let mut context = Context::new();
        for (key, value) in KEYS.iter().zip(values) {
            set(&mut context, key, value);
        }
        let own = document(&own);
        let request =
            Request { action: "s3:GetObject", resource: "arn:aws:s3:::alice", principal: None, context: &context };
        match (evaluate(&[&own], &request), Policies::of(&[&own]).outcome(&request)) {
            (Decision::Allow, Outcome::Allowed)
            | (Decision::ExplicitDeny | Decision::ImplicitDeny | Decision::Unsure(_), Outcome::Refused) => {}
            (Decision::Unsure(decision), Outcome::Unsure(outcome)) => prop_assert_eq!(decision, outcome),
            (decision, outcome) => prop_assert!(false, "{decision:?} and {outcome:?}"),
        }
    }

    #[test]
    fn every_layer_has_to_allow_and_any_may_deny(
        own in statements(), boundary in statements(), session in statements(),
        values in prop::array::uniform3(value()),
    ) {
        let mut context = Context::new();
        for (key, value) in KEYS.iter().zip(values) {
            set(&mut context, key, value);
        }
        let (own, boundary, session) = (document(&own), document(&boundary), document(&session));
        let request =
            Request { action: "s3:GetObject", resource: "arn:aws:s3:::alice", principal: None, context: &context };
        let layers = Policies { identity: &[&own], boundary: Some(&boundary), session: &[&session], ..Policies::default() };
        let each = [
            (Layer::Identity, evaluate(&[&own], &request)),
            (Layer::Boundary, evaluate(&[&boundary], &request)),
            (Layer::Session, evaluate(&[&session], &request)),
        ];
        let ruling = layers.rule(&request);
        let has = |wanted: &Decision| each.iter().any(|(_, decision)| decision == wanted);
        // The layer that is named did say so.
        prop_assert!(each.contains(&(ruling.layer, ruling.decision.clone())), "{ruling:?} {each:?}");
        match &ruling.decision {
            Decision::Allow => prop_assert!(each.iter().all(|(_, decision)| decision.is_allowed())),
            Decision::ExplicitDeny => {}
            Decision::ImplicitDeny => prop_assert!(!has(&Decision::ExplicitDeny)),
            Decision::Unsure(_) => {
                prop_assert!(!has(&Decision::ExplicitDeny) && !has(&Decision::ImplicitDeny));
            }
        }
        prop_assert_eq!(ruling.decision.is_allowed(), layers.outcome(&request) == Outcome::Allowed);
    }
}

// Each remedy is a decision.
proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn a_remedy_mends_what_it_is_for(statements in statements()) {
        let json = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        for finding in findings(&Policy::parse(&json).unwrap(), &json, &alice()) {
            let Some(mended) = finding.mended else { continue };
            let mended: Value = serde_json::from_str(&mended).unwrap();
            let json = json!({"Version": "2012-10-17", "Statement": [mended]}).to_string();
            let left = findings(&Policy::parse(&json).unwrap(), &json, &alice());
            let same = left.iter().find(|left| left.flaw.word() == finding.flaw.word());
            prop_assert!(same.is_none(), "{same:?}");
        }
    }
}
