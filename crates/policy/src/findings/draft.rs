//! Drafts policies that enforce MFA. The module `written` writes them as text. The tests judge each draft, to prove
//! that it enforces MFA.

use crate::decide::action;

/// The purpose of a policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// The members of a group may do everything, with MFA only.
    AdminGroup,
    /// Users manage their own devices and keys. Without MFA they can only view themselves, and a device is enrolled
    /// with MFA only.
    SelfService,
    /// The same policy for the time of enrollment: without MFA, anybody who has the key can also enroll a device.
    Enrollment,
    /// The maximum age of a code in seconds.
    MaxAge(u32),
    /// The trust policy of a role: users of an account may assume it, with MFA only.
    RoleTrust,
    /// A permissions boundary: without MFA its users can only view themselves, whatever else they are allowed.
    Boundary,
    /// A service control policy: the same for all users of an organization's accounts, but not for roles.
    Organization,
}

/// The kind of policy, as AWS names it by its use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    Identity,
    Trust,
    ServiceControl,
}

/// The partition, account, and user that a policy is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Measure {
    /// The partition: `aws`, `aws-cn` or `aws-us-gov`.
    pub partition: String,
    /// The account ID, which has twelve digits. Without it, any account of the partition is meant.
    pub account: Option<String>,
    /// The name of the user. Without it, the policy fits every user to whom it is attached.
    pub user: Option<String>,
}

/// A draft of a policy that has not been written as text yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    pub(crate) name: &'static str,
    pub(crate) form: Form,
    pub(crate) statements: Vec<Clause>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Clause {
    pub(crate) sid: &'static str,
    pub(crate) effect: &'static str,
    /// The one AWS principal of a trust policy.
    pub(crate) principal: Option<String>,
    /// The element `Action` or `NotAction`, and the actions.
    pub(crate) actions: (&'static str, Vec<String>),
    /// The resources. A trust policy has none.
    pub(crate) resources: Vec<String>,
    /// Each an operator, a key and a value.
    pub(crate) conditions: Vec<(&'static str, &'static str, String)>,
}

impl Draft {
    /// Returns the policy for a purpose. The caller must check the account and the user.
    pub fn new(purpose: Purpose, measure: &Measure) -> Self {
        let (name, statements) = match purpose {
            Purpose::AdminGroup => ("awsesame-admin-with-mfa", vec![everything()]),
            Purpose::SelfService => {
                ("awsesame-self-service-with-mfa", self_service(measure, &action::login()))
            }
            Purpose::Enrollment => ("awsesame-enrollment", self_service(measure, &enrollment())),
            Purpose::MaxAge(seconds) => ("awsesame-mfa-max-age", vec![max_age(seconds)]),
            Purpose::RoleTrust => ("awsesame-role-trust-with-mfa", vec![trust(measure)]),
            Purpose::Boundary => {
                let all = Clause::allow("WhateverIsAllowed", &["*"], &["*".to_owned()]);
                ("awsesame-boundary-with-mfa", vec![all, nothing_without()])
            }
            Purpose::Organization => {
                // Sessions of roles and calls of services have no MFA of their own.
                let users = format!("arn:{}:iam::*:user/*", measure.partition);
                (
                    "awsesame-users-with-mfa",
                    vec![nothing_without().under("ArnLike", "aws:PrincipalArn", &users)],
                )
            }
        };
        let form = match purpose {
            Purpose::RoleTrust => Form::Trust,
            Purpose::Organization => Form::ServiceControl,
            _ => Form::Identity,
        };
        Self { name, form, statements }
    }
}

impl Clause {
    fn allow(sid: &'static str, actions: &[&str], resources: &[String]) -> Self {
        Self {
            sid,
            effect: "Allow",
            principal: None,
            actions: ("Action", actions.iter().map(|action| (*action).to_owned()).collect()),
            resources: resources.to_vec(),
            conditions: Vec::new(),
        }
    }

    fn under(mut self, operator: &'static str, key: &'static str, value: &str) -> Self {
        self.conditions.push((operator, key, value.to_owned()));
        self
    }

    /// Returns a `Deny` for everything except for some actions.
    fn deny_all_but(sid: &'static str, spared: &[&str]) -> Self {
        let spared = spared.iter().map(|action| (*action).to_owned()).collect();
        Self { effect: "Deny", actions: ("NotAction", spared), ..Self::allow(sid, &[], &["*".to_owned()]) }
    }
}

/// Returns the calls that must work without MFA so that a device can be enrolled.
fn enrollment() -> Vec<&'static str> {
    let steps = ["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice", "iam:EnableMFADevice"];
    action::login().into_iter().chain(steps).collect()
}

/// Returns the Deny of everything without MFA, except for reading one's own data and for a login.
fn nothing_without() -> Clause {
    Clause::deny_all_but("NothingElseWithoutMfa", &action::login()).under(
        "BoolIfExists",
        "aws:MultiFactorAuthPresent",
        "false",
    )
}

fn everything() -> Clause {
    Clause::allow("EverythingWithMfa", &["*"], &["*".to_owned()]).under(
        "Bool",
        "aws:MultiFactorAuthPresent",
        "true",
    )
}

fn self_service(measure: &Measure, spared: &[&'static str]) -> Vec<Clause> {
    let account = measure.account.as_deref().unwrap_or("*");
    let user = measure.user.as_deref().unwrap_or("${aws:username}");
    let arn = |what: &str| format!("arn:{}:iam::{account}:{what}", measure.partition);
    let own_user = [arn(&format!("user/{user}"))];
    // A second device of a user needs a second name.
    let own_devices = [arn(&format!("mfa/{user}")), arn(&format!("mfa/{user}-*"))];
    vec![
        Clause::allow(
            "LookAround",
            &["iam:GetAccountPasswordPolicy", "iam:GetAccountSummary", "iam:ListVirtualMFADevices"],
            &["*".to_owned()],
        ),
        Clause::allow(
            "MakeOwnDevice",
            &["iam:CreateVirtualMFADevice", "iam:DeleteVirtualMFADevice"],
            &own_devices,
        ),
        Clause::allow(
            "KeepOwnUser",
            &[
                "iam:GetUser",
                "iam:ChangePassword",
                "iam:GetMFADevice",
                "iam:ListMFADevices",
                "iam:EnableMFADevice",
                "iam:ResyncMFADevice",
                "iam:DeactivateMFADevice",
                "iam:ListAccessKeys",
                "iam:GetAccessKeyLastUsed",
                "iam:CreateAccessKey",
                "iam:UpdateAccessKey",
                "iam:DeleteAccessKey",
            ],
            &own_user,
        ),
        Clause::deny_all_but("NothingElseWithoutMfa", spared).under(
            "BoolIfExists",
            "aws:MultiFactorAuthPresent",
            "false",
        ),
    ]
}

fn max_age(seconds: u32) -> Clause {
    Clause::deny_all_but("NothingElseWithOldMfa", &action::login()).under(
        "NumericGreaterThanIfExists",
        "aws:MultiFactorAuthAge",
        &seconds.to_string(),
    )
}

fn trust(measure: &Measure) -> Clause {
    let account = measure.account.as_deref().unwrap_or_default();
    let whom = match &measure.user {
        Some(user) => format!("user/{user}"),
        None => "root".to_owned(),
    };
    Clause {
        principal: Some(format!("arn:{}:iam::{account}:{whom}", measure.partition)),
        ..Clause::allow("AssumeWithMfa", &["sts:AssumeRole"], &[])
    }
    .under("Bool", "aws:MultiFactorAuthPresent", "true")
}
