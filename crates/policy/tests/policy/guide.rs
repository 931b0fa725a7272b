//! Tests the example identity policies of the IAM user guide, with the effects that the guide describes. Each is
//! written in the same form ("Example IAM identity-based policies", "Condition policy examples", "Permissions
//! boundaries for IAM entities").

use awsesame_policy::{Context, Decision, Layer, Policies, Policy, Request};
use serde_json::{Value, json};

use crate::{context, decide, name, policy};

/// One request: its action, its resource, its keys with their values, what becomes of it.
type Case<'a> = (&'a str, &'a str, &'a [(&'a str, &'a [&'a str])], &'a str);

fn keys(pairs: &[(&str, &[&str])]) -> Context {
    let mut context = Context::new();
    for (key, values) in pairs {
        context.set_many(key, values.iter().map(ToString::to_string).collect());
    }
    context
}

fn check(json: &Value, cases: &[Case<'_>]) {
    for (action, resource, pairs, expected) in cases {
        let decision = decide(json, action, resource, &keys(pairs));
        assert_eq!(name(&decision), *expected, "{action} {resource} {pairs:?} under {json}");
    }
}

fn allow(action: &Value, resource: &Value, condition: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": action, "Resource": resource, "Condition": condition}]})
}

#[test]
fn a_quarter_of_a_year_is_bounded_on_both_sides() {
    let policy = allow(
        &json!("ec2:*"),
        &json!("*"),
        &json!({"DateGreaterThan": {"aws:CurrentTime": "2020-04-01T00:00:00Z"},
            "DateLessThan": {"aws:CurrentTime": "2020-06-30T23:59:59Z"}}),
    );
    let at = |time: &'static str, expected: &'static str| {
        check(&policy, &[("ec2:StopInstances", "*", &[("aws:CurrentTime", &[time])], expected)]);
    };
    at("2020-05-20T12:00:00Z", "allow");
    at("2020-03-31T23:59:59Z", "implicit deny");
    at("2020-07-01T00:00:00Z", "implicit deny");
    at("2020-04-01T00:00:00Z", "implicit deny");
}

#[test]
fn addresses_outside_the_company_are_denied_but_not_services_on_its_behalf() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
            "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]},
            "Bool": {"aws:ViaAWSService": "false"}}}]});
    check(
        &policy,
        &[
            (
                "s3:GetObject",
                "*",
                &[("aws:SourceIp", &["192.0.2.7"]), ("aws:ViaAWSService", &["false"])],
                "allow",
            ),
            (
                "s3:GetObject",
                "*",
                &[("aws:SourceIp", &["198.51.100.7"]), ("aws:ViaAWSService", &["false"])],
                "explicit deny",
            ),
            (
                "s3:GetObject",
                "*",
                &[("aws:SourceIp", &["198.51.100.7"]), ("aws:ViaAWSService", &["true"])],
                "allow",
            ),
            // A request through a VPC endpoint has no source address, and a negated match is true without one.
            ("s3:GetObject", "*", &[("aws:ViaAWSService", &["false"])], "explicit deny"),
        ],
    );
}

#[test]
fn instances_are_their_owners_by_tag() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["ec2:StartInstances", "ec2:StopInstances"],
         "Resource": "arn:aws:ec2:*:*:instance/*",
         "Condition": {"StringEquals": {"aws:ResourceTag/Owner": "${aws:username}"}}},
        {"Effect": "Allow", "Action": "ec2:DescribeInstances", "Resource": "*"}]});
    let instance = "arn:aws:ec2:us-east-1:111122223333:instance/i-0";
    check(
        &policy,
        &[
            (
                "ec2:StopInstances",
                instance,
                &[("aws:username", &["alice"]), ("aws:ResourceTag/Owner", &["alice"])],
                "allow",
            ),
            (
                "ec2:StopInstances",
                instance,
                &[("aws:username", &["bob"]), ("aws:ResourceTag/Owner", &["alice"])],
                "implicit deny",
            ),
            // Condition keys know no case, their values do.
            (
                "ec2:StopInstances",
                instance,
                &[("aws:username", &["alice"]), ("aws:resourcetag/owner", &["alice"])],
                "allow",
            ),
            (
                "ec2:StopInstances",
                instance,
                &[("aws:username", &["alice"]), ("aws:ResourceTag/Owner", &["Alice"])],
                "implicit deny",
            ),
            ("ec2:StopInstances", instance, &[("aws:username", &["alice"])], "implicit deny"),
            ("ec2:DescribeInstances", "*", &[], "allow"),
        ],
    );
}

#[test]
fn a_tag_of_the_caller_has_to_be_that_of_the_thing() {
    let policy = allow(
        &json!(["ec2:startInstances", "ec2:stopInstances"]),
        &json!("*"),
        &json!({"StringEquals": {"aws:ResourceTag/CostCenter": "${aws:PrincipalTag/CostCenter}"}}),
    );
    check(
        &policy,
        &[
            (
                "ec2:StartInstances",
                "*",
                &[("aws:ResourceTag/CostCenter", &["7"]), ("aws:PrincipalTag/CostCenter", &["7"])],
                "allow",
            ),
            (
                "ec2:StartInstances",
                "*",
                &[("aws:ResourceTag/CostCenter", &["8"]), ("aws:PrincipalTag/CostCenter", &["7"])],
                "implicit deny",
            ),
        ],
    );
}

#[test]
fn volumes_are_tagged_with_a_project_and_never_in_production() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "ec2:CreateVolume", "Resource": "*"},
        {"Effect": "Allow", "Action": "ec2:CreateTags", "Resource": "arn:aws:ec2:us-east-1:123456789012:*/*",
         "Condition": {"StringLike": {"aws:RequestTag/project": "*"},
                       "StringNotEquals": {"aws:ResourceTag/environment": "production"}}}]});
    let volume = "arn:aws:ec2:us-east-1:123456789012:volume/vol-0";
    check(
        &policy,
        &[
            (
                "ec2:CreateTags",
                volume,
                &[("aws:RequestTag/project", &["a"]), ("aws:ResourceTag/environment", &["preprod"])],
                "allow",
            ),
            ("ec2:CreateTags", volume, &[("aws:RequestTag/project", &["a"])], "allow"),
            (
                "ec2:CreateTags",
                volume,
                &[("aws:RequestTag/project", &["a"]), ("aws:ResourceTag/environment", &["production"])],
                "implicit deny",
            ),
            ("ec2:CreateTags", volume, &[("aws:ResourceTag/environment", &["preprod"])], "implicit deny"),
        ],
    );
}

#[test]
fn tag_keys_are_weighed_all_or_any() {
    let denial = |operator: &str| {
        json!({"Version": "2012-10-17", "Statement": [
            {"Effect": "Allow", "Action": "*", "Resource": "*"},
            {"Effect": "Deny", "Action": "iam:Tag*", "Resource": "*",
             "Condition": {operator: {"aws:TagKeys": "key1*"}}}]})
    };
    let tags = |tags: &'static [&'static str]| [("aws:TagKeys", tags)];
    for (tagged, all, any) in [
        (&["key1"][..], "explicit deny", "explicit deny"),
        (&["key1:legal", "key1:eu"][..], "explicit deny", "explicit deny"),
        (&["key1", "key2"][..], "allow", "explicit deny"),
        (&["key2"][..], "allow", "allow"),
        // No tags at all: all of none match, and not one of them does.
        (&[][..], "explicit deny", "allow"),
    ] {
        check(&denial("ForAllValues:StringLike"), &[("iam:TagUser", "*", &tags(tagged), all)]);
        check(&denial("ForAnyValue:StringLike"), &[("iam:TagUser", "*", &tags(tagged), any)]);
    }
}

#[test]
fn a_role_is_passed_to_one_service_alone() {
    let policy = allow(
        &json!("iam:PassRole"),
        &json!("arn:aws:iam::*:role/CloudWatch*"),
        &json!({"StringEquals": {"iam:PassedToService": "cloudwatch.amazonaws.com"}}),
    );
    let role = "arn:aws:iam::111122223333:role/CloudWatchAlarms";
    let service = |name: &'static [&'static str]| [("iam:PassedToService", name)];
    check(
        &policy,
        &[
            ("iam:PassRole", role, &service(&["cloudwatch.amazonaws.com"]), "allow"),
            ("iam:PassRole", role, &service(&["ec2.amazonaws.com"]), "implicit deny"),
            (
                "iam:PassRole",
                "arn:aws:iam::111122223333:role/Other",
                &service(&["cloudwatch.amazonaws.com"]),
                "implicit deny",
            ),
        ],
    );
}

#[test]
fn a_resource_left_out_is_denied_by_not_resource() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": ["arn:aws:s3:::pay", "arn:aws:s3:::pay/*"]},
        {"Effect": "Deny", "NotAction": "s3:*", "NotResource": ["arn:aws:s3:::pay", "arn:aws:s3:::pay/*"]}]});
    check(
        &policy,
        &[
            ("s3:GetObject", "arn:aws:s3:::pay/slip", &[], "allow"),
            ("s3:GetObject", "arn:aws:s3:::other/x", &[], "implicit deny"),
            ("ec2:DescribeInstances", "*", &[], "explicit deny"),
        ],
    );
}

#[test]
fn deleting_needs_a_code_of_the_last_hour() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*",
         "Condition": {"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}}]});
    check(
        &policy,
        &[
            ("s3:DeleteObject", "*", &[("aws:MultiFactorAuthAge", &["3599"])], "allow"),
            ("s3:DeleteObject", "*", &[("aws:MultiFactorAuthAge", &["3601"])], "explicit deny"),
            ("s3:GetObject", "*", &[("aws:MultiFactorAuthAge", &["3601"])], "allow"),
            ("s3:DeleteObject", "*", &[], "explicit deny"),
        ],
    );
}

#[test]
fn objects_are_put_only_with_the_encryption_asked_for() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:PutObject", "Resource": "*",
         "Condition": {"Null": {"s3:x-amz-server-side-encryption": "true"}}}]});
    check(
        &policy,
        &[
            ("s3:PutObject", "*", &[("s3:x-amz-server-side-encryption", &["aws:kms"])], "allow"),
            ("s3:PutObject", "*", &[], "explicit deny"),
        ],
    );
}

#[test]
fn arns_are_compared_part_by_part() {
    let policy = allow(
        &json!("sns:Publish"),
        &json!("*"),
        &json!({"ArnLike": {"aws:SourceArn": "arn:aws:s3:::pay-*"}}),
    );
    check(
        &policy,
        &[
            ("sns:Publish", "*", &[("aws:SourceArn", &["arn:aws:s3:::pay-2026"])], "allow"),
            ("sns:Publish", "*", &[("aws:SourceArn", &["arn:aws:s3:eu-west-1::pay-2026"])], "implicit deny"),
        ],
    );
}

/// Returns the boundary of the guide: three services and nothing else.
fn three_services() -> Policy {
    policy(&json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "cloudwatch:*", "ec2:*"], "Resource": "*"}]}))
}

#[test]
fn a_boundary_gives_nothing_and_takes_what_it_does_not_name() {
    let boundary = three_services();
    let creates = policy(&json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": ["iam:CreateUser", "s3:ListAllMyBuckets"], "Resource": "*"}}));
    let context = context(&[]);
    for (action, decision, layer) in [
        ("iam:CreateUser", Decision::ImplicitDeny, Layer::Boundary),
        ("ec2:RunInstances", Decision::ImplicitDeny, Layer::Identity),
        ("s3:ListAllMyBuckets", Decision::Allow, Layer::Identity),
    ] {
        let request = Request { action, resource: "*", principal: None, context: &context };
        let policies = Policies {
            identity: &[&creates],
            boundary: Some(&boundary),
            session: &[],
            ..Policies::default()
        };
        let ruling = policies.rule(&request);
        assert_eq!((ruling.decision, ruling.layer), (decision, layer), "{action}");
    }
}

#[test]
fn a_session_has_what_all_three_allow_and_a_denial_in_any_ends_it() {
    let boundary = three_services();
    let everything = policy(&json!({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}));
    let session = policy(&json!({"Statement": [
        {"Effect": "Allow", "Action": ["s3:*", "iam:*"], "Resource": "*"},
        {"Effect": "Deny", "Action": "s3:Delete*", "Resource": "*"}]}));
    let context = context(&[]);
    for (action, decision, layer) in [
        ("s3:GetObject", Decision::Allow, Layer::Identity),
        ("s3:DeleteObject", Decision::ExplicitDeny, Layer::Session),
        ("iam:ListUsers", Decision::ImplicitDeny, Layer::Boundary),
        ("ec2:RunInstances", Decision::ImplicitDeny, Layer::Session),
    ] {
        let request = Request { action, resource: "*", principal: None, context: &context };
        let policies = Policies {
            identity: &[&everything],
            boundary: Some(&boundary),
            session: &[&session],
            ..Policies::default()
        };
        let ruling = policies.rule(&request);
        assert_eq!((ruling.decision, ruling.layer), (decision, layer), "{action}");
    }
}

#[test]
fn a_policy_tells_which_keys_it_asks_for() {
    let policy = policy(&json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::home/${aws:username}/${*}",
         "Condition": {"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team, 'none'}"}}}]}));
    let keys: Vec<String> = policy.condition_keys().into_iter().collect();
    assert_eq!(keys, ["aws:PrincipalTag/team", "aws:ResourceTag/team", "aws:username"]);
}
