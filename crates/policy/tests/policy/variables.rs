//! Tests policy variables in resources and conditions.

use awsesame_policy::{Context, Decision};
use serde_json::{Value, json};

use crate::{context, decide, name};

/// Returns two decisions about `resource`: that of an allow of `pattern`, and that of a deny of it beside an allow of
/// everything.
fn on(version: &str, pattern: &str, resource: &str, context: &Context) -> [&'static str; 2] {
    let of = |effect| json!({"Effect": effect, "Action": "*", "Resource": pattern});
    let allow = json!({"Version": version, "Statement": of("Allow")});
    let deny = json!({"Version": version, "Statement":
        [{"Effect": "Allow", "Action": "*", "Resource": "*"}, of("Deny")]});
    [allow, deny].map(|policy| name(&decide(&policy, "s3:GetObject", resource, context)))
}

const MATCH: [&str; 2] = ["allow", "explicit deny"];
const MISS: [&str; 2] = ["implicit deny", "allow"];

#[test]
fn resources_take_the_callers_name_in() {
    let alice = context(&[("aws:username", "alice"), ("app:Star", "*"), ("app:Empty", "")]);
    for (pattern, resource, expected) in [
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/alice/x", MATCH),
        ("arn:aws:s3:::b/${AWS:UserName}/*", "arn:aws:s3:::b/alice/x", MATCH),
        ("arn:aws:s3:::b/${aws:username}/*", "arn:aws:s3:::b/bob/x", MISS),
        ("arn:aws:s3:::b/${app:Star}", "arn:aws:s3:::b/anything", MISS),
        ("arn:aws:s3:::b/${app:Star}", "arn:aws:s3:::b/*", MATCH),
        ("arn:aws:s3:::b/${app:Empty}x", "arn:aws:s3:::b/x", MATCH),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/x", MISS),
        ("arn:aws:s3:::b/${*}", "arn:aws:s3:::b/*", MATCH),
        ("arn:aws:s3:::b/${?}${$}{x}", "arn:aws:s3:::b/?${x}", MATCH),
        ("arn:aws:s3:::b/${aws:PrincipalTag/team, 'all'}/*", "arn:aws:s3:::b/all/x", MATCH),
        ("arn:aws:s3:::b/${aws:PrincipalTag/team, '}*'}", "arn:aws:s3:::b/}*", MATCH),
        ("arn:aws:s3:::b/${aws:username, 'all'}", "arn:aws:s3:::b/all", MISS),
    ] {
        assert_eq!(on("2012-10-17", pattern, resource, &alice), expected, "{pattern} {resource}");
    }
}

#[test]
fn the_old_version_has_no_variables() {
    let alice = context(&[("aws:username", "alice")]);
    let pattern = "arn:aws:s3:::b/${aws:username}";
    assert_eq!(on("2008-10-17", pattern, "arn:aws:s3:::b/alice", &alice), MISS);
    assert_eq!(on("2008-10-17", pattern, "arn:aws:s3:::b/${aws:username}", &alice), MATCH);
}

#[test]
fn a_variable_without_a_value_allows_nothing_and_loses_no_denial() {
    let pattern = "arn:aws:s3:::b/${aws:username}";
    let seen = on("2012-10-17", pattern, "arn:aws:s3:::b/", &Context::new());
    assert_eq!(seen, ["implicit deny", "unsure"]);
    // With any value, the pattern matches nothing in another bucket.
    let seen = on("2012-10-17", pattern, "arn:aws:s3:::c/x", &Context::new());
    assert_eq!(seen, MISS);
}

#[test]
fn a_not_resource_without_a_value_is_unsure() {
    let policy = json!({"Version": "2012-10-17", "Statement":
        {"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::b/${aws:username}"}});
    let decision = decide(&policy, "s3:GetObject", "arn:aws:s3:::b/x", &Context::new());
    let reason = "statement 1: variable `${aws:username}` has no value in the request";
    assert_eq!(decision, Decision::Unsure(reason.to_owned()));
}

#[test]
fn malformed_variables_are_unsure() {
    let mut several = Context::new();
    several.set_many("app:Many", vec!["a".to_owned(), "b".to_owned()]);
    for pattern in [
        "arn:aws:s3:::b/${aws:username",
        "arn:aws:s3:::b/${}",
        "arn:aws:s3:::b/${a${b}}",
        "arn:aws:s3:::b/${aws:username, all}",
        "arn:aws:s3:::b/${aws:username, '}",
        "arn:aws:s3:::b/${app:Many}",
        "arn:aws:s3:${aws:region, 'x'}::b/x",
    ] {
        let seen = on("2012-10-17", pattern, "arn:aws:s3:::b/x", &several);
        assert_eq!(seen, ["unsure", "unsure"], "{pattern}");
    }
}

#[test]
fn conditions_on_strings_and_arns_take_variables() {
    let context = context(&[
        ("aws:username", "alice"),
        ("s3:prefix", "home/alice/x"),
        ("app:Arn", "arn:aws:iam::111122223333:user/alice"),
        ("app:Number", "1"),
    ]);
    let decided = |condition: Value| {
        let policy = json!({"Version": "2012-10-17", "Statement":
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition}});
        name(&decide(&policy, "s3:ListBucket", "*", &context))
    };
    for (condition, expected) in [
        (json!({"StringLike": {"s3:prefix": "home/${aws:username}/*"}}), "allow"),
        (json!({"StringEquals": {"s3:prefix": "home/${aws:username}/*"}}), "implicit deny"),
        (json!({"StringNotLike": {"s3:prefix": "home/${aws:username}/*"}}), "implicit deny"),
        (json!({"ArnLike": {"app:Arn": "arn:aws:iam::*:user/${aws:username}"}}), "allow"),
        (json!({"StringLike": {"s3:prefix": "${aws:userid}*"}}), "implicit deny"),
        (json!({"StringLike": {"s3:prefix": ["${aws:userid}", "home/*"]}}), "allow"),
        (json!({"StringNotLike": {"s3:prefix": "${aws:userid}*"}}), "unsure"),
        (json!({"NumericEquals": {"app:Number": "${app:Number}"}}), "unsure"),
    ] {
        assert_eq!(decided(condition.clone()), expected, "{condition}");
    }
}

#[test]
fn a_denial_is_not_lost_over_a_variable_without_a_value_in_its_condition() {
    let deny = |operator: &str| {
        let policy = json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "*", "Resource": "*",
             "Condition": {operator: {"s3:prefix": "${aws:userid}*"}}}]});
        name(&decide(&policy, "s3:ListBucket", "*", &context(&[("s3:prefix", "x")])))
    };
    assert_eq!(deny("StringLike"), "unsure");
    assert_eq!(deny("StringNotLike"), "unsure");
}
