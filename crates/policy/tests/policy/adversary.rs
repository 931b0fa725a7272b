//! Tests policies that look as if they enforced MFA, as an attacker would write them. None of them may be called
//! enforced.

use awsesame_policy::{Policies, Policy, decide};
use serde_json::{Value, json};

use crate::alice;
use crate::decide::{NOW, everything, proof};

/// Returns true if policies are called enforced. A text that is not a policy, which IAM refuses too, is not.
fn is_enforced(texts: &[String]) -> bool {
    let policies: Result<Vec<Policy>, _> = texts.iter().map(|text| Policy::parse(text)).collect();
    policies.is_ok_and(|policies| {
        let policies: Vec<&Policy> = policies.iter().collect();
        decide(&Policies::of(&policies), &alice(), NOW).verdict.is_enforced()
    })
}

/// Returns a Deny with these elements, as text.
fn denial(elements: &str) -> String {
    format!(r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", {elements}}}]}}"#)
}

const EVERYWHERE: &str = r#""Action": "*", "Resource": "*""#;

/// Conditions of a denial of everything beside an allow of everything. A bare key or a session without MFA gets past
/// each of them, or nobody can say.
const CONDITIONS: &[&str] = &[
    r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": ""}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": []}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "no"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "0"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "${aws:PrincipalTag/mfa}"}}"#,
    r#"{"Null": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"Null": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"Null": {"aws:MultiFactorAuthAge": "false"}}"#,
    r#"{"Null": {"aws:MultiFactorAuthAge": "yes"}}"#,
    r#"{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "0"}}"#,
    r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#,
    r#"{"NumericLessThanEqualsIfExist": {"aws:MultiFactorAuthAge": "3600"}}"#,
    r#"{"StringLike": {"aws:MultiFactorAuthPresent": "f*"}}"#,
    r#"{"StringEquals": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"StringEqualsIfExists": {"aws:MultiFactorAuthPresent": "False"}}"#,
    r#"{"StringNotEquals": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"ForAnyValue:Bool": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"ForAnyValue:BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"ForAnyValue:StringNotLikeIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"ForAllValues:Bool": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"boolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"BoolIfexists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"BoolIfExistsIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"NullIfExists": {"aws:MultiFactorAuthAge": "true"}}"#,
    r#"{"ForAllValues:Null": {"aws:MultiFactorAuthAge": "true"}}"#,
    r#"{"Bool": {"aws:MultiFactorAuthPresent": "false"}, "Null": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "Null": {"aws:MultiFactorAuthPresent": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false", "aws:SecureTransport": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringNotLike": {"aws:UserAgent": "*trusted*"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringNotEquals": {"aws:Referer": "x"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringNotEquals": {"aws:username": "alice"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringNotEquals": {"aws:PrincipalTag/break-glass": "yes"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "DateGreaterThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "Null": {"aws:TokenIssueTime": "false"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "NotIpAddress": {"aws:SourceIp": "0.0.0.0/1"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {"aws:PrincipalType": "AssumedRole"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "Bool": {"aws:ViaAWSService": "true"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "ForAllValues:StringEquals": {"aws:TagKeys": ["x"]}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringEqualsIfExists": {"aws:RequestTag/x": "y"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-central-1"]}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/al*"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {"aws:MultiFactorAuth": "x"}}"#,
    r#"{"BoolIfExists": {"aws:MultifactorAuthenticationPresent": "false"}}"#,
    r#"{"BoolIfExists": {"MultiFactorAuthPresent": "false"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent ": "false"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent\u0000": "false"}}"#,
    // A Cyrillic letter that looks like ours.
    r#"{"BoolIfExists": {"\u0430ws:MultiFactorAuthPresent": "false"}}"#,
    r#"{"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "NaN"}}"#,
    r#"{"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "1e3"}, "Bool": {"aws:SecureTransport": "false"}}"#,
    r#"{"DateLessThan": {"aws:TokenIssueTime": "2099-01-01T00:00:00Z"}}"#,
    // Without TLS, both values are `false` in a session without MFA.
    r#"{"StringNotEquals": {"aws:MultiFactorAuthPresent": "${aws:SecureTransport}"}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "${aws:SecureTransport}"}}"#,
    // The result of an operator without values is not documented.
    r#"{"Bool": {}}"#,
    r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {}}"#,
    r#"{"StringNotEquals": {"aws:MultiFactorAuthPresent": []}}"#,
    r#"{"StringNotEqualsIfExists": {"aws:UserAgent": []}}"#,
];

#[test]
fn no_condition_that_spares_somebody_is_called_enforced() {
    let wrong: Vec<&&str> = (CONDITIONS.iter())
        .filter(|condition| {
            let deny = denial(&format!(r#"{EVERYWHERE}, "Condition": {condition}"#));
            is_enforced(&[everything().to_string(), deny])
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Actions and resources of a denial without MFA, beside an allow of everything.
const SCOPES: &[&str] = &[
    r#""NotAction": ["iam:*", "sts:*"], "Resource": "*""#,
    r#""NotAction": "*", "Resource": "*""#,
    r#""NotAction": ["*:*"], "Resource": "*""#,
    r#""NotAction": "iam:*e*Device", "Resource": "*""#,
    r#""NotAction": "iam:*MFADevice*", "Resource": "*""#,
    r#""NotAction": "sts:G*", "Resource": "*""#,
    r#""NotAction": "S3:GETOBJECT", "Resource": "*""#,
    r#""NotAction": "s3:G?tObject", "Resource": "*""#,
    r#""NotAction": "signin:*", "Resource": "*""#,
    r#""Action": "*:Get*", "Resource": "*""#,
    r#""Action": ["*", "s3:Get Object"], "Resource": "*""#,
    r#""NotAction": ["iam:GetUser\u200b"], "Resource": "*""#,
    r#""Action": "s*:Get*", "Resource": "*""#,
    r#""Action": ["a*", "b*"], "Resource": "*""#,
    r#""Action": "?*", "Resource": "*""#,
    r#""Action": "**", "Resource": "arn:aws:s3:::*""#,
    r#""Action": "*", "Resource": "arn:*:*:*:*:*""#,
    r#""Action": "*", "Resource": "arn:aws:*:*:123456789012:*""#,
    r#""Action": "*", "Resource": "arn:aws:iam::123456789012:u*""#,
    r#""Action": "*", "Resource": "arn:aws:s3:::${aws:username}""#,
    r#""Action": "*", "Resource": "arn:aws:s3:::${aws:username, '*'}""#,
    r#""Action": "*", "Resource": "arn:aws:s3:::${*}""#,
    r#""Action": "*", "Resource": "${*}""#,
    r#""Action": "*", "Resource": ["arn:aws:s3:::${aws:SecureTransport}", "arn:aws:*"]"#,
    r#""Action": "*", "NotResource": "arn:aws:s3:::${aws:SecureTransport}/*""#,
    r#""Action": "*", "NotResource": "arn:aws:s3:::${aws:CurrentTime}/*""#,
    r#""Action": "*", "NotResource": "arn:aws:s3:::${aws:RequestedRegion}/*""#,
    r#""Action": "*", "Resource": "*?""#,
    r#""Action": "*", "Resource": "?*""#,
    r#""Action": "*", "Resource": ["arn:aws:*", "*:*"]"#,
    r#""Action": "*", "NotResource": "*""#,
    r#""Action": "*", "NotResource": "arn:aws:s3:::x""#,
    r#""Action": "*", "NotResource": "arn:aws:s3:::${aws:PrincipalTag/team}/*""#,
    r#""Action": "*", "NotResource": "arn:aws:iam::*:mfa/${aws:username}""#,
    r#""Action": "*", "Resource": "*", "Principal": "*""#,
    r#""Action": "*", "Resource": "*", "NotPrincipal": {"AWS": "arn:aws:iam::123456789012:user/alice"}"#,
    r#""Action": "*", "Resource": "*", "Principal": {"AWS": "arn:aws:iam::123456789012:user/bob"}"#,
    r#""Action": "*""#,
    r#""Action": "s3:*", "Action": "*", "Resource": "*""#,
    r#""Action": "*", "Resource": "*", "Resource": "arn:aws:s3:::x""#,
    r#""Action": "*", "Resource": "*", "action": "s3:*""#,
    r#""\u0041ction": "s3:\u002a", "Resource": "*""#,
];

#[test]
fn no_denial_of_less_than_everything_is_called_enforced() {
    let condition = r#""Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}"#;
    let wrong: Vec<&&str> = (SCOPES.iter())
        .filter(|scope| {
            let deny = denial(&format!("{scope}, {condition}"));
            is_enforced(&[everything().to_string(), deny])
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Statements that allow something to a bare key, beside an allow under MFA.
const ALLOWS: &[&str] = &[
    r#"{"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "arn:aws:s3:::*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "arn:aws:iam::123456789012:user/*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:List*", "Resource": "arn:aws:iam::*:role/"}"#,
    r#"{"Effect": "Allow", "Action": "sqs:ListQueues", "Resource": "arn:aws:sqs:*:*:*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:\u0047etObject", "Resource": "arn:aws:s3:::a/*"}"#,
    r#"{"Effect": "Allow", "Action": "S3:getobject", "Resource": "arn:aws:s3:::a/*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:?etObject", "Resource": "arn:aws:s3:::a/*"}"#,
    r#"{"Effect": "Allow", "NotAction": "iam:*", "Resource": "arn:aws:s3:::a/b"}"#,
    r#"{"Effect": "Allow", "Action": "*", "NotResource": "arn:aws:s3:::*"}"#,
    r#"{"Effect": "Allow", "Action": "*", "NotResource": ["arn:aws:*", "arn:aws-*"]}"#,
    r#"{"Effect": "Allow", "Action": "s3:*", "NotResource": "arn:aws:s3:::${aws:PrincipalTag/team}/*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:username}/*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:PrincipalTag/team, 'all'}/*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${s3:prefix}/*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:UserAgent}/*"}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAllValues:Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"ForAllValues:NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:MultiFactorAuthPresent": "false"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericNotEquals": {"aws:MultiFactorAuthAge": "0"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"aws:MultiFactorAuthPresent": "false"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"aws:MultiFactorAuthAge": ["true", "false"]}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": ["true", "false"]}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:UserAgent": "${aws:UserAgent}"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"IpAddress": {"aws:SourceIp": "203.0.113.7/32"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:PrincipalArn": "*"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::123456789012:user/${aws:username}"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:CurrentTime": "2099-01-01T00:00:00Z"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"NumericGreaterThan": {"aws:EpochTime": "0"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"DateGreaterThan": {"aws:TokenIssueTime": "2020-01-01T00:00:00Z"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Null": {"aws:TokenIssueTime": "true"}}}"#,
    r#"{"Effect": "Allow", "Action": "ec2:*", "Resource": "*", "Condition": {"StringEquals": {"ec2:ResourceTag/owner": "${aws:username}"}}}"#,
    r#"{"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*", "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}}}"#,
    r#"{"Effect": "Allow", "Action": "ec2:RunInstances", "Resource": "*", "Condition": {"ForAnyValue:StringEquals": {"aws:TagKeys": ["x"]}}}"#,
    r#"{"Effect": "Allow", "Action": "sts:GetFederationToken", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "arn:aws:iam::*:role/*"}"#,
    r#"{"Effect": "Allow", "Action": "signin:*", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "iam:DeactivateMFADevice", "Resource": "arn:aws:iam::*:user/${aws:username}"}"#,
    r#"{"Effect": "Allow", "Action": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "*:Get*", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "*:*", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:S3:::a/*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:Aws:s3:::a/*"}"#,
    // IAM may ignore invisible characters.
    r#"{"Effect": "Allow", "Action": "s3:GetObject ", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject\u200b", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:\uff27etObject", "Resource": "*"}"#,
    r#"{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:SecureTransport}/*"}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:MultiFactorAuthPresent": "${aws:SecureTransport}"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "${aws:SecureTransport}"}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {}}}"#,
    r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:UserAgent": []}}}"#,
    r#"{"Effect": "Allow", "Action": "s*:Get*", "Resource": "*"}"#,
];

#[test]
fn no_allow_without_mfa_hides_beside_one_with_it() {
    let with = r#"{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true"}}}"#;
    for version in ["2012-10-17", "2008-10-17"] {
        let wrong: Vec<&&str> = (ALLOWS.iter())
            .filter(|allow| {
                let text = format!(r#"{{"Version": "{version}", "Statement": [{with}, {allow}]}}"#);
                is_enforced(&[text])
            })
            .collect();
        assert!(wrong.is_empty(), "{version}: {wrong:#?}");
    }
}

fn allow(action: &str, resource: &str) -> Value {
    json!({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": action, "Resource": resource}})
}

#[test]
fn what_takes_no_resource_can_be_allowed_by_an_arn_all_the_same() {
    // "User policy examples" in the S3 user guide allows it so.
    let buckets = proof(&[allow("s3:ListAllMyBuckets", "arn:aws:s3:::*")]);
    assert_eq!(buckets.witnesses[0].resource, "arn:aws:s3:::*", "{buckets:?}");
    let users = proof(&[allow("iam:ListUsers", "arn:aws:iam::*:user/*")]);
    assert_eq!(users.witnesses[0].resource, "arn:aws:iam::123456789012:user/", "{users:?}");
    let queues = proof(&[allow("sqs:ListQueues", "arn:aws:sqs:*:*:*")]);
    assert_eq!(queues.verdict, awsesame_policy::Verdict::Unsure, "{queues:?}");
    let one = proof(&[allow("s3:ListAllMyBuckets", "arn:aws:sqs:*:*:*")]);
    assert!(one.verdict.is_enforced(), "another service's ARN is nothing to S3: {one:?}");
}

#[test]
fn iam_of_another_account_is_no_witness() {
    let foreign = proof(&[allow("iam:*", "arn:aws:iam::999999999999:*")]);
    assert_eq!(foreign.verdict, awsesame_policy::Verdict::Unsure, "{foreign:?}");
    // For a file, the account may be unknown.
    assert!(
        foreign.depends.iter().any(|one| one.contains("is of the user's account")),
        "{:?}",
        foreign.depends
    );
    let own = proof(&[allow("iam:CreateUser", "arn:aws:iam::*:user/${aws:username}*")]);
    assert!(own.witnesses[0].resource.starts_with("arn:aws:iam::123456789012:user/alice"), "{own:?}");
    let role = proof(&[allow("sts:AssumeRole", "arn:aws:iam::999999999999:role/x")]);
    assert_eq!(role.verdict, awsesame_policy::Verdict::NotEnforced, "{role:?}");
}
