//! The operations that read the policies of users, groups and roles.

use super::grants::Kind;
use super::managed;
use super::parameters::required;
use super::reply::{list, respond};
use super::subject::{account, missing};
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::encoding::percent;
use crate::wire::xml::Xml;
use crate::world::{Grants, Managed};

/// The user, group or role that an action is about, after the caller was authorized.
struct Holder<'a> {
    /// The name of the parameter: `UserName`, `GroupName` or `RoleName`.
    field: &'static str,
    name: &'a str,
    grants: &'a Grants,
}

fn holder<'a>(exchange: &'a Exchange, action: &str) -> Result<Holder<'a>, Refusal> {
    let kind = Kind::of(action);
    let name = required(exchange, kind.field())?;
    let account = account(exchange);
    exchange.authorize(&format!("iam:{action}"), &account.arn(kind.word(), name))?;
    let grants = match kind {
        Kind::User => account.users.get(name).map(|user| &user.grants),
        Kind::Group => account.groups.get(name).map(|group| &group.grants),
        Kind::Role => account.roles.get(name).map(|role| &role.grants),
    };
    Ok(Holder { field: kind.field(), name, grants: grants.ok_or_else(|| kind.gone(name))? })
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
        list(xml, "AttachedPolicies", policies, attached);
    }))
}

/// Writes the members of an attached policy's element.
pub(super) fn attached(xml: &mut Xml, policy: &Managed) {
    xml.leaf("PolicyName", &policy.name).leaf("PolicyArn", &policy.arn);
}

fn readable<'a>(exchange: &'a Exchange, action: &str) -> Result<&'a Managed, Refusal> {
    let arn = required(exchange, "PolicyArn")?;
    exchange.authorize(action, arn)?;
    let found = account(exchange).managed(arn);
    found.ok_or_else(|| missing(format!("Policy {arn} was not found.")))
}

pub(super) fn get_policy(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let policy = readable(exchange, "iam:GetPolicy")?;
    Ok(respond(exchange, "GetPolicy", |xml| {
        xml.nest("Policy", |xml| managed::write(xml, account(exchange), policy));
    }))
}

pub(super) fn get_policy_version(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let policy = readable(exchange, "iam:GetPolicyVersion")?;
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
