//! Rates the danger of an action in the hands of an attacker: privilege escalation, disclosure of data, or destruction.

use crate::catalog::{Action, Level};

/// The danger of an action that works without MFA, worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Danger {
    /// The caller can get permissions that it does not have.
    Escalation,
    /// The caller can read data or secrets.
    Data,
    /// The caller can destroy something.
    Destruction,
    /// The action has none of these effects.
    Other,
}

impl Danger {
    /// All of them, worst first.
    pub const ALL: [Self; 4] = [Self::Escalation, Self::Data, Self::Destruction, Self::Other];

    /// Returns a few words for the heading of a list.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Escalation => "privilege escalation",
            Self::Data => "data and secrets",
            Self::Destruction => "destruction",
            Self::Other => "others",
        }
    }

    /// Returns the danger as a word for programs.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Escalation => "escalation",
            Self::Data => "data",
            Self::Destruction => "destruction",
            Self::Other => "other",
        }
    }

    pub(crate) fn of(service: &str, action: &Action) -> Self {
        Dangers::of(service).of_action(action)
    }
}

/// The dangers of the actions of one service.
pub(crate) struct Dangers(Vec<(&'static str, Danger)>);

impl Dangers {
    pub(crate) fn of(service: &str) -> Self {
        let of = |list: &'static [(&str, &str)], danger| {
            let own = list.iter().filter(move |(known, _)| *known == service);
            own.map(move |(_, name)| (*name, danger))
        };
        Self(of(&DATA, Danger::Data).chain(of(&ESCALATION, Danger::Escalation)).collect())
    }

    pub(crate) fn of_action(&self, action: &Action) -> Danger {
        if let Some((_, known)) = self.0.iter().find(|(name, _)| *name == action.name) {
            return *known;
        }
        let destroys = ["Delete", "Terminate", "Purge", "Destroy", "ScheduleKeyDeletion", "Disable"];
        let changes = matches!(action.level, Level::Write | Level::Permissions);
        if changes && destroys.iter().any(|verb| action.name.starts_with(verb)) {
            return Danger::Destruction;
        }
        Danger::Other
    }
}

/// Actions that lead to more permissions, alone or with `iam:PassRole`, which is one of them. They come from the lists
/// of published escalation methods (Rhino Security Labs 2018, and later additions).
const ESCALATION: [(&str, &str); 41] = [
    ("iam", "AddUserToGroup"),
    ("iam", "AttachGroupPolicy"),
    ("iam", "AttachRolePolicy"),
    ("iam", "AttachUserPolicy"),
    ("iam", "CreateAccessKey"),
    ("iam", "CreateLoginProfile"),
    ("iam", "CreatePolicyVersion"),
    ("iam", "CreateServiceSpecificCredential"),
    ("iam", "DeactivateMFADevice"),
    ("iam", "DeleteRolePermissionsBoundary"),
    ("iam", "DeleteRolePolicy"),
    ("iam", "DeleteUserPermissionsBoundary"),
    ("iam", "DeleteUserPolicy"),
    ("iam", "DetachUserPolicy"),
    ("iam", "PassRole"),
    ("iam", "PutGroupPolicy"),
    ("iam", "PutRolePermissionsBoundary"),
    ("iam", "PutRolePolicy"),
    ("iam", "PutUserPermissionsBoundary"),
    ("iam", "PutUserPolicy"),
    ("iam", "RemoveUserFromGroup"),
    ("iam", "ResetServiceSpecificCredential"),
    ("iam", "SetDefaultPolicyVersion"),
    ("iam", "UpdateAccessKey"),
    ("iam", "UpdateAssumeRolePolicy"),
    ("iam", "UpdateLoginProfile"),
    ("iam", "UploadSigningCertificate"),
    ("sts", "AssumeRole"),
    ("sts", "AssumeRoot"),
    ("sts", "GetFederationToken"),
    ("signin", "AuthorizeOAuth2Access"),
    ("signin", "CreateOAuth2Token"),
    ("cloudformation", "SetStackPolicy"),
    ("codestar", "CreateProject"),
    ("glue", "UpdateDevEndpoint"),
    ("lambda", "AddPermission"),
    ("lambda", "UpdateFunctionCode"),
    ("lambda", "UpdateFunctionConfiguration"),
    ("ssm", "SendCommand"),
    ("ssm", "StartSession"),
    ("sso", "CreateAccountAssignment"),
];

/// Actions that are sufficient to become an administrator, if there is an administrator's policy or role.
const TAKEOVER: [&str; 18] = [
    "iam:AddUserToGroup",
    "iam:AttachGroupPolicy",
    "iam:AttachRolePolicy",
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreatePolicyVersion",
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PassRole",
    "iam:PutGroupPolicy",
    "iam:PutRolePolicy",
    "iam:PutUserPermissionsBoundary",
    "iam:PutUserPolicy",
    "iam:SetDefaultPolicyVersion",
    "iam:UpdateAssumeRolePolicy",
    "iam:UpdateLoginProfile",
    "sts:AssumeRoot",
];

const DATA: [(&str, &str); 22] = [
    ("athena", "GetQueryResults"),
    ("codecommit", "GitPull"),
    ("cognito-idp", "ListUsers"),
    ("dynamodb", "BatchGetItem"),
    ("dynamodb", "GetItem"),
    ("dynamodb", "PartiQLSelect"),
    ("dynamodb", "Query"),
    ("dynamodb", "Scan"),
    ("ebs", "GetSnapshotBlock"),
    ("ec2", "GetPasswordData"),
    ("ecr", "GetDownloadUrlForLayer"),
    ("kms", "Decrypt"),
    ("kms", "GenerateDataKey"),
    ("lambda", "GetFunction"),
    ("logs", "GetLogEvents"),
    ("rds-data", "ExecuteStatement"),
    ("s3", "GetObject"),
    ("s3", "GetObjectVersion"),
    ("secretsmanager", "BatchGetSecretValue"),
    ("secretsmanager", "GetSecretValue"),
    ("ssm", "GetParameter"),
    ("ssm", "GetParameters"),
];

/// Returns true if a caller of this action can get every permission that it lacks.
pub(crate) fn takes_over(service: &str, name: &str) -> bool {
    matches!(service, "iam" | "sts")
        && TAKEOVER.iter().any(|known| known.split_once(':') == Some((service, name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog;

    #[test]
    fn every_named_action_is_one_of_awss() {
        let takeover = TAKEOVER.iter().filter_map(|action| action.split_once(':'));
        for (service, name) in ESCALATION.iter().chain(&DATA).copied().chain(takeover) {
            let known = catalog::service(service).and_then(|service| service.action(name));
            assert_eq!(known.map(|known| known.name), Some(name), "{service}");
        }
    }

    #[test]
    fn what_destroys_is_told_by_its_verb_and_its_level() {
        let of = |service: &str, name: &str| {
            Danger::of(service, &catalog::service(service).unwrap().action(name).unwrap())
        };
        assert_eq!(of("s3", "DeleteBucket"), Danger::Destruction);
        assert_eq!(of("ec2", "DescribeInstances"), Danger::Other);
        assert_eq!(of("kms", "Decrypt"), Danger::Data);
        assert_eq!(of("iam", "PutUserPolicy"), Danger::Escalation);
    }
}
