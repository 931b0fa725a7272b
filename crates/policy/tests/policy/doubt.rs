//! What is said of a request that nobody has sent yet holds for every request it may become.

use awsesame_policy::{Context, Decision, Outcome, Policy, Request, evaluate, findings, outcome};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::judge::alice;
use crate::policy;
use crate::properties::statements;

const KEYS: [&str; 3] = ["aws:username", "aws:MultiFactorAuthPresent", "app:None"];

/// What a key may turn out to be: absent, or of one value.
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
        own in statements(), boundary in statements(),
        values in prop::array::uniform3(value()), known in any::<[bool; 3]>(),
    ) {
        let (mut partial, mut whole) = (Context::partial(), Context::new());
        for ((key, value), known) in KEYS.iter().zip(values).zip(known) {
            set(&mut whole, key, value);
            if known {
                set(&mut partial, key, value);
            }
        }
        let (own, boundary) = (document(&own), document(&boundary));
        let said = |context: &Context| {
            let request =
                Request { action: "s3:GetObject", resource: "arn:aws:s3:::alice", principal: None, context };
            outcome(&[&own], &[&[&boundary]], &request)
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
        match (evaluate(&[&own], &request), outcome(&[&own], &[&[]], &request)) {
            (Decision::Allow, Outcome::Allowed)
            | (Decision::ExplicitDeny | Decision::ImplicitDeny | Decision::Unsure(_), Outcome::Refused) => {}
            (Decision::Unsure(decision), Outcome::Unsure(outcome)) => prop_assert_eq!(decision, outcome),
            (decision, outcome) => prop_assert!(false, "{decision:?} and {outcome:?}"),
        }
    }

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
