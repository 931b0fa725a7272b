//! Tests policies from AWS's own guides, with the effects that AWS describes.

use awsesame_policy::Context;
use serde_json::json;

use crate::{context, decide, name};

#[test]
fn self_service_with_mfa_lets_a_bare_key_enrol_and_nothing_more() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Sid": "AllowViewAccountInfo", "Effect": "Allow",
         "Action": "iam:ListVirtualMFADevices", "Resource": "*"},
        {"Sid": "AllowManageOwnVirtualMFADevice", "Effect": "Allow",
         "Action": ["iam:CreateVirtualMFADevice"], "Resource": "arn:aws:iam::*:mfa/*"},
        {"Sid": "AllowManageOwnUserMFA", "Effect": "Allow",
         "Action": ["iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:GetUser",
                    "iam:ListMFADevices", "iam:ResyncMFADevice"],
         "Resource": "arn:aws:iam::*:user/${aws:username}"},
        {"Sid": "DenyAllExceptListedIfNoMFA", "Effect": "Deny", "Resource": "*",
         "NotAction": ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:GetUser",
                       "iam:ListMFADevices", "iam:ListVirtualMFADevices",
                       "iam:ResyncMFADevice", "sts:GetSessionToken"],
         "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]});
    let bare = context(&[("aws:username", "alice")]);
    let mut session = bare.clone();
    session.set("aws:MultiFactorAuthPresent", "true");
    let own = "arn:aws:iam::111122223333:user/alice";
    let others = "arn:aws:iam::111122223333:user/bob";
    for (action, resource, with_key, with_mfa) in [
        ("iam:EnableMFADevice", own, "allow", "allow"),
        ("iam:EnableMFADevice", others, "implicit deny", "implicit deny"),
        ("iam:DeactivateMFADevice", own, "explicit deny", "allow"),
        ("iam:ListVirtualMFADevices", "*", "allow", "allow"),
        ("s3:ListAllMyBuckets", "*", "explicit deny", "implicit deny"),
    ] {
        assert_eq!(name(&decide(&policy, action, resource, &bare)), with_key, "{action} {resource}");
        assert_eq!(name(&decide(&policy, action, resource, &session)), with_mfa, "{action} {resource}");
    }
}

#[test]
fn home_directories_are_listed_by_prefix_and_opened_by_name() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": ["s3:ListAllMyBuckets", "s3:GetBucketLocation"],
         "Resource": "arn:aws:s3:::*"},
        {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "arn:aws:s3:::shared",
         "Condition": {"StringLike": {"s3:prefix": ["", "home/", "home/${aws:username}/"]}}},
        {"Effect": "Allow", "Action": "s3:*",
         "Resource": ["arn:aws:s3:::shared/home/${aws:username}",
                      "arn:aws:s3:::shared/home/${aws:username}/*"]}]});
    for (action, resource, prefix, expected) in [
        ("s3:ListAllMyBuckets", "arn:aws:s3:::shared", None, "allow"),
        ("s3:ListBucket", "arn:aws:s3:::shared", Some(""), "allow"),
        ("s3:ListBucket", "arn:aws:s3:::shared", Some("home/alice/"), "allow"),
        ("s3:ListBucket", "arn:aws:s3:::shared", Some("home/bob/"), "implicit deny"),
        ("s3:ListBucket", "arn:aws:s3:::shared", None, "implicit deny"),
        ("s3:PutObject", "arn:aws:s3:::shared/home/alice/x", None, "allow"),
        ("s3:PutObject", "arn:aws:s3:::shared/home/alice2/x", None, "implicit deny"),
    ] {
        let mut asked = context(&[("aws:username", "alice")]);
        asked.set_many("s3:prefix", prefix.map(str::to_owned).into_iter().collect());
        let decision = decide(&policy, action, resource, &asked);
        assert_eq!(name(&decision), expected, "{action} {resource} {prefix:?}");
    }
}

#[test]
fn every_requested_attribute_must_be_listed() {
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "dynamodb:GetItem",
        "Resource": "arn:aws:dynamodb:*:*:table/Thread",
        "Condition": {
            "ForAllValues:StringEquals": {"dynamodb:Attributes": ["ID", "Message", "Tags"]},
            "Null": {"dynamodb:Attributes": "false"}}}});
    let table = "arn:aws:dynamodb:eu-west-1:111122223333:table/Thread";
    for (attributes, expected) in [
        (&["ID", "Message"][..], "allow"),
        (&["ID", "Password"][..], "implicit deny"),
        (&[][..], "implicit deny"),
    ] {
        let mut asked = Context::new();
        asked.set_many("dynamodb:Attributes", attributes.iter().map(ToString::to_string).collect());
        let decision = decide(&policy, "dynamodb:GetItem", table, &asked);
        assert_eq!(name(&decision), expected, "{attributes:?}");
    }
}

#[test]
fn regions_are_denied_except_for_global_services() {
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "*", "Resource": "*"},
        {"Sid": "DenyAllOutsideRequestedRegions", "Effect": "Deny", "Resource": "*",
         "NotAction": ["cloudfront:*", "iam:*", "route53:*", "support:*"],
         "Condition": {"StringNotEquals":
            {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}}]});
    for (action, region, expected) in [
        ("ec2:RunInstances", "eu-west-1", "allow"),
        ("ec2:RunInstances", "us-east-1", "explicit deny"),
        ("iam:CreateUser", "us-east-1", "allow"),
    ] {
        let asked = context(&[("aws:RequestedRegion", region)]);
        assert_eq!(name(&decide(&policy, action, "*", &asked)), expected, "{action} {region}");
    }
}

#[test]
fn a_default_stands_in_for_a_missing_tag() {
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": ["s3:GetObject"],
        "Resource": "arn:aws:s3:::bucket/${aws:PrincipalTag/team, 'company-wide'}/*"}});
    let yellow = context(&[("aws:PrincipalTag/team", "yellow")]);
    for (asked, resource, expected) in [
        (&yellow, "arn:aws:s3:::bucket/yellow/x", "allow"),
        (&yellow, "arn:aws:s3:::bucket/company-wide/x", "implicit deny"),
        (&Context::new(), "arn:aws:s3:::bucket/company-wide/x", "allow"),
        (&Context::new(), "arn:aws:s3:::bucket/yellow/x", "implicit deny"),
    ] {
        let decision = decide(&policy, "s3:GetObject", resource, asked);
        assert_eq!(name(&decision), expected, "{resource}");
    }
}

#[test]
fn an_admin_group_that_wants_mfa_opens_with_it() {
    let policy = json!({"Version": "2012-10-17", "Statement": {
        "Effect": "Allow", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": true}}}});
    let with = context(&[("aws:MultiFactorAuthPresent", "true")]);
    assert_eq!(name(&decide(&policy, "ec2:RunInstances", "*", &with)), "allow");
    assert_eq!(name(&decide(&policy, "ec2:RunInstances", "*", &Context::new())), "implicit deny");
}
