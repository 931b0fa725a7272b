//! The actions that matter for enforcing MFA: those that an attacker with a bare key would call, and those that a user
//! without a device must be able to call. Nothing is evaluated here.

use crate::evaluate::credential::Subject;

/// An action on a resource.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// The action, such as `iam:CreateUser`.
    pub action: String,
    /// The resource that it is tried on.
    pub resource: String,
}

/// Actions with one resource each. `{p}`, `{a}` and `{u}` are the partition, the account and the user.
const THEFT: [(&str, &str); 17] = [
    ("s3:ListAllMyBuckets", "arn:{p}:s3:::*"),
    ("s3:GetObject", "arn:{p}:s3:::example-bucket/example-key"),
    ("s3:DeleteBucket", "arn:{p}:s3:::example-bucket"),
    ("ec2:DescribeInstances", "*"),
    ("ec2:TerminateInstances", "arn:{p}:ec2:us-east-1:{a}:instance/i-00000000000000000"),
    ("secretsmanager:GetSecretValue", "arn:{p}:secretsmanager:us-east-1:{a}:secret:example-AAAAAA"),
    ("sts:AssumeRole", "arn:{p}:iam::{a}:role/example"),
    ("iam:ListUsers", "arn:{p}:iam::{a}:user/"),
    ("iam:CreateUser", "arn:{p}:iam::{a}:user/example"),
    ("iam:CreateAccessKey", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:UpdateLoginProfile", "arn:{p}:iam::{a}:user/example"),
    ("iam:AttachUserPolicy", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:PutUserPolicy", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:DeleteUserPolicy", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:DeleteUserPermissionsBoundary", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:UpdateAssumeRolePolicy", "arn:{p}:iam::{a}:role/example"),
    ("iam:DeactivateMFADevice", "arn:{p}:iam::{a}:user/{u}"),
];

/// The actions that a user without a device needs: to see what exists, to enroll a device, and to log in.
const ENROLLMENT: [(&str, &str); 11] = [
    ("iam:GetUser", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:GetMFADevice", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:ListMFADevices", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:ListVirtualMFADevices", "*"),
    ("iam:CreateVirtualMFADevice", "arn:{p}:iam::{a}:mfa/{u}"),
    ("iam:DeleteVirtualMFADevice", "arn:{p}:iam::{a}:mfa/{u}"),
    ("iam:EnableMFADevice", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:ResyncMFADevice", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:ChangePassword", "arn:{p}:iam::{a}:user/{u}"),
    ("iam:GetAccountPasswordPolicy", "*"),
    ("iam:GetAccountSummary", "*"),
];

/// Returns the actions that an attacker would want.
pub(crate) fn theft(subject: &Subject) -> Vec<Act> {
    acts(&THEFT, subject)
}

/// Calls that need no permission: STS answers them although no policy allows them, or they are
/// made without the user's key.
/// Source: "Permissions for GetSessionToken" in the IAM user guide, and the STS reference.
const UNGOVERNED: [&str; 4] = [
    "sts:GetCallerIdentity",
    "sts:GetSessionToken",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
];

/// The actions that may remain open without MFA and do no harm: reading one's own user, its devices and the rules for
/// passwords; changing the password, which requires the old one; and resynchronizing a device, which requires two of
/// its codes.
const HARMLESS: [&str; 8] = [
    "iam:ChangePassword",
    "iam:GetAccountPasswordPolicy",
    "iam:GetAccountSummary",
    "iam:GetMFADevice",
    "iam:GetUser",
    "iam:ListMFADevices",
    "iam:ListVirtualMFADevices",
    "iam:ResyncMFADevice",
];

/// The steps by which a device is enrolled. AWS refuses to delete an assigned device.
const ENROLLS: [&str; 3] =
    ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice", "iam:EnableMFADevice"];

/// The meaning of an action that works without MFA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Meaning {
    /// Policies do not control the action.
    Ungoverned,
    /// The action does no harm, for this reason.
    Harmless(&'static str),
    /// The action is a step of enrollment.
    Enrolls,
    /// The action shows that MFA is not enforced.
    Hole,
}

impl Meaning {
    pub(crate) fn of(service: &str, name: &str) -> Self {
        if service != "iam" && service != "sts" {
            return Self::Hole;
        }
        let is = |known: &str| {
            known.split_once(':').is_some_and(|(of, known)| of == service && known.eq_ignore_ascii_case(name))
        };
        if UNGOVERNED.into_iter().any(is) {
            Self::Ungoverned
        } else if let Some(known) = HARMLESS.into_iter().find(|known| is(known)) {
            Self::Harmless(known)
        } else if ENROLLS.into_iter().any(is) {
            Self::Enrolls
        } else {
            Self::Hole
        }
    }
}

/// Returns the actions that enrollment needs.
pub(crate) fn enrollment(subject: &Subject) -> Vec<Act> {
    acts(&ENROLLMENT, subject)
}

/// Returns the calls that a Deny without MFA must spare, so that a user with a device can log in.
pub(crate) fn login() -> Vec<&'static str> {
    ["sts:GetCallerIdentity", "sts:GetSessionToken"].into_iter().chain(HARMLESS).collect()
}

fn acts(table: &[(&str, &str)], subject: &Subject) -> Vec<Act> {
    let Subject { partition, account, user, .. } = subject;
    let put = |text: &str| text.replace("{p}", partition).replace("{a}", account).replace("{u}", user);
    table.iter().map(|(action, on)| Act { action: (*action).to_owned(), resource: put(on) }).collect()
}
