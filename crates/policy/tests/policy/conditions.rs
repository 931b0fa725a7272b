//! Tests every operator on present, absent, several and malformed values.

use awsesame_policy::{Context, Decision};
use serde_json::{Value, json};

use crate::{decide, name};

const YES: [&str; 2] = ["allow", "explicit deny"];
const NO: [&str; 2] = ["implicit deny", "allow"];
const UNSURE: [&str; 2] = ["unsure", "unsure"];

/// Returns two decisions: that of an allow with the condition, and that of a deny with it beside an allow of
/// everything.
fn both(operator: &str, given: &[&str], wanted: &Value) -> [&'static str; 2] {
    let mut context = Context::new();
    context.set_many("app:Key", given.iter().map(ToString::to_string).collect());
    let condition = json!({operator: {"app:key": wanted}});
    let under = |effect| json!({"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition});
    let allow = json!({"Statement": under("Allow")});
    let deny = json!({"Statement":
        [{"Effect": "Allow", "Action": "*", "Resource": "*"}, under("Deny")]});
    [allow, deny].map(|policy| name(&decide(&policy, "app:Do", "*", &context)))
}

fn check(rows: &[(&str, &[&str], Value, [&str; 2])]) {
    for (operator, given, wanted, expected) in rows {
        assert_eq!(both(operator, given, wanted), *expected, "{operator} {given:?} {wanted}");
    }
}

#[test]
fn strings_compare_exactly_unless_told_otherwise() {
    check(&[
        ("StringEquals", &["Ab"], json!("Ab"), YES),
        ("StringEquals", &["ab"], json!("Ab"), NO),
        ("StringEquals", &["abc"], json!("a*"), NO),
        ("StringEquals", &["a*"], json!("a*"), YES),
        ("StringEquals", &["b"], json!(["a", "b"]), YES),
        // It is unknown how IAM reads an empty list.
        ("StringEquals", &["b"], json!([]), UNSURE),
        ("StringNotEqualsIfExists", &[], json!([]), UNSURE),
        ("StringNotEquals", &["b"], json!(["a", "b"]), NO),
        ("StringNotEquals", &["c"], json!(["a", "b"]), YES),
        ("StringEqualsIgnoreCase", &["AB"], json!("aB"), YES),
        ("StringEqualsIgnoreCase", &["ΟΔΟΣ"], json!("οδος"), NO),
        ("StringEqualsIgnoreCase", &["ΟΔΟΣ"], json!("οδοΣ"), YES),
        ("StringNotEqualsIgnoreCase", &["AB"], json!("aB"), NO),
        ("StringLike", &["abc"], json!("a?c"), YES),
        ("StringLike", &["ac"], json!("a?c"), NO),
        ("StringLike", &["a/b/c"], json!("a*c"), YES),
        ("StringLike", &["xabc"], json!("a*c"), NO),
        ("StringNotLike", &["abc"], json!("a*"), NO),
        ("StringNotLike", &["bc"], json!("a*"), YES),
    ]);
}

#[test]
fn numbers_compare_exactly_at_any_size() {
    check(&[
        ("NumericEquals", &["10"], json!(10), YES),
        ("NumericEquals", &["10.0"], json!("010"), YES),
        ("NumericEquals", &["-0"], json!("0"), YES),
        ("NumericEquals", &["9007199254740993"], json!("9007199254740992"), NO),
        ("NumericNotEquals", &["10"], json!("10"), NO),
        ("NumericLessThan", &["9"], json!("10"), YES),
        ("NumericLessThan", &["10"], json!("10"), NO),
        ("NumericLessThan", &["-3"], json!("-2.5"), YES),
        ("NumericLessThan", &["-3"], json!("2"), YES),
        ("NumericLessThanEquals", &["10"], json!("10"), YES),
        ("NumericGreaterThan", &["1.25"], json!(1.2), YES),
        ("NumericGreaterThan", &["1.2"], json!("1.25"), NO),
        ("NumericGreaterThanEquals", &["1.25"], json!("1.250"), YES),
        ("NumericLessThan", &["soon"], json!("10"), UNSURE),
        ("NumericLessThan", &["1"], json!("1e9"), UNSURE),
        ("NumericLessThan", &["1"], json!(["ten", "10"]), YES),
        ("NumericNotEquals", &["1"], json!("one"), UNSURE),
    ]);
}

#[test]
fn dates_are_iso_or_seconds() {
    check(&[
        ("DateEquals", &["1585699200"], json!("2020-04-01T00:00:00Z"), YES),
        ("DateEquals", &["2020-04-01"], json!("2020-04-01T02:00:00+02:00"), YES),
        ("DateEquals", &["2020-04"], json!("2020-04-01"), YES),
        ("DateNotEquals", &["2020-04-02"], json!("2020-04-01"), YES),
        ("DateLessThan", &["2020-03-31T23:59:59.5Z"], json!("2020-04-01T00:00Z"), YES),
        ("DateLessThanEquals", &["2020-04-01T00:00:00Z"], json!("2020-04-01"), YES),
        ("DateGreaterThan", &["2020-04-01T00:00:00Z"], json!("2020-04-01"), NO),
        ("DateGreaterThanEquals", &["2020-04-01T00:00:00Z"], json!(1_585_699_200), YES),
        ("DateLessThan", &["2020-04-01T00:00:00"], json!("2021-01-01"), UNSURE),
        ("DateLessThan", &["2020-04-01"], json!("2021"), UNSURE),
        ("DateLessThan", &["2020-04-01"], json!("2021-02-30"), UNSURE),
    ]);
}

#[test]
fn booleans_bytes_addresses_and_arns_compare_as_such() {
    check(&[
        ("Bool", &["true"], json!(true), YES),
        ("Bool", &["true"], json!("True"), YES),
        ("Bool", &["false"], json!("true"), NO),
        ("Bool", &["true"], json!("yes"), UNSURE),
        ("BinaryEquals", &["QUI="], json!("QUI="), YES),
        ("BinaryEquals", &["QUI="], json!("QUJD"), NO),
        ("BinaryEquals", &["QUI="], json!("QUI"), UNSURE),
        ("BinaryEquals", &["QUI="], json!("QUJ="), UNSURE),
        ("IpAddress", &["203.0.113.77"], json!("203.0.113.0/24"), YES),
        ("IpAddress", &["203.0.114.1"], json!("203.0.113.0/24"), NO),
        ("IpAddress", &["203.0.113.7"], json!("203.0.113.7"), YES),
        ("IpAddress", &["::ffff:203.0.113.7"], json!("203.0.113.0/24"), YES),
        ("IpAddress", &["2001:db8::1"], json!(["10.0.0.0/8", "2001:DB8::/32"]), YES),
        ("IpAddress", &["203.0.113.7"], json!("::/0"), NO),
        ("IpAddress", &["203.0.113.7"], json!("0.0.0.0/0"), YES),
        ("IpAddress", &["203.0.113.7"], json!("203.0.113.0/33"), UNSURE),
        ("IpAddress", &["here"], json!("203.0.113.0/24"), UNSURE),
        ("NotIpAddress", &["203.0.113.7"], json!("203.0.113.0/24"), NO),
        ("NotIpAddress", &["198.51.100.1"], json!("203.0.113.0/24"), YES),
        ("ArnEquals", &["arn:aws:iam::111122223333:role/a"], json!("arn:aws:iam::*:role/?"), YES),
        ("ArnLike", &["arn:aws:iam::111122223333:role/a"], json!("arn:aws:iam:*:role/a:*"), NO),
        ("ArnLike", &["arn:aws:sns:eu-west-1:111122223333:t:u"], json!("arn:aws:sns:*:*:t*"), YES),
        ("ArnNotEquals", &["arn:aws:iam::111122223333:role/a"], json!("arn:aws:iam::*:user/*"), YES),
        ("ArnNotLike", &["arn:aws:iam::111122223333:role/a"], json!("arn:aws:iam::*:role/*"), NO),
        ("ArnLike", &["alice"], json!("arn:aws:iam::*:user/*"), UNSURE),
        ("ArnLike", &["arn:aws:iam::111122223333:role/a"], json!("alice"), UNSURE),
    ]);
}

#[test]
fn absent_key_fails_a_match_and_passes_a_negated_one() {
    for operator in [
        "StringEquals",
        "StringEqualsIgnoreCase",
        "StringLike",
        "NumericEquals",
        "NumericLessThan",
        "NumericLessThanEquals",
        "NumericGreaterThan",
        "NumericGreaterThanEquals",
        "DateEquals",
        "DateLessThan",
        "DateLessThanEquals",
        "DateGreaterThan",
        "DateGreaterThanEquals",
        "Bool",
        "BinaryEquals",
        "IpAddress",
        "ArnEquals",
        "ArnLike",
    ] {
        assert_eq!(both(operator, &[], &json!("1")), NO, "{operator}");
        assert_eq!(both(&format!("{operator}IfExists"), &[], &json!("1")), YES, "{operator}");
    }
    for operator in [
        "StringNotEquals",
        "StringNotEqualsIgnoreCase",
        "StringNotLike",
        "NumericNotEquals",
        "DateNotEquals",
        "NotIpAddress",
        "ArnNotEquals",
        "ArnNotLike",
    ] {
        assert_eq!(both(operator, &[], &json!("1")), YES, "{operator}");
        assert_eq!(both(&format!("{operator}IfExists"), &[], &json!("1")), YES, "{operator}");
    }
}

#[test]
fn if_exists_changes_nothing_for_a_key_that_does() {
    check(&[
        ("StringEqualsIfExists", &["a"], json!("b"), NO),
        ("StringNotEqualsIfExists", &["a"], json!("a"), NO),
        ("NumericLessThanIfExists", &["1"], json!("2"), YES),
    ]);
}

#[test]
fn set_operators_weigh_every_value_of_the_request() {
    check(&[
        ("ForAllValues:StringEquals", &["a", "b"], json!(["a", "b", "c"]), YES),
        ("ForAllValues:StringEquals", &["a", "x"], json!(["a", "b", "c"]), NO),
        ("ForAllValues:StringEquals", &[], json!("a"), YES),
        ("ForAllValues:StringEquals", &[""], json!("a"), YES),
        ("ForAllValues:StringNotEquals", &["x", "y"], json!(["a"]), YES),
        ("ForAllValues:StringNotEquals", &["x", "a"], json!(["a"]), NO),
        ("ForAnyValue:StringEquals", &["x", "b"], json!(["a", "b"]), YES),
        ("ForAnyValue:StringEquals", &["x", "y"], json!(["a", "b"]), NO),
        ("ForAnyValue:StringEquals", &[], json!("a"), NO),
        ("ForAnyValue:StringNotEquals", &["a", "x"], json!("a"), YES),
        ("ForAnyValue:StringNotEquals", &["a"], json!("a"), NO),
        ("ForAnyValue:StringNotEquals", &[], json!("a"), NO),
        ("ForAnyValue:StringLikeIfExists", &[], json!("a"), NO),
        ("ForAnyValue:StringNotEqualsIfExists", &[], json!("a"), NO),
        ("ForAllValues:StringLikeIfExists", &[], json!("a"), YES),
        ("ForAnyValue:NumericLessThan", &["x", "1"], json!("2"), YES),
    ]);
}

#[test]
fn several_values_without_a_set_operator_count_only_when_they_agree() {
    check(&[
        ("StringLike", &["ab", "ac"], json!("a*"), YES),
        ("StringLike", &["xb", "xc"], json!("a*"), NO),
        ("StringLike", &["ab", "xc"], json!("a*"), UNSURE),
    ]);
}

#[test]
fn null_asks_for_presence_alone() {
    check(&[
        ("Null", &[], json!("true"), YES),
        ("Null", &[], json!("false"), NO),
        ("Null", &["x"], json!(true), NO),
        ("Null", &["x"], json!(false), YES),
        ("Null", &[""], json!("false"), UNSURE),
        ("Null", &["x"], json!("maybe"), UNSURE),
    ]);
}

#[test]
fn unknown_operators_are_never_guessed() {
    for operator in [
        "stringequals",
        "StringMatches",
        "NumericAlmost",
        "DateWithin",
        "NullIfExists",
        "ForAllValues:Null",
        "ForSomeValues:StringEquals",
        "BoolIfExistsIfExists",
        "",
    ] {
        assert_eq!(both(operator, &["true"], &json!("true")), UNSURE, "{operator}");
    }
}

#[test]
fn all_operators_and_all_keys_must_hold() {
    let mut context = Context::new();
    context.set("app:A", "1");
    context.set("app:B", "2");
    let decided = |condition: Value| {
        let policy = json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*",
            "Condition": condition}});
        decide(&policy, "app:Do", "*", &context)
    };
    assert_eq!(decided(json!({})), Decision::Allow);
    assert_eq!(decided(json!({"StringEquals": {"app:A": "1", "app:B": "2"}})), Decision::Allow);
    assert_eq!(decided(json!({"StringEquals": {"app:A": "1", "app:B": "3"}})), Decision::ImplicitDeny);
    assert_eq!(
        decided(json!({"StringEquals": {"app:A": "1"}, "NumericLessThan": {"app:B": "2"}})),
        Decision::ImplicitDeny
    );
    assert_eq!(
        decided(json!({"Fancy": {"app:A": "1"}, "NumericLessThan": {"app:B": "2"}})),
        Decision::ImplicitDeny,
        "one test that fails settles it"
    );
}

#[test]
fn an_unsure_decision_says_what_is_not_known() {
    let policy = json!({"Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "Odd", "Effect": "Deny", "Action": "*", "Resource": "*",
         "Condition": {"NumericLessThan": {"app:A": "ten"}}}]});
    let mut context = Context::new();
    context.set("app:A", "1");
    let reason = "statement `Odd`: `ten`, for key `app:A`, is not a number";
    assert_eq!(decide(&policy, "app:Do", "*", &context), Decision::Unsure(reason.to_owned()));
}
