//! Statements that only seem to force MFA, and what would.

use awsesame_policy::{Finding, Policy, findings};

use crate::alice;

fn found(json: &str) -> Vec<Finding> {
    let policy = Policy::parse(json).expect("a policy");
    findings(&policy, json, &alice())
}

fn statement(effect: &str, condition: &str) -> String {
    format!(
        "{{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [\n    {{\n      \"Effect\": \"{effect}\",\n      \
         \"Action\": \"*\",\n      \"Resource\": \"*\",\n      \"Condition\": {condition}\n    }}\n  ]\n}}\n"
    )
}

/// Effect, condition, the flaw by its word, and the condition of the mended statement.
const TABLE: &[(&str, &str, &str, &str)] = &[
    (
        "Deny",
        r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
        "deny_spares_bare_key",
        r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    ),
    (
        "Allow",
        r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": true}}"#,
        "allow_admits_bare_key",
        r#"{"Bool": {"aws:MultiFactorAuthPresent": true}}"#,
    ),
    (
        "Deny",
        r#"{"NumericGreaterThan" : {"aws:MultiFactorAuthAge": "3600"}}"#,
        "deny_spares_bare_key",
        r#"{"NumericGreaterThanIfExists" : {"aws:MultiFactorAuthAge": "3600"}}"#,
    ),
    (
        "Allow",
        r#"{"NumericLessThanIfExists": {"AWS:multifactorauthage": 3600}}"#,
        "allow_admits_bare_key",
        r#"{"NumericLessThan": {"AWS:multifactorauthage": 3600}}"#,
    ),
    // A session without MFA has the key, and it is `false`.
    (
        "Deny",
        r#"{"Null": {"aws:MultiFactorAuthPresent": "true"}}"#,
        "deny_spares_session",
        r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
    ),
    (
        "Allow",
        r#"{"Null": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {"aws:RequestedRegion": "eu-central-1"}}"#,
        "allow_admits_session",
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"},"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}"#,
    ),
    (
        "Deny",
        r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#,
        "deny_spares_session",
        r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
    ),
    (
        "Allow",
        r#"{"ForAllValues:Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
        "allow_admits_bare_key",
        r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    ),
    (
        "Allow",
        r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
        "allow_admits_session",
        r#"{"Bool":{"aws:MultiFactorAuthPresent":"true"}}"#,
    ),
    // Tests in one condition hold together or not at all: nobody is without MFA and old.
    (
        "Deny",
        r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}"#,
        "deny_spares_old_mfa",
        r#"{"BoolIfExists":{"aws:MultiFactorAuthPresent":"false"}}"#,
    ),
];

#[test]
fn each_unsound_form_is_named_with_its_remedy() {
    for (effect, condition, word, mended) in TABLE {
        let json = statement(effect, condition);
        let found = found(&json);
        assert_eq!(found.len(), 1, "{effect} {condition}: {found:?}");
        assert_eq!(found[0].flaw.word(), *word, "{effect} {condition}");
        assert!(found[0].flaw.is_unsound());
        assert_eq!(found[0].line, 8, "{effect} {condition}");
        let expected = format!(
            "{{\n  \"Effect\": \"{effect}\",\n  \"Action\": \"*\",\n  \"Resource\": \"*\",\n  \"Condition\": {mended}\n}}"
        );
        assert_eq!(found[0].mended.as_deref(), Some(expected.as_str()), "{effect} {condition}");
    }
}

#[test]
fn sound_forms_are_left_in_peace() {
    for (effect, condition) in [
        ("Allow", r#"{"Bool": {"aws:MultiFactorAuthPresent": "true"}}"#),
        ("Allow", r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#),
        ("Allow", r#"{"Null": {"aws:MultiFactorAuthAge": "false"}}"#),
        ("Deny", r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#),
        ("Deny", r#"{"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}"#),
        ("Deny", r#"{"Null": {"aws:MultiFactorAuthAge": "true"}}"#),
        ("Deny", r#"{"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}"#),
    ] {
        assert_eq!(found(&statement(effect, condition)), [], "{effect} {condition}");
    }
}

#[test]
fn a_statement_without_a_list_around_it_is_found_too() {
    let json = "{\"Statement\":\n {\"Sid\": \"Force\", \"Effect\": \"Deny\", \"Action\": \"*\", \"Resource\": \"*\",\n \
                \"Condition\":\n  {\"Bool\":\n {\"aws:MultiFactorAuthPresent\": false}}}}";
    let found = found(json);
    assert_eq!((found[0].line, found[0].statement.as_str()), (5, "statement `Force`"));
    assert!(found[0].mended.as_ref().unwrap().contains("\"BoolIfExists\":"));
}

#[test]
fn an_unknown_operator_is_named_where_it_stands() {
    let found = found(&statement("Deny", r#"{"BoolIfExist": {"aws:MultiFactorAuthPresent": "false"}}"#));
    assert_eq!((found.len(), found[0].flaw.word(), found[0].line), (1, "unknown_operator", 8));
    assert!(found[0].flaw.is_unsound());
}

#[test]
fn what_a_denial_leaves_open_to_a_thief_is_named() {
    let json = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Resource": "*",
        "NotAction": ["iam:*MFA*", "sts:GetSessionToken"],
        "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}"#;
    let found = found(json);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].flaw.to_string(), "this Deny leaves open without MFA: iam:DeactivateMFADevice");
}

#[test]
fn variables_in_the_old_language_are_plain_text() {
    let json = r#"{"Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/${aws:username}"}]}"#;
    assert_eq!(found(json)[0].flaw.word(), "plain_variables");
}
