//! Tests properties that hold for every policy, with random ones.

use awsesame_policy::{Context, Decision, Policy, Request, evaluate, evaluate_trust};
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::{context, decide, name, policy};

/// Returns a statement from a small world, so that matches, misses and doubts are all common.
fn statement(effect: &'static str) -> impl Strategy<Value = Value> {
    let action = select(vec!["*", "s3:*", "s3:Get*", "iam:GetUser"]);
    let resource = select(vec!["*", "arn:aws:s3:::a*", "arn:aws:s3:::${aws:username}", "arn:aws:s3:::${"]);
    let operator = select(vec![
        "Bool",
        "BoolIfExists",
        "Null",
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "Riddle",
        "ForAllValues:StringEquals",
        "ForAnyValue:StringNotLikeIfExists",
        "NumericLessThan",
    ]);
    let key = select(vec!["aws:username", "aws:MultiFactorAuthPresent", "app:None"]);
    let value = select(vec!["true", "false", "alice", "a*", "${aws:username}", "${app:None}"]);
    (action, resource, any::<[bool; 3]>(), operator, key, value).prop_map(
        move |(action, resource, [not_action, not_resource, conditional], operator, key, value)| {
            json!({
                "Effect": effect,
                (if not_action { "NotAction" } else { "Action" }): action,
                (if not_resource { "NotResource" } else { "Resource" }): resource,
                "Condition": if conditional { json!({operator: {key: value}}) } else { json!({}) },
            })
        },
    )
}

pub(crate) fn statements() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(prop_oneof![statement("Allow"), statement("Deny")], 1..5)
}

fn some_context() -> impl Strategy<Value = Context> {
    select(vec![
        context(&[]),
        context(&[("aws:username", "alice"), ("aws:MultiFactorAuthPresent", "false")]),
        context(&[("aws:username", "a*"), ("aws:MultiFactorAuthPresent", "true")]),
    ])
}

fn judged(statements: &[Value], context: &Context) -> Decision {
    let policy = json!({"Version": "2012-10-17", "Statement": statements});
    decide(&policy, "s3:GetObject", "arn:aws:s3:::alice", context)
}

/// Matches as in a textbook: slow, but simple enough to be correct.
fn matches_naively(pattern: &[char], text: &[char]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some(('*', rest)) => (0..=text.len()).any(|skip| matches_naively(rest, &text[skip..])),
        Some(('?', rest)) => !text.is_empty() && matches_naively(rest, &text[1..]),
        Some((c, rest)) => text.first() == Some(c) && matches_naively(rest, &text[1..]),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn a_matching_denial_wins_wherever_it_stands(
        mut statements in statements(), place in any::<prop::sample::Index>(), context in some_context(),
    ) {
        let deny = json!({"Effect": "Deny", "Action": "s3:*", "Resource": "*"});
        statements.insert(place.index(statements.len() + 1), deny);
        prop_assert_eq!(judged(&statements, &context), Decision::ExplicitDeny);
    }

    #[test]
    fn one_more_denial_never_turns_a_refusal_into_an_allow(
        mut statements in statements(), deny in statement("Deny"),
        place in any::<prop::sample::Index>(), context in some_context(),
    ) {
        let before = judged(&statements, &context);
        statements.insert(place.index(statements.len() + 1), deny);
        let after = judged(&statements, &context);
        prop_assert!(before.is_allowed() || !after.is_allowed(), "{before:?}, then {after:?}");
    }

    #[test]
    fn one_more_allow_never_lifts_a_denial(
        mut statements in statements(), allow in statement("Allow"), context in some_context(),
    ) {
        let before = judged(&statements, &context);
        statements.push(allow);
        let after = judged(&statements, &context);
        prop_assert_eq!(before == Decision::ExplicitDeny, after == Decision::ExplicitDeny);
    }

    #[test]
    fn the_order_of_statements_does_not_matter(statements in statements(), context in some_context()) {
        let mut reversed = statements.clone();
        reversed.reverse();
        prop_assert_eq!(name(&judged(&statements, &context)), name(&judged(&reversed, &context)));
    }

    #[test]
    fn knowing_an_operator_only_ever_resolves_a_doubt(
        mut statements in statements(), context in some_context(), holds in any::<bool>(),
    ) {
        let before = judged(&statements, &context);
        for statement in &mut statements {
            if statement["Condition"].get("Riddle").is_some() {
                statement["Condition"] = json!({"Null": {"app:Never": holds.to_string()}});
            }
        }
        let after = judged(&statements, &context);
        prop_assert!(name(&before) == "unsure" || before == after, "{before:?}, then {after:?}");
    }

    #[test]
    fn wildcards_match_as_the_textbook_has_it(pattern in "[ab*?é]{0,8}", text in "[abé]{0,8}") {
        let asked = context(&[("app:Text", &text)]);
        let policy = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"StringLike": {"app:Text": pattern}}}});
        let pattern: Vec<char> = pattern.chars().collect();
        let expected = matches_naively(&pattern, &text.chars().collect::<Vec<_>>());
        prop_assert_eq!(decide(&policy, "app:Do", "*", &asked).is_allowed(), expected);
    }

    #[test]
    fn a_value_put_in_for_a_variable_matches_itself_alone(value in "[ab*?${}']{0,6}", text in "[ab*?${}']{0,6}") {
        let asked = context(&[("app:Value", &value), ("app:Text", &text)]);
        let policy = json!({"Version": "2012-10-17",
            "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": {"StringLike": {"app:Text": "${app:Value}"}}}});
        prop_assert_eq!(decide(&policy, "app:Do", "*", &asked).is_allowed(), value == text);
    }

    #[test]
    fn any_text_is_parsed_or_refused(text in ".{0,200}") {
        if let Err(error) = Policy::parse(&text) {
            prop_assert!(error.line.is_none_or(|line| line <= text.lines().count().max(1) + 1));
        }
    }

    #[test]
    fn any_string_in_any_place_is_parsed_or_refused_and_judged(
        [a, b, c, d] in prop::array::uniform4("(\\$\\{|\\}|'|,|:|/|\\*|arn:aws:s3:::|[0-9.+-]{1,6}|\\PC){0,12}"),
        operator in select(vec!["StringLike", "ArnLike", "NumericLessThan", "DateEquals", "IpAddress", "BinaryEquals", "Bool", "Null"]),
    ) {
        let asked = context(&[("app:Key", &c), (&a, &b)]);
        let caller = awsesame_policy::Principal { arn: d.clone(), account: a.clone() };
        let text = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny",
            "Principal": {"AWS": [d, "111122223333"]}, "Action": "*",
            "Resource": format!("arn:aws:s3:::{b}"), "Condition": {operator: {"app:Key": [a, c]}}}}).to_string();
        if let Ok(policy) = Policy::parse(&text) {
            let request = Request { action: &c, resource: &b, principal: Some(&caller), context: &asked };
            prop_assert!(!evaluate(&[&policy], &request).is_allowed());
            prop_assert!(!evaluate_trust(&policy, &request).is_allowed());
        }
    }

    #[test]
    fn a_cut_policy_is_refused(cut in any::<prop::sample::Index>(), statements in statements()) {
        let text = json!({"Version": "2012-10-17", "Statement": statements}).to_string();
        let end = cut.index(text.len());
        prop_assert!(Policy::parse(&text[..end]).is_err());
    }
}

#[test]
fn many_stars_cost_no_more_than_length_times_length() {
    let pattern = format!("arn:aws:s3:::{}b", "a*".repeat(2_000));
    let policy = policy(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": pattern}}));
    let resource = format!("arn:aws:s3:::{}", "a".repeat(6_000));
    let request =
        Request { action: "s3:GetObject", resource: &resource, principal: None, context: &Context::new() };
    assert_eq!(evaluate(&[&policy], &request), Decision::ImplicitDeny);
}
