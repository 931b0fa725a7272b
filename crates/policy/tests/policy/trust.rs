//! Tests trust policies: which callers a principal includes.

use awsesame_policy::{Context, Decision, Principal, Request, evaluate_trust};
use serde_json::{Value, json};

use crate::{context, name, policy};

const ACCOUNT: &str = "111122223333";
const ROLE: &str = "arn:aws:iam::111122223333:role/team/deploy";
const SESSION: &str = "arn:aws:sts::111122223333:assumed-role/deploy/alice";
const ALICE: &str = "arn:aws:iam::111122223333:user/alice";
const ROOT: &str = "arn:aws:iam::111122223333:root";
const SAML: &str = "arn:aws:iam::111122223333:saml-provider/corp";

fn caller(arn: &str) -> Principal {
    let account = arn.split(':').nth(4).unwrap_or_default().to_owned();
    Principal { arn: arn.to_owned(), account }
}

fn decide(statement: &Value, arn: Option<&str>, context: &Context) -> Decision {
    let principal = arn.map(caller);
    let request =
        Request { action: "sts:AssumeRole", resource: ROLE, principal: principal.as_ref(), context };
    evaluate_trust(&policy(&json!({"Version": "2012-10-17", "Statement": statement})), &request)
}

fn allowed(principal: &Value, arn: Option<&str>) -> &'static str {
    let statement = json!({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"});
    name(&decide(&statement, arn, &Context::new()))
}

#[test]
fn principals_name_callers() {
    let (yes, no, unsure) = ("allow", "implicit deny", "unsure");
    let other = "arn:aws:iam::999988887777:user/alice";
    let (other_session, other_partition) =
        ("arn:aws:sts::111122223333:assumed-role/deployer/alice", "arn:aws-cn:iam::111122223333:user/alice");
    for (principal, arn, expected) in [
        (json!("*"), ALICE, yes),
        (json!({"AWS": "*"}), ALICE, yes),
        (json!({"AWS": ACCOUNT}), ALICE, yes),
        (json!({"AWS": ACCOUNT}), SESSION, yes),
        (json!({"AWS": ACCOUNT}), ROOT, yes),
        (json!({"AWS": ACCOUNT}), other, no),
        (json!({"AWS": ROOT}), ALICE, yes),
        (json!({"AWS": ROOT}), other, no),
        (json!({"AWS": ROOT}), other_partition, no),
        (json!({"AWS": ALICE}), ALICE, yes),
        (json!({"AWS": ALICE}), "arn:aws:iam::111122223333:user/Alice", no),
        (json!({"AWS": ALICE}), ROOT, no),
        (json!({"AWS": [other, ALICE]}), ALICE, yes),
        (json!({"AWS": ROLE}), SESSION, yes),
        (json!({"AWS": ROLE}), ROLE, yes),
        (json!({"AWS": "arn:aws:iam::111122223333:role/deploy"}), SESSION, yes),
        (json!({"AWS": ROLE}), other_session, no),
        (json!({"AWS": "arn:aws:iam::999988887777:role/deploy"}), SESSION, no),
        (json!({"AWS": SESSION}), SESSION, yes),
        (json!({"AWS": SESSION}), "arn:aws:sts::111122223333:assumed-role/deploy/bob", no),
        (json!({"AWS": "arn:aws:sts::111122223333:federated-user/eve"}), ALICE, no),
        (json!({"AWS": "AIDAEXAMPLEEXAMPLE123"}), ALICE, unsure),
        (json!({"Service": "ec2.amazonaws.com"}), "ec2.amazonaws.com", yes),
        (json!({"Service": "ec2.amazonaws.com"}), "ecs.amazonaws.com", no),
        (json!({"Service": "*"}), ALICE, no),
        (json!({"Service": "*"}), "ec2.amazonaws.com", unsure),
        (json!({"AWS": ACCOUNT}), "ec2.amazonaws.com", no),
        (json!({"AWS": "*"}), "ec2.amazonaws.com", unsure),
        (json!({"Federated": SAML}), SAML, yes),
        (json!({"Federated": SAML}), ALICE, no),
        (json!({"Federated": "accounts.google.com"}), "accounts.google.com", yes),
        (json!({"AWS": ROOT}), SAML, no),
        (json!({"CanonicalUser": "79a59df900b949e5"}), ALICE, unsure),
        (json!({"CanonicalUser": "79a59df900b949e5", "AWS": ALICE}), ALICE, yes),
    ] {
        assert_eq!(allowed(&principal, Some(arn)), expected, "{principal} {arn}");
    }
}

#[test]
fn a_caller_without_a_name_is_only_everyone() {
    assert_eq!(allowed(&json!("*"), None), "allow");
    assert_eq!(allowed(&json!({"AWS": "*"}), None), "allow");
    assert_eq!(allowed(&json!({"AWS": ACCOUNT}), None), "implicit deny");
    assert_eq!(allowed(&json!({"Service": "*"}), None), "implicit deny");
}

#[test]
fn a_unique_id_is_matched_by_the_callers_own() {
    let statement = json!({"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"AWS": ["AIDAEXAMPLEEXAMPLE123", "AROAEXAMPLEEXAMPLE123"]}});
    let with = |id| name(&decide(&statement, Some(ALICE), &context(&[("aws:userid", id)])));
    assert_eq!(with("AIDAEXAMPLEEXAMPLE123"), "allow");
    assert_eq!(with("AROAEXAMPLEEXAMPLE123:alice"), "allow");
    assert_eq!(with("AIDAEXAMPLEEXAMPLE124"), "implicit deny");
}

#[test]
fn not_principal_spares_only_those_named_with_their_account() {
    for (listed, arn, expected) in [
        (json!({"AWS": [ALICE, ROOT]}), ALICE, "allow"),
        (json!({"AWS": [ALICE, ACCOUNT]}), ALICE, "allow"),
        (json!({"AWS": [SESSION, ROLE, ROOT]}), SESSION, "allow"),
        (json!({"AWS": "*"}), ALICE, "allow"),
        (json!({"AWS": ROOT}), ROOT, "allow"),
        (json!({"AWS": ALICE}), ALICE, "unsure"),
        (json!({"AWS": ROOT}), ALICE, "unsure"),
        (json!({"AWS": [ROLE, ROOT]}), SESSION, "unsure"),
        (json!({"AWS": [SESSION, ROOT]}), SESSION, "unsure"),
        (json!({"AWS": [ALICE]}), SESSION, "explicit deny"),
        (json!({"Service": "ec2.amazonaws.com"}), ALICE, "explicit deny"),
    ] {
        let statements = json!([
            {"Effect": "Allow", "Principal": "*", "Action": "*"},
            {"Effect": "Deny", "NotPrincipal": listed, "Action": "*"}]);
        let decision = decide(&statements, Some(arn), &Context::new());
        assert_eq!(name(&decision), expected, "{listed} {arn}");
    }
}

#[test]
fn allow_for_all_but_some_is_taken_at_its_word() {
    let statement = json!({"Effect": "Allow", "NotPrincipal": {"AWS": ALICE}, "Action": "*"});
    assert_eq!(decide(&statement, Some(ALICE), &Context::new()), Decision::ImplicitDeny);
    assert_eq!(decide(&statement, Some(SESSION), &Context::new()), Decision::Allow);
    assert_eq!(decide(&statement, None, &Context::new()), Decision::Allow);
}

#[test]
fn a_role_that_wants_mfa_admits_only_sessions_with_it() {
    let statement = json!({"Effect": "Allow", "Principal": {"AWS": ROOT}, "Action": "sts:AssumeRole",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"},
                      "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}});
    let with = |keys: &[(&str, &str)]| name(&decide(&statement, Some(ALICE), &context(keys)));
    let age = "aws:MultiFactorAuthAge";
    let present = "aws:MultiFactorAuthPresent";
    assert_eq!(with(&[(present, "true"), (age, "10")]), "allow");
    assert_eq!(with(&[(present, "true"), (age, "7200")]), "implicit deny");
    assert_eq!(with(&[(present, "false")]), "implicit deny");
    assert_eq!(with(&[]), "implicit deny");
}

#[test]
fn a_bucket_policy_names_its_resources_too() {
    let of = |resource| {
        let statement = json!({"Effect": "Allow", "Principal": "*", "Action": "*",
            "Resource": resource});
        name(&decide(&statement, None, &Context::new()))
    };
    assert_eq!(of("arn:aws:iam::111122223333:role/*"), "allow");
    assert_eq!(of("arn:aws:iam::111122223333:user/*"), "implicit deny");
}

#[test]
fn an_identity_policy_is_no_trust_policy() {
    let statement = json!({"Effect": "Allow", "Action": "*", "Resource": "*"});
    let reason = "statement 1: a trust policy must name a principal";
    assert_eq!(decide(&statement, Some(ALICE), &Context::new()), Decision::Unsure(reason.to_owned()));
}
