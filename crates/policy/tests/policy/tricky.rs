//! Tests policies that are easily misread. The expected results were decided by hand from the IAM user guide.

use awsesame_policy::{Policies, Policy, Verdict, decide};
use serde_json::{Value, json};

use crate::decide::{NOW, everything, proof};
use crate::{alice, brute, policy};

use Verdict::{ButForEnrollment, Enforced, EnforcedToday, NotEnforced, Unsure};

fn parsed(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error} in {text}"))
}

fn document(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

/// Returns a Deny of everything under a condition.
fn denial(condition: &Value) -> Value {
    json!({"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition})
}

/// Fails unless every row comes to its verdict, and no request contradicts it.
fn check(rows: &[(&str, Verdict)], policies: impl Fn(&str) -> Vec<Value>) {
    let wrong: Vec<String> = (rows.iter())
        .filter_map(|(text, expected)| {
            let texts = policies(text);
            brute::hold(&texts, text);
            let proof = proof(&texts);
            let depends = &proof.depends;
            (proof.verdict != *expected)
                .then(|| format!("{text}: {:?}, not {expected:?} {depends:?}", proof.verdict))
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Conditions about MFA of a denial of everything.
const BY_MFA: &[(&str, Verdict)] = &[
    (r#"{"BoolIfExists": {"AWS:multifactorAUTHpresent": "false"}}"#, Enforced),
    (r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": false}}"#, Enforced),
    (r#"{"BoolIfExists": {"aws:MultiFactorAuthPresent": ["false", "true"]}}"#, Enforced),
    (r#"{"StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}}"#, Enforced),
    (r#"{"StringNotEqualsIfExists": {"aws:MultiFactorAuthPresent": "true"}}"#, Enforced),
    (r#"{"StringNotEqualsIgnoreCase": {"aws:MultiFactorAuthPresent": "TRUE"}}"#, Enforced),
    (r#"{"StringEqualsIgnoreCaseIfExists": {"aws:MultiFactorAuthPresent": "FALSE"}}"#, Enforced),
    (r#"{"StringNotLike": {"aws:MultiFactorAuthPresent": "?rue"}}"#, Enforced),
    (r#"{"StringLikeIfExists": {"aws:MultiFactorAuthPresent": "f*e"}}"#, Enforced),
    (r#"{"StringLike": {"aws:MultiFactorAuthPresent": "*"}}"#, NotEnforced),
    (r#"{"ForAllValues:Bool": {"aws:MultiFactorAuthPresent": "false"}}"#, Enforced),
    (r#"{"ForAllValues:StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}}"#, Enforced),
    (r#"{"ForAnyValue:StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}}"#, NotEnforced),
    (r#"{"Null": {"aws:MultiFactorAuthAge": true}}"#, Enforced),
    (r#"{"Null": {"aws:MultiFactorAuthPresent": "true"}}"#, NotEnforced),
    (r#"{"Null": {"aws:MultiFactorAuthPresent": ["true", "false"]}}"#, Enforced),
    (r#"{"NumericNotEquals": {"aws:MultiFactorAuthAge": "0"}}"#, Enforced),
    (r#"{"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": 3600}}"#, Enforced),
    (r#"{"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}"#, Enforced),
    (r#"{"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}"#, NotEnforced),
    (
        r#"{"NumericGreaterThan": {"aws:MultiFactorAuthAge": "1"}, "Null": {"aws:MultiFactorAuthAge": "true"}}"#,
        NotEnforced,
    ),
    (
        r#"{"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "1"}, "Null": {"aws:MultiFactorAuthAge": "true"}}"#,
        Enforced,
    ),
    (
        r#"{"NumericGreaterThanIfExists": {"aws:MultiFactorAuthAge": "1"}, "Null": {"aws:MultiFactorAuthAge": "false"}}"#,
        NotEnforced,
    ),
];

#[test]
fn a_denial_by_mfa_is_read_as_aws_reads_it() {
    check(BY_MFA, |condition| vec![everything(), document(&denial(&parsed(condition)))]);
}

/// Conditions that a denial without MFA asks for as well.
const BESIDE: &[(&str, Verdict)] = &[
    (r#"{"Bool": {"aws:ViaAWSService": "false"}}"#, Enforced),
    (r#"{"Bool": {"aws:ViaAWSService": "true"}}"#, NotEnforced),
    (r#"{"Bool": {"aws:PrincipalIsAWSService": "false"}}"#, Enforced),
    (r#"{"Null": {"aws:CalledVia": "true"}}"#, Enforced),
    (r#"{"ForAnyValue:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}"#, NotEnforced),
    (r#"{"ForAllValues:StringEquals": {"aws:CalledVia": "athena.amazonaws.com"}}"#, Enforced),
    (r#"{"StringEquals": {"aws:PrincipalType": "User"}}"#, Enforced),
    (r#"{"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/*"}}"#, Enforced),
    (r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/*"}}"#, Enforced),
    (r#"{"StringEquals": {"aws:PrincipalAccount": "123456789012"}}"#, Enforced),
    (r#"{"StringEquals": {"aws:PrincipalAccount": "999999999999"}}"#, NotEnforced),
    (r#"{"StringNotEquals": {"aws:username": "ci-bot"}}"#, Enforced),
    (r#"{"StringNotLike": {"aws:username": "a*"}}"#, NotEnforced),
    (r#"{"StringEquals": {"aws:username": "${aws:username}"}}"#, Enforced),
    (r#"{"StringEquals": {"aws:RequestedRegion": ["us-east-1", "eu-central-1"]}}"#, NotEnforced),
    (r#"{"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}"#, NotEnforced),
    (r#"{"StringLike": {"aws:RequestedRegion": "*"}}"#, Enforced),
    (r#"{"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}"#, Enforced),
    (r#"{"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}"#, NotEnforced),
    (r#"{"NumericGreaterThan": {"aws:EpochTime": "1577836800"}}"#, Enforced),
    (r#"{"DateGreaterThan": {"aws:EpochTime": "1577836800"}}"#, Enforced),
    (
        r#"{"DateGreaterThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}, "DateLessThan": {"aws:EpochTime": "2030-01-01T00:00:00Z"}}"#,
        NotEnforced,
    ),
    (r#"{"Bool": {"aws:SecureTransport": "true"}}"#, NotEnforced),
    (r#"{"Bool": {"aws:SecureTransport": ["true", "false"]}}"#, Enforced),
    (r#"{"IpAddress": {"aws:SourceIp": ["0.0.0.0/0", "::/0"]}}"#, Unsure),
    (r#"{"NotIpAddressIfExists": {"aws:SourceIp": "10.0.0.0/8"}}"#, Unsure),
    (r#"{"StringNotLike": {"aws:UserAgent": "*"}}"#, NotEnforced),
    (r#"{"StringLikeIfExists": {"aws:UserAgent": "*"}}"#, Enforced),
    (r#"{"Null": {"aws:RequestTag/team": "true"}}"#, NotEnforced),
    (r#"{"ForAllValues:StringLike": {"aws:TagKeys": "*"}}"#, Enforced),
    (r#"{"ForAnyValue:StringLike": {"aws:TagKeys": "*"}}"#, NotEnforced),
    (r#"{"StringEquals": {"aws:PrincipalTag/team": "web"}}"#, Unsure),
    (r#"{"StringEqualsIfExists": {"ec2:Region": "eu-central-1"}}"#, NotEnforced),
    // A Kelvin sign is not a K, so this is not the name of a key.
    (r#"{"StringEquals": {"aws:To\u212aenIssueTime": "x"}}"#, Unsure),
];

#[test]
fn what_a_denial_without_mfa_asks_for_besides_is_a_way_around_where_somebody_can_take_it() {
    check(BESIDE, |more| {
        let mut condition = parsed(more);
        condition["BoolIfExists"] = json!({"aws:MultiFactorAuthPresent": "false"});
        vec![everything(), document(&denial(&condition))]
    });
}

/// Conditions of two denials of everything.
const TOGETHER: &[(&str, Verdict)] = &[
    (
        r#"[{"Null": {"aws:MultiFactorAuthPresent": "true"}}, {"Bool": {"aws:MultiFactorAuthPresent": "false"}}]"#,
        Enforced,
    ),
    // A session without MFA has no age.
    (
        r#"[{"Null": {"aws:MultiFactorAuthPresent": "true"}}, {"NumericGreaterThan": {"aws:MultiFactorAuthAge": "1"}}]"#,
        NotEnforced,
    ),
    // The two keys of the time are one circumstance.
    (
        r#"[{"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, {"NumericGreaterThanEquals": {"aws:EpochTime": "1893456000"}}]"#,
        Enforced,
    ),
    (
        r#"[{"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}, {"NumericGreaterThan": {"aws:EpochTime": "1893456000"}}]"#,
        NotEnforced,
    ),
    (
        r#"[{"StringLikeIfExists": {"aws:UserAgent": "a*"}}, {"StringNotLike": {"aws:UserAgent": "a*"}}]"#,
        Enforced,
    ),
    (
        r#"[{"StringLike": {"aws:UserAgent": "a?*"}}, {"StringNotLikeIfExists": {"aws:UserAgent": "a*"}}]"#,
        NotEnforced,
    ),
    (
        r#"[{"StringEquals": {"aws:RequestedRegion": "us-east-1"}}, {"StringNotEquals": {"aws:RequestedRegion": "us-east-1"}}]"#,
        Enforced,
    ),
    // A time between two seconds can satisfy neither condition.
    (
        r#"[{"DateLessThanEquals": {"aws:CurrentTime": "2030-01-01T00:00:00.2Z"}}, {"DateGreaterThanEquals": {"aws:CurrentTime": "2030-01-01T00:00:00.8Z"}}]"#,
        Unsure,
    ),
    // A tag that a request sets is among the names of its tags, but AWS may send only one of the two keys.
    (
        r#"[{"Null": {"aws:RequestTag/team": "true"}}, {"ForAnyValue:StringEquals": {"aws:TagKeys": "team"}}]"#,
        Unsure,
    ),
    (
        r#"[{"StringNotEquals": {"aws:RequestTag/Team": "web"}}, {"ForAllValues:StringNotLike": {"aws:TagKeys": "[a-z]"}}, {"ForAnyValue:StringEqualsIgnoreCase": {"aws:TagKeys": "team"}}]"#,
        Unsure,
    ),
    // A request with one of three tags is sufficient, and the names are these three.
    (
        r#"[{"StringEquals": {"aws:RequestTag/a": "1"}}, {"ForAnyValue:StringNotEquals": {"aws:TagKeys": ["a", "b", "c"]}}, {"Null": {"aws:RequestTag/b": "true"}}, {"Null": {"aws:RequestTag/c": "true"}}]"#,
        NotEnforced,
    ),
    (
        r#"[{"Null": {"aws:RequestTag/team": "true"}}, {"ForAnyValue:StringEquals": {"aws:TagKeys": "owner"}}]"#,
        NotEnforced,
    ),
    // There is a number between these two, although a float has none.
    (
        r#"[{"NumericLessThanEqualsIfExists": {"s3:max-keys": "9007199254740992"}}, {"NumericGreaterThanEqualsIfExists": {"s3:max-keys": "9007199254740994"}}]"#,
        Unsure,
    ),
];

#[test]
fn two_denials_close_what_neither_closes_alone() {
    check(TOGETHER, |both| {
        let denials: Vec<Value> = parsed(both).as_array().into_iter().flatten().map(denial).collect();
        vec![everything(), document(&json!(denials))]
    });
}

/// Statements that are all that somebody has.
const ALONE: &[(&str, Verdict)] = &[
    // A time in the past cannot occur again.
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"NumericLessThan": {"aws:EpochTime": "1600000000"}}}"#,
        Enforced,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"DateLessThan": {"aws:EpochTime": "2020-01-01T00:00:00Z"}}}"#,
        Enforced,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"NumericGreaterThan": {"aws:EpochTime": "1900000000"}}}"#,
        NotEnforced,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"StringLike": {"aws:CurrentTime": "2031-*"}}}"#,
        Unsure,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "true", "aws:SecureTransport": "true"}}}"#,
        Enforced,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"NumericLessThanIfExists": {"aws:MultiFactorAuthAge": "3600"}}}"#,
        NotEnforced,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}, "Null": {"aws:MultiFactorAuthAge": "true"}}}"#,
        Enforced,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"StringNotEquals": {"aws:MultiFactorAuthPresent": "true"}}}"#,
        NotEnforced,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"StringEquals": {"aws:MultiFactorAuthPresent": "true"}}}"#,
        Enforced,
    ),
    (
        r#"{"Action": "*", "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}"#,
        NotEnforced,
    ),
    // Sessions without MFA may assume roles; IAM does not take them.
    (
        r#"{"Action": "sts:AssumeRole", "Resource": "*", "Condition": {"Null": {"aws:MultiFactorAuthPresent": "false"}}}"#,
        NotEnforced,
    ),
    (
        r#"{"Action": "iam:CreateUser", "Resource": "*", "Condition": {"Null": {"aws:MultiFactorAuthPresent": "false"}}}"#,
        Unsure,
    ),
    (r#"{"Action": "sts:GetSessionToken", "Resource": "*"}"#, Enforced),
    (r#"{"Action": "sts:GetFederationToken", "Resource": "*"}"#, NotEnforced),
    // IAM has one region.
    (
        r#"{"Action": "iam:CreateUser", "Resource": "*", "Condition": {"StringEquals": {"aws:RequestedRegion": "eu-central-1"}}}"#,
        Enforced,
    ),
    (
        r#"{"Action": "iam:CreateUser", "Resource": "*", "Condition": {"StringNotEquals": {"aws:RequestedRegion": "eu-central-1"}}}"#,
        NotEnforced,
    ),
    // A device for oneself is enrollment; one for somebody else locks them out.
    (
        r#"{"Action": "iam:EnableMFADevice", "Resource": "arn:aws:iam::123456789012:user/${aws:username}"}"#,
        ButForEnrollment,
    ),
    (r#"{"Action": "iam:EnableMFADevice", "Resource": "arn:aws:iam::*:user/*"}"#, ButForEnrollment),
    (r#"{"Action": "iam:EnableMFADevice", "Resource": "arn:aws:iam::123456789012:user/bob"}"#, NotEnforced),
    (r#"{"Action": "iam:enablemfadev?ce", "NotResource": "arn:aws:iam::*:user/bob"}"#, ButForEnrollment),
    (r#"{"Action": "s3:GetObject", "Resource": "arn:aws:s3:::bucket"}"#, Enforced),
    (
        r#"{"Action": "s3:GetObject", "Resource": "arn:aws:s3:us-east-1:123456789012:accesspoint/a/object/*"}"#,
        NotEnforced,
    ),
    (r#"{"Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:username, 'x'}/*"}"#, NotEnforced),
    (r#"{"Action": "s3:GetObject", "Resource": "arn:aws:s3:::${aws:PrincipalTag/team, '*'}/*"}"#, Unsure),
    (
        r#"{"Action": "s3:ListBucket", "Resource": "*", "Condition": {"NumericGreaterThan": {"s3:max-keys": "100000000000000000"}}}"#,
        Unsure,
    ),
    (r#"{"Action": "dynamodb:Query", "Resource": "arn:aws:dynamodb:*:*:table/t/index/*"}"#, NotEnforced),
    (r#"{"Action": "lambda:InvokeFunction", "Resource": "arn:aws:lambda:*:*:function:f:prod"}"#, NotEnforced),
    (
        r#"{"Action": "logs:GetLogEvents", "Resource": "arn:aws:logs:*:*:log-group:g:log-stream:s"}"#,
        NotEnforced,
    ),
];

#[test]
fn what_an_allow_by_itself_opens_is_told() {
    check(ALONE, |elements| {
        let mut statement = parsed(elements);
        statement["Effect"] = json!("Allow");
        vec![document(&statement)]
    });
}

/// Actions and resources of a denial without MFA.
const OF_SOME: &[(&str, Verdict)] = &[
    (r#"{"NotAction": ["iam:*Virtual*Device*", "sts:Get*Token"], "Resource": "*"}"#, NotEnforced),
    (r#"{"NotAction": "iam:Get?ser", "Resource": "*"}"#, EnforcedToday),
    (r#"{"NotAction": "IAM:getuser", "Resource": "*"}"#, Enforced),
    // Both `*` and `*:*` mean every action.
    (r#"{"Action": "*:*", "Resource": "*"}"#, Enforced),
    (r#"{"Action": ["s3:GetObject", "*:*"], "Resource": "*"}"#, Enforced),
    (r#"{"NotAction": "*:*", "Resource": "*"}"#, NotEnforced),
    // A device that nobody can enable is harmless, and AWS does not delete an enabled one.
    (
        r#"{"NotAction": ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"], "Resource": "*"}"#,
        Enforced,
    ),
    (
        r#"{"NotAction": ["iam:DeleteVirtualMFADevice", "iam:EnableMFADevice"], "Resource": "*"}"#,
        ButForEnrollment,
    ),
    (r#"{"NotAction": ["iam:EnableMFADevice", "iam:DeactivateMFADevice"], "Resource": "*"}"#, NotEnforced),
    (r#"{"NotAction": ["iam:EnableMFADevice", "iam:TagMFADevice"], "Resource": "*"}"#, NotEnforced),
    (r#"{"NotAction": ["iam:EnableMFADevice", "iam:GetAccountSummar?"], "Resource": "*"}"#, ButForEnrollment),
    (r#"{"NotAction": "iam:Li*MFA*", "Resource": "*"}"#, NotEnforced),
    (r#"{"NotAction": "sts:GetCaller*", "Resource": "*"}"#, EnforcedToday),
    (r#"{"Action": "*", "NotResource": "arn:aws:s3:::*public*"}"#, NotEnforced),
    (r#"{"Action": "*", "NotResource": "arn:aws:iam::*:user/${aws:username}"}"#, NotEnforced),
    (r#"{"Action": "*", "Resource": ["arn:aws:s3:::*", "arn:aws:s3:*:*:*"]}"#, NotEnforced),
];

#[test]
fn a_denial_of_some_leaves_the_rest() {
    let open = everything();
    check(OF_SOME, |elements| {
        let mut statement = parsed(elements);
        statement["Effect"] = json!("Deny");
        statement["Condition"] = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}});
        vec![open.clone(), document(&statement)]
    });
}

#[test]
fn a_region_of_no_use_to_iam_opens_nothing_of_it() {
    let region = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}, "StringEquals": {"aws:RequestedRegion": "us-east-1"}});
    let proof = proof(&[everything(), document(&denial(&region))]);
    assert_eq!(proof.verdict, NotEnforced);
    assert!(proof.opens("s3:GetObject") && !proof.opens("iam:CreateUser"), "{:?}", proof.open);
}

#[test]
fn layers_close_together_what_none_of_them_closes_alone() {
    let all = policy(&everything());
    let only = |services: &Value, condition: &Value| {
        policy(&document(&json!([
            {"Effect": "Allow", "Action": services, "Resource": "*"},
            {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": condition},
        ])))
    };
    let with = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let unsound = json!({"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}});
    let (s3, ec2) = (only(&json!("s3:*"), &with), only(&json!("ec2:*"), &with));
    let weak = only(&json!("s3:*"), &unsound);
    let identity: &[&Policy] = &[&all];
    for (boundary, levels, session, expected) in [
        (Some(&s3), vec![&ec2], None, Enforced),
        (Some(&s3), vec![&s3], None, NotEnforced),
        (Some(&s3), vec![], Some(&ec2), Enforced),
        (None, vec![&s3, &ec2], None, Enforced),
        (None, vec![&s3, &weak], Some(&weak), NotEnforced),
        (Some(&weak), vec![&ec2], Some(&s3), Enforced),
    ] {
        let levels: Vec<[&Policy; 1]> = levels.into_iter().map(|one| [one]).collect();
        let organization: Vec<&[&Policy]> = levels.iter().map(<[&Policy; 1]>::as_slice).collect();
        let session: Vec<&Policy> = session.into_iter().collect();
        let policies = Policies { identity, boundary, organization: &organization, session: &session };
        assert_eq!(decide(&policies, &alice(), NOW).verdict, expected, "{policies:?}");
    }
}
