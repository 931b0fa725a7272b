//! Tests the policy language and its evaluation through the public interface of the crate.

mod adversary;
mod bad_input;
mod brute;
mod conditions;
mod decide;
mod documented;
mod doubt;
mod draft;
mod finding;
mod guide;
mod guide_verdicts;
mod malformed;
mod mfa;
#[path = "../../../awsesame/tests/it/need.rs"]
#[expect(clippy::unwrap_used, reason = "this is all test code")]
mod need;
mod outside;
mod properties;
mod random;
mod scope;
mod speed;
mod tricky;
mod trust;
mod variables;
mod whose;

use awsesame_policy::{Context, Decision, Policy, Request, Subject, evaluate};
use serde_json::Value;

/// Returns the user for whom the policies are evaluated.
fn alice() -> Subject {
    Subject {
        partition: "aws".into(),
        account: "123456789012".into(),
        user: "alice".into(),
        path: Some("/".into()),
    }
}

/// Returns the policy of a JSON value.
fn policy(json: &Value) -> Policy {
    Policy::parse(&json.to_string()).unwrap_or_else(|error| panic!("{error} in {json}"))
}

/// Returns a context of keys with one value each.
fn context(keys: &[(&str, &str)]) -> Context {
    let mut context = Context::new();
    for (key, value) in keys {
        context.set(key, *value);
    }
    context
}

/// Returns the decision of one identity policy about an action on a resource.
fn decide(json: &Value, action: &str, resource: &str, context: &Context) -> Decision {
    evaluate(&[&policy(json)], &Request { action, resource, principal: None, context })
}

/// Returns the name of the decision, for tables. The reason of an uncertain one is tested elsewhere.
fn name(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow => "allow",
        Decision::ExplicitDeny => "explicit deny",
        Decision::ImplicitDeny => "implicit deny",
        Decision::Unsure(_) => "unsure",
    }
}
