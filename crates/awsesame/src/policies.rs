//! The policies of a user or a group, gathered from IAM. What they mean is for the
//! policy crate.

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::translate::Answer;

use crate::aws::Aws;
use crate::iam::policies as iam;

/// A policy, and where it is from.
#[derive(Debug, Clone)]
pub struct Attached {
    /// A name by which people find it.
    pub name: String,
    /// The document.
    pub text: String,
    /// Whether it is the permission boundary rather than one that allows.
    pub boundary: bool,
}

/// Whose policies.
#[derive(Debug, Clone, Copy)]
pub enum Source<'a> {
    /// A user's, with its groups' and its boundary.
    User(&'a str),
    /// A group's.
    Group(&'a str),
}

impl Source<'_> {
    /// Whether no other policies of the account decide what it may do.
    pub fn is_complete(self) -> bool {
        matches!(self, Self::User(_))
    }

    /// What an inline policy of it is called here.
    pub fn inline(self, policy: &str) -> String {
        match self {
            Self::User(user) => format!("user {user}, inline {policy}"),
            Self::Group(group) => format!("group {group}, inline {policy}"),
        }
    }

    /// The flag and the name that mean it on a command line.
    pub fn again(self) -> (&'static str, Vec<String>) {
        match self {
            Self::User(user) => ("--user ", vec![user.to_owned()]),
            Self::Group(group) => ("--group ", vec![group.to_owned()]),
        }
    }
}

impl std::fmt::Display for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::User(user) => write!(f, "user `{user}`"),
            Self::Group(group) => write!(f, "group `{group}`"),
        }
    }
}

/// All policies that decide what somebody may do.
pub fn attached(aws: &Aws, signer: &Signer, source: Source<'_>) -> Result<Vec<Attached>, Answer> {
    let mut found = Vec::new();
    let groups = match source {
        Source::Group(group) => vec![group.to_owned()],
        Source::User(user) => {
            let boundary = iam::boundary(aws, signer.clone(), user)?;
            for name in iam::user_policy_names(aws, signer.clone(), user)? {
                let text = iam::user_policy(aws, signer.clone(), user, &name)?;
                found.push(Attached { name: source.inline(&name), text, boundary: false });
            }
            for arn in iam::attached_to_user(aws, signer.clone(), user)? {
                let text = iam::managed(aws, signer.clone(), &arn)?;
                found.push(Attached { name: arn, text, boundary: false });
            }
            if let Some(arn) = boundary {
                let text = iam::managed(aws, signer.clone(), &arn)?;
                found.push(Attached { name: format!("boundary {arn}"), text, boundary: true });
            }
            iam::groups_of(aws, signer.clone(), user)?
        }
    };
    for group in groups {
        for name in iam::group_policy_names(aws, signer.clone(), &group)? {
            let text = iam::group_policy(aws, signer.clone(), &group, &name)?;
            found.push(Attached { name: Source::Group(&group).inline(&name), text, boundary: false });
        }
        for arn in iam::attached_to_group(aws, signer.clone(), &group)? {
            let known = found.iter().any(|one| !one.boundary && one.name == arn);
            if !known {
                let text = iam::managed(aws, signer.clone(), &arn)?;
                found.push(Attached { name: arn, text, boundary: false });
            }
        }
    }
    Ok(found)
}
