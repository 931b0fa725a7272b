//! Tests policies that are hard to read, unusual, or were once judged wrongly: the verdict is never "enforced" for a
//! wrong reason, and the message names the place.

use awsesame_policy::{Context, Decision, Policies, Policy, Request, Verdict, decide};
use serde_json::{Value, json};

use crate::decide::{NOW, deny, everything, proof};
use crate::{alice, policy};

fn identity(statement: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "iam:GetUser", "Resource": "*"}, statement]})
}

#[test]
fn what_cannot_be_read_for_certain_is_unsure_with_its_place() {
    let on = |resource: &str| json!({"Effect": "Deny", "Action": "s3:*", "Resource": resource, "Sid": "Odd"});
    let under = |condition: Value| json!({"Sid": "Odd", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition});
    let mut with_principal = on("*");
    with_principal["Principal"] = json!("*");
    let mut but_principal = on("*");
    but_principal["NotPrincipal"] = json!({"AWS": "arn:aws:iam::123456789012:root"});
    let cases = [
        (with_principal, "`Principal`"),
        (but_principal, "`NotPrincipal`"),
        (json!({"Sid": "Odd", "Effect": "Deny", "Action": "*"}), "must name a resource"),
        (
            under(json!({"BoolIfexists": {"aws:MultiFactorAuthPresent": "false"}})),
            "`BoolIfexists` is not known",
        ),
        (
            under(json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "an hour"}})),
            "`an hour` is no value for `NumericLessThan`",
        ),
        (under(json!({"DateLessThanIfExists": {"aws:CurrentTime": "tomorrow"}})), "`tomorrow` is no value"),
        (under(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "no"}})), "`no` is no value"),
        (under(json!({"NotIpAddressIfExists": {"aws:SourceIp": "300.1.2.3"}})), "`300.1.2.3` is no value"),
        (
            under(json!({"ArnNotLikeIfExists": {"aws:PrincipalArn": "user/alice"}})),
            "`user/alice` is no value",
        ),
        (under(json!({"Null": {"aws:MultiFactorAuthAge": "perhaps"}})), "`perhaps` is no value"),
        (under(json!({"BinaryEquals": {"app:Key": "%"}})), "`%` is no value"),
        (under(json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": []}})), "`BoolIfExists` has no value"),
        (under(json!({"Bool": {}})), "`Bool` has no value"),
        (
            json!({"Sid": "Odd", "Effect": "Deny", "Action": ["s3:*", "s3:Get Object"], "Resource": "*"}),
            "`s3:Get Object` is not the name of an action",
        ),
        (on("arn:AWS:s3:::data"), "`arn:AWS:s3:::data` is not an ARN of AWS"),
        (on("arn:awz:s3:::data"), "`arn:awz:s3:::data` is not an ARN of AWS"),
        (on("arn:aws:S3:::data"), "`arn:aws:S3:::data` is not an ARN of AWS"),
        (on("arn::s3:::data"), "`arn::s3:::data` is not an ARN of AWS"),
    ];
    for (statement, why) in cases {
        let proof = proof(&[everything(), deny("Action", &json!("*")), identity(&statement)]);
        assert_eq!(proof.verdict, Verdict::Unsure, "{statement}");
        let [defect] = &proof.defects[..] else { panic!("{:?}", proof.defects) };
        assert_eq!((defect.policy, defect.statement.as_str()), (Some(2), "statement `Odd`"), "{statement}");
        assert!(defect.why.contains(why), "{}", defect.why);
    }
    let mut plain = identity(&on("arn:aws:s3:::${aws:username}/*"));
    plain["Version"] = json!("2008-10-17");
    let proof = proof(&[everything(), deny("Action", &json!("*")), plain]);
    assert_eq!((proof.verdict, proof.defects.len()), (Verdict::Unsure, 1));
    // ARNs that IAM refuses make the policy invalid.
    for resource in ["bucket", "arn:aws:s3", "s3:::bucket", ""] {
        assert!(Policy::parse(&identity(&on(resource)).to_string()).is_err(), "{resource}");
    }
}

#[test]
fn a_variable_without_a_value_matters_only_where_it_could_match() {
    let unrelated =
        |resource: &str| identity(&json!({"Effect": "Deny", "Action": "*", "Resource": resource}));
    let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "dynamodb:Query", "Resource": "*"}});
    let elsewhere = proof(&[allow, unrelated("arn:aws:s3:::${aws:PrincipalTag/team}/*")]);
    assert_eq!(elsewhere.verdict, Verdict::NotEnforced, "{elsewhere:?}");
    let all = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::data/x"}});
    let perhaps = proof(&[all, unrelated("arn:aws:s3:::data/${aws:PrincipalTag/team}")]);
    assert_eq!(perhaps.verdict, Verdict::Unsure, "{perhaps:?}");
    assert!(perhaps.depends[0].contains("statement 2"), "{:?}", perhaps.depends);
}

#[test]
fn the_last_of_many_resources_is_tried() {
    let spared: Vec<String> = (0..400).map(|number| format!("arn:aws:nothing:::thing/{number}")).collect();
    let shut = proof(&[everything(), deny("NotResource", &json!(spared.clone()))]);
    assert!(!matches!(shut.verdict, Verdict::NotEnforced), "{shut:?}");
    let mut open = spared;
    open.push("arn:aws:dynamodb:*:*:table/public".to_owned());
    assert_eq!(proof(&[everything(), deny("NotResource", &json!(open))]).verdict, Verdict::NotEnforced);
}

#[test]
fn what_a_boundary_allows_by_itself_is_tried() {
    let everything = policy(&everything());
    let own: &[&Policy] = &[&everything];
    for (action, expected) in [("iam:GetUser", Verdict::Enforced), ("dynamodb:Query", Verdict::NotEnforced)] {
        let limit = policy(&json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}},
            {"Effect": "Allow", "Action": action, "Resource": "*"}]}));
        let within = Policies { boundary: Some(&limit), ..Policies::of(own) };
        assert_eq!(decide(&within, &alice(), NOW).verdict, expected, "{action}");
    }
}

#[test]
fn each_level_of_the_organization_has_to_allow() {
    let allow =
        |action: &str| policy(&json!({"Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}}));
    let (everything, s3, ec2) = (allow("*"), allow("s3:*"), allow("ec2:*"));
    let own: &[&Policy] = &[&everything];
    let context = Context::new();
    let request = Request {
        action: "s3:ListBucket",
        resource: "arn:aws:s3:::data",
        principal: None,
        context: &context,
    };
    let one: &[&Policy] = &[&s3, &ec2];
    let (root, unit): (&[&Policy], &[&Policy]) = (&[&s3], &[&ec2]);
    for (organization, expected) in [
        (&[one][..], Decision::Allow),
        (&[root, unit], Decision::ImplicitDeny),
        (&[root, root], Decision::Allow),
    ] {
        let policies = Policies { organization, ..Policies::of(own) };
        assert_eq!(policies.rule(&request).decision, expected);
        let verdict = decide(&policies, &alice(), NOW).verdict;
        assert_eq!(verdict == Verdict::NotEnforced, expected == Decision::Allow, "{verdict:?}");
    }
}

#[test]
fn who_can_become_an_administrator_is_told_apart() {
    for (action, takes_over) in [
        ("iam:AddUserToGroup", true),
        ("iam:AttachUserPolicy", true),
        ("iam:CreatePolicyVersion", true),
        ("iam:UpdateLoginProfile", true),
        ("s3:GetObject", false),
        ("ec2:TerminateInstances", false),
    ] {
        let allow = json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": "*"}});
        assert_eq!(proof(&[allow]).takes_over, takes_over, "{action}");
    }
}

#[test]
fn a_trust_policy_is_judged_beside_nothing() {
    let trust = policy(&json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Deny", "Principal": "*", "Action": "sts:AssumeRole",
         "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]}));
    assert!(!trust.denies_by_mfa(), "it is made for no identity policies");
    assert_eq!(decide(&Policies::of(&[&trust]), &alice(), NOW).verdict, Verdict::Unsure);
}

#[test]
fn a_harmless_allow_beside_a_denial_changes_nothing() {
    let harmless = identity(&json!({"Effect": "Allow", "Action": "iam:List*MFADevices", "Resource": "*"}));
    let plain = proof(&[everything(), deny("Action", &json!("*"))]);
    let beside = proof(&[everything(), deny("Action", &json!("*")), harmless]);
    assert_eq!((plain.verdict, beside.verdict), (Verdict::Enforced, Verdict::Enforced));
}
