//! Fetches the policies of a user or a group from IAM. The policy crate decides what they mean.

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;

use crate::aws::Aws;
use crate::aws::iam::policies as iam;
use crate::aws::iam::user_or_group::UserOrGroup;

/// A policy, and its origin.
#[derive(Debug, Clone)]
pub struct Attached {
    /// A name by which people find it.
    pub name: String,
    /// The text of the policy document.
    pub text: String,
    /// True if it is the permission boundary rather than a policy that allows.
    pub boundary: bool,
}

/// Returns all policies that apply to a user or a group.
pub fn attached(aws: &Aws, signer: &Signer, source: UserOrGroup<'_>) -> Result<Vec<Attached>, Answer> {
    let mut found = Vec::new();
    let groups = match source {
        UserOrGroup::Group(group) => vec![group.to_owned()],
        UserOrGroup::User(user) => {
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
            found.push(Attached { name: UserOrGroup::Group(&group).inline(&name), text, boundary: false });
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
