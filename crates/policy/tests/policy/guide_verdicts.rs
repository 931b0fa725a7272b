//! Tests the verdicts on the policies of AWS's own guides: "Secure API access with MFA", "AWS: Allows MFA-authenticated
//! IAM users to manage their own credentials", the examples of service control policies, and of revoked sessions.

use awsesame_policy::{Policies, Policy, Verdict, decide};
use serde_json::{Value, json};

use crate::decide::{NOW, everything, proof};
use crate::{alice, policy};

fn document(statements: &Value) -> Value {
    json!({"Version": "2012-10-17", "Statement": statements})
}

#[test]
fn the_examples_of_secure_api_access_do_what_the_guide_says() {
    let with = json!({"Bool": {"aws:MultiFactorAuthPresent": "true"}});
    let ec2 =
        document(&json!([{"Effect": "Allow", "Action": ["ec2:*"], "Resource": ["*"], "Condition": with}]));
    let proof_of = |policy: Value| proof(&[policy]);
    let all = proof_of(ec2);
    assert_eq!((all.verdict, all.rests_on_allow), (Verdict::Enforced, true));
    // The guide: these two need a code of the last hour, and everything else of EC2 needs none.
    let fresh = json!({"NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}});
    let two = ["ec2:StopInstances", "ec2:TerminateInstances"];
    let stops = proof_of(document(&json!([
        {"Effect": "Allow", "NotAction": two, "Resource": "arn:aws:ec2:*:*:*"},
        {"Effect": "Allow", "Action": two, "Resource": "*", "Condition": fresh}])));
    assert_eq!(stops.verdict, Verdict::NotEnforced);
    let open = stops.open.iter().find(|service| service.service == "ec2").expect("EC2");
    assert!(!open.is_whole() && two.iter().all(|action| !stops.opens(action)), "{:?}", open.actions.len());
    // The guide: a denial by plain `Bool` does not meet a long-term key.
    let plain = proof(&[
        everything(),
        document(&json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"Bool": {"aws:MultiFactorAuthPresent": "false"}}}])),
    ]);
    assert_eq!(plain.verdict, Verdict::NotEnforced);
    // The guide: "the user was not MFA-authenticated" where the age is absent.
    let absent = proof(&[
        everything(),
        document(&json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"Null": {"aws:MultiFactorAuthAge": "true"}}}])),
    ]);
    assert_eq!(absent.verdict, Verdict::Enforced);
}

#[test]
fn users_who_manage_their_own_credentials_can_enroll_with_the_bare_key() {
    let listed = [
        "iam:CreateVirtualMFADevice",
        "iam:EnableMFADevice",
        "iam:GetUser",
        "iam:GetMFADevice",
        "iam:ListMFADevices",
        "iam:ListVirtualMFADevices",
        "iam:ResyncMFADevice",
        "sts:GetSessionToken",
    ];
    let own = |what: &str| format!("arn:aws:iam::*:{what}/${{aws:username}}");
    let manage = document(&json!([
        {"Sid": "AllowViewAccountInfo", "Effect": "Allow",
         "Action": ["iam:GetAccountPasswordPolicy", "iam:ListVirtualMFADevices"], "Resource": "*"},
        {"Sid": "AllowManageOwnPasswords", "Effect": "Allow", "Action": ["iam:ChangePassword", "iam:GetUser"], "Resource": own("user")},
        {"Sid": "AllowManageOwnAccessKeys", "Effect": "Allow",
         "Action": ["iam:CreateAccessKey", "iam:DeleteAccessKey", "iam:ListAccessKeys", "iam:UpdateAccessKey", "iam:GetAccessKeyLastUsed"],
         "Resource": own("user")},
        {"Sid": "AllowManageOwnVirtualMFADevice", "Effect": "Allow", "Action": ["iam:CreateVirtualMFADevice"],
         "Resource": "arn:aws:iam::*:mfa/*"},
        {"Sid": "AllowManageOwnUserMFA", "Effect": "Allow",
         "Action": ["iam:DeactivateMFADevice", "iam:EnableMFADevice", "iam:ListMFADevices", "iam:ResyncMFADevice"],
         "Resource": own("user")},
        {"Sid": "DenyAllExceptListedIfNoMFA", "Effect": "Deny", "NotAction": listed, "Resource": "*",
         "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]));
    let alone = proof(std::slice::from_ref(&manage));
    assert_eq!(alone.verdict, Verdict::ButForEnrollment, "{alone:?}");
    // The verdict is the same if the user is allowed everything else.
    assert_eq!(proof(&[manage, everything()]).verdict, Verdict::ButForEnrollment);
}

/// Checks the lists of actions that the guide, and texts based on it, exempt from a Deny without MFA. Each comes with
/// the verdict, and with the actions that are open besides enrollment.
#[test]
fn what_the_guides_exempt_from_the_denial_is_told_apart() {
    let enrolls =
        ["iam:CreateVirtualMFADevice", "iam:EnableMFADevice", "iam:ResyncMFADevice", "sts:GetSessionToken"];
    let looks = ["iam:GetUser", "iam:GetMFADevice", "iam:ListMFADevices", "iam:ListVirtualMFADevices"];
    for (more, verdict, open) in [
        // "AWS: Allows MFA-authenticated IAM users to manage their own MFA device".
        (&[][..], Verdict::ButForEnrollment, &[][..]),
        // "AWS: Allows IAM users to self-manage an MFA device".
        (&["iam:DeleteVirtualMFADevice"], Verdict::ButForEnrollment, &[]),
        (&["iam:ChangePassword", "iam:GetAccountPasswordPolicy"], Verdict::ButForEnrollment, &[]),
        // The older tutorial allows the user to list all users.
        (
            &["iam:ListAccountAliases", "iam:ListUsers", "iam:GetAccountSummary"],
            Verdict::NotEnforced,
            &["iam:ListAccountAliases", "iam:ListUsers"],
        ),
        // With the first action, a thief can set the first password of a user; with the second, he can remove the
        // user's device.
        (&["iam:CreateLoginProfile"], Verdict::NotEnforced, &["iam:CreateLoginProfile"]),
        (&["iam:DeactivateMFADevice"], Verdict::NotEnforced, &["iam:DeactivateMFADevice"]),
    ] {
        let exempted: Vec<&str> = enrolls.iter().chain(&looks).chain(more).copied().collect();
        let deny =
            document(&json!([{"Sid": "DenyAllExceptListedIfNoMFA", "Effect": "Deny", "NotAction": exempted,
            "Resource": "*", "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}}]));
        let proof = proof(&[everything(), deny]);
        assert_eq!(proof.verdict, verdict, "{more:?}");
        let told: Vec<String> = proof
            .open
            .iter()
            .flat_map(|service| service.actions.iter().map(|(_, name)| format!("{}:{name}", service.service)))
            .collect();
        assert_eq!(told, open, "{more:?}");
    }
}

#[test]
fn examples_of_the_organization_close_what_they_name() {
    let (all, control) = (
        policy(&everything()),
        policy(&document(&json!([
        {"Sid": "DenyStopAndTerminateWhenMFAIsNotPresent", "Effect": "Deny",
         "Action": ["ec2:StopInstances", "ec2:TerminateInstances"], "Resource": "*",
         "Condition": {"BoolIfExists": {"aws:MultiFactorAuthPresent": false}}}]))),
    );
    let own: &[&Policy] = &[&all];
    let policies = Policies { organization: &[&[&all, &control]], ..Policies::of(own) };
    let proof = decide(&policies, &alice(), NOW);
    assert_eq!(proof.verdict, Verdict::NotEnforced);
    assert!(!proof.opens("ec2:StopInstances") && proof.opens("ec2:RunInstances"));
}

#[test]
fn what_is_not_about_mfa_does_not_enforce_it() {
    let revoked = json!([{"Effect": "Deny", "Action": ["*"], "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2026-09-25T00:00:00Z"}}}]);
    let regions = json!([{"Effect": "Deny", "NotAction": ["cloudfront:*", "iam:*", "route53:*", "support:*"], "Resource": "*",
        "Condition": {"StringNotEquals": {"aws:RequestedRegion": ["eu-central-1", "eu-west-1"]}}}]);
    let insecure = json!([{"Effect": "Deny", "Action": "s3:*", "Resource": "*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}}}]);
    let dated = json!([{"Effect": "Deny", "Action": "*", "Resource": "*",
        "Condition": {"DateGreaterThan": {"aws:CurrentTime": "2030-06-30T23:59:59Z"}}}]);
    for statements in [revoked, regions, insecure, dated] {
        assert_eq!(
            proof(&[everything(), document(&statements)]).verdict,
            Verdict::NotEnforced,
            "{statements}"
        );
    }
    // If only the address of the caller matters, the result is unknown here.
    let office = json!([{"Effect": "Deny", "Action": "*", "Resource": "*", "Condition": {
        "NotIpAddress": {"aws:SourceIp": ["192.0.2.0/24", "203.0.113.0/24"]}, "Bool": {"aws:ViaAWSService": "false"}}}]);
    assert_eq!(proof(&[everything(), document(&office)]).verdict, Verdict::Unsure);
}
