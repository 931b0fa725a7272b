//! Tests for which users policies are judged: the policies of a file can be attached to any user.

use awsesame_policy::{Policies, Policy, Proof, Subject, Verdict, Whose, decide, decide_for};
use serde_json::{Value, json};

use crate::decide::{NOW, everything};
use crate::{alice, policy};

/// Returns a Deny without MFA with a further condition, beside an Allow of everything.
fn asking(more: &Value) -> [Policy; 2] {
    let mut condition = more.clone();
    condition["BoolIfExists"] = json!({"aws:MultiFactorAuthPresent": "false"});
    let denial = json!({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": condition}});
    [policy(&everything()), policy(&denial)]
}

fn proof(policies: &[Policy], subject: &Subject, whose: Whose) -> Proof {
    let policies: Vec<&Policy> = policies.iter().collect();
    decide_for(&Policies::of(&policies), subject, whose, NOW)
}

#[test]
fn a_policy_that_spares_somebody_is_not_enforced_for_whoever_may_have_it() {
    use Verdict::{Enforced, NotEnforced};
    for (more, of_a_user, of_anybody) in [
        (json!({"StringNotEquals": {"aws:username": "ci-bot"}}), NotEnforced, NotEnforced),
        (json!({"StringNotLike": {"aws:username": "ci-*"}}), NotEnforced, NotEnforced),
        (json!({"StringNotEqualsIgnoreCase": {"aws:username": "CI-bot"}}), NotEnforced, NotEnforced),
        (json!({"StringLike": {"aws:username": "*"}}), Enforced, Enforced),
        (json!({"StringNotLike": {"aws:username": "a/b"}}), Enforced, Enforced),
        (
            json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/break-glass"}}),
            NotEnforced,
            NotEnforced,
        ),
        (json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/bots/*"}}), NotEnforced, NotEnforced),
        (json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}), Enforced, Enforced),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}), Enforced, Enforced),
        (json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/*"}}), Enforced, NotEnforced),
        (json!({"StringEquals": {"aws:PrincipalAccount": "123456789012"}}), Enforced, NotEnforced),
        (json!({"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}), Enforced, NotEnforced),
        (
            json!({"StringNotEquals": {"aws:username": ["ci", "bot"]}, "ArnNotLike": {"aws:PrincipalArn": "*:user/ops/*"}}),
            NotEnforced,
            NotEnforced,
        ),
    ] {
        let policies = asking(&more);
        assert_eq!(proof(&policies, &alice(), Whose::AnyUser).verdict, of_a_user, "{more}");
        assert_eq!(proof(&policies, &alice(), Whose::Anybody).verdict, of_anybody, "{more}");
    }
}

/// Checks an Allow without MFA on a resource of some user, beside a Deny of everything except for the caller's own
/// resources.
#[test]
fn a_name_within_a_word_is_somebodys_too() {
    let own = |allow: Value, elements: Value| {
        let mut deny = elements;
        deny["Effect"] = json!("Deny");
        deny["Action"] = json!("*");
        [policy(&json!({"Version": "2012-10-17", "Statement": [allow, deny]}))]
    };
    let s3 = |arn: &str| json!({"Effect": "Allow", "Action": "s3:GetObject", "Resource": arn});
    let but = |arn: &str| json!({"NotResource": arn});
    let prefix = |operator: &str, prefix: &str| json!({operator: {"s3:prefix": prefix}});
    let mut listed = json!({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"});
    listed["Condition"] = prefix("StringEquals", "bob/");
    let mut unlisted = json!({"Resource": "*"});
    unlisted["Condition"] = prefix("StringNotEquals", "${aws:username}/");
    for (policies, of_a_user) in [
        (
            own(s3("arn:aws:s3:::bob-data/*"), but("arn:aws:s3:::${aws:username}-data/*")),
            Verdict::NotEnforced,
        ),
        (
            own(s3("arn:aws:s3:::b?b-data/*"), but("arn:aws:s3:::${aws:username}-data/*")),
            Verdict::NotEnforced,
        ),
        (
            own(s3("arn:aws:s3:::home/bob/*"), but("arn:aws:s3:::home/${AWS:UserName}/*")),
            Verdict::NotEnforced,
        ),
        (
            own(s3("arn:aws:s3:::logs-999999999999/*"), but("arn:aws:s3:::logs-${aws:PrincipalAccount}/*")),
            Verdict::Enforced,
        ),
        (own(listed, unlisted), Verdict::NotEnforced),
    ] {
        assert_eq!(proof(&policies, &alice(), Whose::AnyUser).verdict, of_a_user, "{policies:?}");
        assert_eq!(proof(&policies, &alice(), Whose::Anybody).verdict, Verdict::NotEnforced, "{policies:?}");
    }
}

#[test]
fn a_path_is_told_apart_where_a_variable_stands_for_the_name() {
    for (more, expected) in [
        (
            json!({"ArnNotEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/bots/${aws:username}"}}),
            Verdict::NotEnforced,
        ),
        (json!({"StringNotLike": {"aws:PrincipalArn": "*:user/ops/${aws:username}"}}), Verdict::NotEnforced),
        // Nothing can be proven about a name that is compared as a number.
        (json!({"NumericEquals": {"aws:PrincipalAccount": "123456789012"}}), Verdict::Unsure),
    ] {
        let policies = asking(&more);
        assert_eq!(proof(&policies, &alice(), Whose::AnyUser).verdict, expected, "{more}");
    }
}

#[test]
fn whoever_is_spared_is_told_with_the_witness() {
    let policies = asking(&json!({"StringNotEquals": {"aws:username": "ci-bot"}}));
    let proof = proof(&policies, &alice(), Whose::AnyUser);
    let told = ("aws:username".to_owned(), vec!["ci-bot".to_owned()]);
    assert!(proof.witnesses.iter().all(|witness| witness.circumstance.contains(&told)), "{proof:?}");
}

#[test]
fn name_and_path_are_of_one_user() {
    // No user has this path and another name.
    let only = |more: Value| asking(&more)[1].clone();
    let policies = [
        policy(&everything()),
        only(json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ops/*ann"}})),
        only(json!({"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/ops/*"}})),
        only(json!({"StringNotEquals": {"aws:username": "ann"}})),
    ];
    assert_eq!(proof(&policies, &alice(), Whose::Anybody).verdict, Verdict::Enforced);
}

#[test]
fn a_name_in_a_resource_is_somebodys() {
    let allow = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/*"},
        {"Effect": "Deny", "Action": "*", "NotResource": "arn:aws:s3:::home/bob/*",
            "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}},
    ]});
    let policies = [policy(&allow)];
    assert_eq!(proof(&policies, &alice(), Whose::Known).verdict, Verdict::Enforced);
    assert_eq!(proof(&policies, &alice(), Whose::AnyUser).verdict, Verdict::NotEnforced);
}

#[test]
fn a_path_that_is_not_known_is_no_reason_for_a_verdict() {
    let known = |path: &str| Subject { path: Some(path.into()), ..alice() };
    let unknown = Subject { path: None, ..alice() };
    let policies = asking(&json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/alice"}}));
    let policies: Vec<&Policy> = policies.iter().collect();
    let verdict = |subject: &Subject| decide(&Policies::of(&policies), subject, NOW).verdict;
    assert_eq!(verdict(&known("/")), Verdict::Enforced);
    assert_eq!(verdict(&known("/staff/")), Verdict::NotEnforced);
    assert_eq!(verdict(&unknown), Verdict::Unsure);
    let policies = asking(&json!({"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*alice"}}));
    let policies: Vec<&Policy> = policies.iter().collect();
    assert_eq!(decide(&Policies::of(&policies), &unknown, NOW).verdict, Verdict::Enforced);
}

#[test]
fn too_many_kinds_of_users_are_unsure() {
    let names: Vec<String> = (0..100).map(|number| format!("user-{number}")).collect();
    let policies = asking(&json!({"StringNotEquals": {"aws:username": names}}));
    assert_ne!(proof(&policies, &alice(), Whose::AnyUser).verdict, Verdict::Enforced);
    let each: Vec<Policy> = (0..100)
        .map(|number| asking(&json!({"StringLike": {"aws:username": format!("user-{number}*")}}))[1].clone())
        .chain([
            asking(&json!({"StringNotLike": {"aws:username": "user-*"}}))[1].clone(),
            policy(&everything()),
        ])
        .collect();
    assert_eq!(proof(&each, &alice(), Whose::AnyUser).verdict, Verdict::Unsure);
}
