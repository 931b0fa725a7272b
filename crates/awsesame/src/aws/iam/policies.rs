//! The calls of IAM about policies. Lists are read to their last page.

use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};
use aws_sdk_sts::config::Credentials as Signer;
use awsesame_core::answer::translate::Answer;
use awsesame_policy::Context;

use crate::aws::Aws;
use crate::aws::iam::user_or_group::UserOrGroup;
use crate::aws::pages;

/// Returns the names of a user's inline policies.
pub fn user_policy_names(aws: &Aws, signer: Signer, user: &str) -> Result<Vec<String>, Answer> {
    const OPERATION: &str = "ListUserPolicies";
    let client = aws.iam(signer);
    pages::all(OPERATION, |marker| {
        let call = client.list_user_policies().user_name(user).set_marker(marker);
        let answer = aws.call(OPERATION, call.send())?;
        Ok((answer.policy_names, answer.marker.filter(|_| answer.is_truncated)))
    })
}

/// Returns the names of a group's inline policies.
pub fn group_policy_names(aws: &Aws, signer: Signer, group: &str) -> Result<Vec<String>, Answer> {
    const OPERATION: &str = "ListGroupPolicies";
    let client = aws.iam(signer);
    pages::all(OPERATION, |marker| {
        let call = client.list_group_policies().group_name(group).set_marker(marker);
        let answer = aws.call(OPERATION, call.send())?;
        Ok((answer.policy_names, answer.marker.filter(|_| answer.is_truncated)))
    })
}

/// Returns the ARNs of the managed policies attached to a user.
pub fn attached_to_user(aws: &Aws, signer: Signer, user: &str) -> Result<Vec<String>, Answer> {
    const OPERATION: &str = "ListAttachedUserPolicies";
    let client = aws.iam(signer);
    pages::all(OPERATION, |marker| {
        let call = client.list_attached_user_policies().user_name(user).set_marker(marker);
        let answer = aws.call(OPERATION, call.send())?;
        let arns = answer.attached_policies.unwrap_or_default().into_iter().filter_map(|one| one.policy_arn);
        Ok((arns.collect(), answer.marker.filter(|_| answer.is_truncated)))
    })
}

/// Returns the ARNs of the managed policies attached to a group.
pub fn attached_to_group(aws: &Aws, signer: Signer, group: &str) -> Result<Vec<String>, Answer> {
    const OPERATION: &str = "ListAttachedGroupPolicies";
    let client = aws.iam(signer);
    pages::all(OPERATION, |marker| {
        let call = client.list_attached_group_policies().group_name(group).set_marker(marker);
        let answer = aws.call(OPERATION, call.send())?;
        let arns = answer.attached_policies.unwrap_or_default().into_iter().filter_map(|one| one.policy_arn);
        Ok((arns.collect(), answer.marker.filter(|_| answer.is_truncated)))
    })
}

/// Returns the groups that a user is in.
pub fn groups_of(aws: &Aws, signer: Signer, user: &str) -> Result<Vec<String>, Answer> {
    const OPERATION: &str = "ListGroupsForUser";
    let client = aws.iam(signer);
    pages::all(OPERATION, |marker| {
        let call = client.list_groups_for_user().user_name(user).set_marker(marker);
        let answer = aws.call(OPERATION, call.send())?;
        let names = answer.groups.into_iter().map(|group| group.group_name);
        Ok((names.collect(), answer.marker.filter(|_| answer.is_truncated)))
    })
}

/// Returns the ARN of a user's permission boundary.
pub fn boundary(aws: &Aws, signer: Signer, user: &str) -> Result<Option<String>, Answer> {
    let answer = aws.call("GetUser", aws.iam(signer).get_user().user_name(user).send())?;
    let boundary = answer.user.and_then(|user| user.permissions_boundary);
    Ok(boundary.and_then(|boundary| boundary.permissions_boundary_arn))
}

/// Returns the document of a user's inline policy.
pub fn user_policy(aws: &Aws, signer: Signer, user: &str, name: &str) -> Result<String, Answer> {
    const OPERATION: &str = "GetUserPolicy";
    let call = aws.iam(signer).get_user_policy().user_name(user).policy_name(name);
    document(OPERATION, &aws.call(OPERATION, call.send())?.policy_document)
}

/// Returns the document of a group's inline policy.
pub fn group_policy(aws: &Aws, signer: Signer, group: &str, name: &str) -> Result<String, Answer> {
    const OPERATION: &str = "GetGroupPolicy";
    let call = aws.iam(signer).get_group_policy().group_name(group).policy_name(name);
    document(OPERATION, &aws.call(OPERATION, call.send())?.policy_document)
}

/// Returns the document of a managed policy, in its default version.
pub fn managed(aws: &Aws, signer: Signer, arn: &str) -> Result<String, Answer> {
    const OPERATION: &str = "GetPolicyVersion";
    let client = aws.iam(signer);
    let policy = aws.call("GetPolicy", client.get_policy().policy_arn(arn).send())?.policy;
    let version = policy.and_then(|policy| policy.default_version_id).unwrap_or_else(|| "v1".to_owned());
    let call = client.get_policy_version().policy_arn(arn).version_id(version);
    let version = aws.call(OPERATION, call.send())?.policy_version;
    document(OPERATION, &version.and_then(|version| version.document).unwrap_or_default())
}

/// Writes an inline policy of a user or a group. It replaces a policy of the same name.
pub fn put(aws: &Aws, signer: Signer, whose: UserOrGroup<'_>, name: &str, text: &str) -> Result<(), Answer> {
    let client = aws.iam(signer);
    match whose {
        UserOrGroup::User(user) => {
            let call = client.put_user_policy().user_name(user).policy_name(name).policy_document(text);
            aws.call("PutUserPolicy", call.send()).map(drop)
        }
        UserOrGroup::Group(group) => {
            let call = client.put_group_policy().group_name(group).policy_name(name).policy_document(text);
            aws.call("PutGroupPolicy", call.send()).map(drop)
        }
    }
}

/// Deletes an inline policy of a user or a group.
pub fn delete(aws: &Aws, signer: Signer, whose: UserOrGroup<'_>, name: &str) -> Result<(), Answer> {
    let client = aws.iam(signer);
    match whose {
        UserOrGroup::User(user) => {
            let call = client.delete_user_policy().user_name(user).policy_name(name);
            aws.call("DeleteUserPolicy", call.send()).map(drop)
        }
        UserOrGroup::Group(group) => {
            let call = client.delete_group_policy().group_name(group).policy_name(name);
            aws.call("DeleteGroupPolicy", call.send()).map(drop)
        }
    }
}

/// Returns the names of a group's users.
pub fn members(aws: &Aws, signer: Signer, group: &str) -> Result<Vec<String>, Answer> {
    const OPERATION: &str = "GetGroup";
    let client = aws.iam(signer);
    pages::all(OPERATION, |marker| {
        let call = client.get_group().group_name(group).set_marker(marker);
        let answer = aws.call(OPERATION, call.send())?;
        let names = answer.users.into_iter().map(|user| user.user_name);
        Ok((names.collect(), answer.marker.filter(|_| answer.is_truncated)))
    })
}

/// The answer of AWS's simulator about an action.
pub struct Simulated {
    /// True if the action is allowed.
    pub allowed: bool,
    /// True if the organization's policies stop the action.
    pub by_organization: bool,
    /// The condition keys that the policies use and that were not given.
    pub missing: Vec<String>,
}

/// Calls `SimulatePrincipalPolicy` for one action of a user on one resource, with these condition keys.
pub fn simulate(
    aws: &Aws,
    signer: Signer,
    user: &str,
    (action, resource): (&str, &str),
    keys: &Context,
) -> Result<Simulated, Answer> {
    const OPERATION: &str = "SimulatePrincipalPolicy";
    let mut call = aws.iam(signer).simulate_principal_policy();
    call = call.policy_source_arn(user).action_names(action).resource_arns(resource);
    for (name, values) in keys.given() {
        let entry = ContextEntry::builder().context_key_name(name).context_key_type(kind(values));
        call = call.context_entries(entry.set_context_key_values(Some(values.to_vec())).build());
    }
    let answer = aws.call(OPERATION, call.send())?;
    let one = answer.evaluation_results.unwrap_or_default().into_iter().next();
    let one = one.ok_or_else(|| incomplete(OPERATION, "the simulator says nothing"))?;
    let organization = one.organizations_decision_detail;
    Ok(Simulated {
        allowed: one.eval_decision == PolicyEvaluationDecisionType::Allowed,
        by_organization: organization.is_some_and(|detail| !detail.allowed_by_organizations),
        missing: one.missing_context_values.unwrap_or_default(),
    })
}

/// Returns the type of a value, which the simulator requires.
fn kind(values: &[String]) -> ContextKeyTypeEnum {
    match values {
        [one] if one == "true" || one == "false" => ContextKeyTypeEnum::Boolean,
        [one] if !one.is_empty() && one.len() < 12 && one.bytes().all(|byte| byte.is_ascii_digit()) => {
            ContextKeyTypeEnum::Numeric
        }
        _ => ContextKeyTypeEnum::String,
    }
}

/// Decodes a policy document, which IAM sends percent-encoded (RFC 3986).
fn document(operation: &'static str, encoded: &str) -> Result<String, Answer> {
    let decoded = percent_encoding::percent_decode_str(encoded).decode_utf8();
    decoded
        .map(std::borrow::Cow::into_owned)
        .map_err(|_| incomplete(operation, "the policy is not UTF-8 text"))
}

fn incomplete(operation: &'static str, message: &str) -> Answer {
    Answer::not_aws(operation, message)
}
