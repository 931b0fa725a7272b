//! Policies of users, groups and roles, to be looked at.

use super::{account, list, missing, required, respond};
use crate::answer::{Answer, Refusal};
use crate::clock;
use crate::encoding::percent;
use crate::id;
use crate::service::Exchange;
use crate::world::{Grants, Managed};

/// The holder of the policies that an action is about, once the caller may ask.
struct Holder<'a> {
    /// `UserName`, `GroupName` or `RoleName`.
    field: &'static str,
    name: &'a str,
    grants: &'a Grants,
}

fn holder<'a>(exchange: &'a Exchange, action: &str) -> Result<Holder<'a>, Refusal> {
    let (field, kind) = if action.contains("User") {
        ("UserName", "user")
    } else if action.contains("Group") {
        ("GroupName", "group")
    } else {
        ("RoleName", "role")
    };
    let name = required(exchange, field)?;
    let account = account(exchange);
    exchange.authorize(&format!("iam:{action}"), &account.arn(kind, name))?;
    let grants = match kind {
        "user" => account.users.get(name).map(|user| &user.grants),
        "group" => account.groups.get(name).map(|group| &group.grants),
        _ => account.roles.get(name).map(|role| &role.grants),
    };
    let grants = grants.ok_or_else(|| missing(format!("The {kind} with name {name} cannot be found.")))?;
    Ok(Holder { field, name, grants })
}

pub(super) fn list_inline(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let holder = holder(exchange, action)?;
    Ok(respond(exchange, action, |xml| {
        xml.leaf("IsTruncated", "false");
        xml.nest("PolicyNames", |xml| {
            for name in holder.grants.inline.keys() {
                xml.leaf("member", name);
            }
        });
    }))
}

pub(super) fn get_inline(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let holder = holder(exchange, action)?;
    let policy = required(exchange, "PolicyName")?;
    let found = holder.grants.inline.get(policy);
    let document = found
        .ok_or_else(|| missing(format!("The {} policy with name {policy} cannot be found.", holder.name)))?;
    Ok(respond(exchange, action, |xml| {
        xml.leaf(holder.field, holder.name)
            .leaf("PolicyName", policy)
            .leaf("PolicyDocument", percent(document.text.as_bytes(), b""));
    }))
}

pub(super) fn list_attached(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let holder = holder(exchange, action)?;
    let policies = holder.grants.attached.iter().filter_map(|name| account(exchange).policies.get(name));
    Ok(respond(exchange, action, |xml| {
        list(xml, "AttachedPolicies", policies, |xml, policy| {
            xml.leaf("PolicyName", &policy.name).leaf("PolicyArn", &policy.arn);
        });
    }))
}

fn managed<'a>(exchange: &'a Exchange, action: &str) -> Result<&'a Managed, Refusal> {
    let arn = required(exchange, "PolicyArn")?;
    exchange.authorize(action, arn)?;
    let found = account(exchange).policies.values().find(|policy| policy.arn == arn);
    found.ok_or_else(|| missing(format!("Policy {arn} was not found.")))
}

pub(super) fn get_policy(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let policy = managed(exchange, "iam:GetPolicy")?;
    Ok(respond(exchange, "GetPolicy", |xml| {
        xml.nest("Policy", |xml| {
            xml.leaf("PolicyName", &policy.name)
                .leaf("PolicyId", id::stable("ANPA", &policy.arn))
                .leaf("Arn", &policy.arn)
                .leaf("Path", "/")
                .leaf("DefaultVersionId", "v1")
                .leaf("IsAttachable", "true")
                .leaf("CreateDate", clock::iso(policy.created))
                .leaf("UpdateDate", clock::iso(policy.created));
        });
    }))
}

pub(super) fn get_policy_version(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let policy = managed(exchange, "iam:GetPolicyVersion")?;
    let version = required(exchange, "VersionId")?;
    if version != "v1" {
        return Err(missing(format!("Policy {} version {version} does not exist.", policy.arn)));
    }
    Ok(respond(exchange, "GetPolicyVersion", |xml| {
        xml.nest("PolicyVersion", |xml| {
            xml.leaf("Document", percent(policy.document.text.as_bytes(), b""))
                .leaf("VersionId", "v1")
                .leaf("IsDefaultVersion", "true")
                .leaf("CreateDate", clock::iso(policy.created));
        });
    }))
}
