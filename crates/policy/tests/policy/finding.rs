//! Tests statements that only seem to enforce MFA, and their corrections.

use awsesame_policy::{Finding, Policy, Verdict, findings};
use serde_json::{Value, json};

use crate::alice;
use crate::decide::{everything, proof};

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

/// The effect, the condition, the name of the flaw, and the condition of the corrected statement.
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
        r#"{"NumericGreaterThanIfExists":{"aws:MultiFactorAuthAge":"3600"}}"#,
    ),
];

#[test]
fn each_unsound_form_is_named_with_its_remedy() {
    for (effect, condition, word, mended) in TABLE {
        let json = statement(effect, condition);
        let found = found(&json);
        // An operator for sets is a finding by itself.
        let sets = usize::from(condition.contains("ForAllValues"));
        assert_eq!(found.len(), 1 + sets, "{effect} {condition}: {found:?}");
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
    assert_eq!(found.len(), 2);
    assert_eq!(
        found[0].flaw.to_string(),
        "this Deny leaves open without MFA: iam:DeactivateMFADevice, iam:ListMFADeviceTags, iam:TagMFADevice, \
         iam:UntagMFADevice"
    );
    assert_eq!(found[1].flaw.word(), "leaves_enrollment");
}

#[test]
fn variables_in_the_old_language_are_plain_text() {
    let json = r#"{"Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "arn:aws:iam::*:user/${aws:username}"}]}"#;
    assert_eq!(found(json)[0].flaw.word(), "plain_variables");
}

/// The elements of a statement besides its effect and condition, the word of the hole in them, and a part of its
/// sentence.
const HOLES: &[(&str, &str, &str)] = &[
    (
        r#""Action": ["iam:*", "ec2:*", "s3:*"], "Resource": "*""#,
        "some_actions",
        "for iam:*, ec2:*, s3:* only",
    ),
    (
        r#""NotAction": ["dynamodb:*", "iam:GetUser"], "Resource": "*""#,
        "leaves_open",
        "dynamodb:BatchGetItem",
    ),
    (
        r#""NotAction": ["sts:GetFederationToken", "sts:AssumeRole"], "Resource": "*""#,
        "leaves_sts",
        "its trust policy",
    ),
    (
        r#""NotAction": ["signin:*", "iam:GetUser"], "Resource": "*""#,
        "leaves_sign_in",
        "signin:AuthorizeOAuth2Access, signin:CreateOAuth2Token; whoever has the password",
    ),
    (
        r#""NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "*""#,
        "leaves_enrollment",
        "enroll a device of their own",
    ),
    (
        r#""Action": "*", "NotResource": "arn:aws:s3:::public/*""#,
        "spares_resources",
        "everything on arn:aws:s3:::public/*",
    ),
    (r#""Action": "*", "Resource": "arn:aws:s3:::*""#, "some_resources", "some resources only"),
];

/// Returns the policy with its only statement corrected.
fn mended_policy(finding: &Finding) -> Value {
    let mended: Value = serde_json::from_str(finding.mended.as_deref().expect("a remedy")).expect("JSON");
    json!({"Version": "2012-10-17", "Statement": [mended]})
}

#[test]
fn every_kind_of_hole_has_its_sentence_and_a_remedy_that_is_decided_enforced() {
    let right = r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#;
    let secure = r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "Bool": {"aws:SecureTransport": "true"}}"#;
    let any = r#"{"ForAnyValue:BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#;
    let all = r#"{"ForAllValues:Bool": {"aws:MultiFactorAuthPresent": "false"}}"#;
    let everywhere = r#""Action": "*", "Resource": "*""#;
    let conditions = [
        (everywhere, secure, "asks_for_more", "`aws:SecureTransport` as well"),
        (everywhere, any, "set_operator", "`ForAnyValue:BoolIfExists`"),
        (everywhere, all, "set_operator", "`ForAllValues:Bool`"),
    ];
    let others = HOLES.iter().map(|(elements, word, said)| (*elements, right, *word, *said));
    for (elements, condition, word, said) in others.chain(conditions) {
        let json = format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", {elements}, "Condition": {condition}}}]}}"#
        );
        let deny: Value = serde_json::from_str(&json).expect("JSON");
        let before = proof(&[everything(), deny]).verdict;
        assert_eq!(before.is_enforced(), condition == all, "{word}: {before:?}");
        let found = found(&json);
        let finding = found.iter().find(|finding| finding.flaw.word() == word);
        let finding = finding.unwrap_or_else(|| panic!("{word} is not in {found:?}"));
        assert!(finding.flaw.to_string().contains(said), "{}", finding.flaw);
        let after = proof(&[everything(), mended_policy(finding)]);
        assert_eq!(after.verdict, Verdict::Enforced, "{word}: {:?}", finding.mended);
    }
}

#[test]
fn an_allow_without_mfa_beside_one_with_it_is_found_and_mended() {
    let with = r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#;
    let json = |other: &str| format!(r#"{{"Version": "2012-10-17", "Statement": [{with}, {other}]}}"#);
    let without = r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*"}"#;
    let region = r#"{"Effect": "Allow", "Action": "s3:Get*", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}}"#;
    for other in [without, region] {
        let found = found(&json(other));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!((found[0].flaw.word(), found[0].statement.as_str()), ("allows_beside", "statement 2"));
        let mended = json(found[0].mended.as_deref().expect("a remedy"));
        assert_eq!(
            proof(&[serde_json::from_str(&mended).expect("JSON")]).verdict,
            Verdict::Enforced,
            "{mended}"
        );
    }
    let harmless =
        r#"{"Effect": "Allow", "Action": ["iam:GetUser", "sts:GetSessionToken"], "Resource": "*"}"#;
    assert_eq!(found(&json(harmless)), []);
}

#[test]
fn a_remedy_keeps_a_limit_of_age() {
    for condition in [
        r#"{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "900"}}"#,
        r#"{"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "900"}, "Bool": {"aws:SecureTransport": "true"}}"#,
        r#"{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "900"}, "Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
    ] {
        let found = found(&statement("Deny", condition));
        let mended = mended_policy(&found[0]);
        let limit = &mended["Statement"][0]["Condition"]["NumericGreaterThanIfExists"];
        assert_eq!(limit["aws:MultiFactorAuthAge"], "900", "{mended}");
        assert_eq!(proof(&[everything(), mended]).verdict, Verdict::Enforced, "{condition}");
    }
}
