//! The operations on managed policies: create, list and delete. Each policy has one version.

use super::parameters::{name_of, required};
use super::reply::{done, list, respond};
use super::subject::{account, account_mut, missing};
use crate::clock;
use crate::services::document::document;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::xml::Xml;
use crate::world::id;
use crate::world::{Account, Managed};

/// The characters that AWS allows, white space not counted.
const MOST: usize = 6144;

/// Returns the number of users, groups, and roles that have it attached.
fn attachments(account: &Account, name: &String) -> usize {
    let users = account.users.values().map(|user| &user.grants);
    let groups = account.groups.values().map(|group| &group.grants);
    let roles = account.roles.values().map(|role| &role.grants);
    users.chain(groups).chain(roles).filter(|grants| grants.attached.contains(name)).count()
}

/// Returns the number of users and roles that have it as their boundary.
fn bounded(account: &Account, name: &String) -> usize {
    let users = account.users.values().map(|user| &user.grants);
    let roles = account.roles.values().map(|role| &role.grants);
    users.chain(roles).filter(|grants| grants.boundary.as_ref() == Some(name)).count()
}

/// Writes the members of a `Policy` element.
pub(super) fn write(xml: &mut Xml, account: &Account, policy: &Managed) {
    xml.leaf("PolicyName", &policy.name)
        .leaf("PolicyId", id::stable("ANPA", &policy.arn))
        .leaf("Arn", &policy.arn)
        .leaf("Path", "/")
        .leaf("DefaultVersionId", "v1")
        .leaf("AttachmentCount", attachments(account, &policy.name).to_string())
        .leaf("PermissionsBoundaryUsageCount", bounded(account, &policy.name).to_string())
        .leaf("IsAttachable", "true")
        .leaf("CreateDate", clock::iso(policy.created))
        .leaf("UpdateDate", clock::iso(policy.created));
}

pub(super) fn create_policy(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = name_of(exchange, "PolicyName")?;
    let arn = account(exchange).arn("policy", &name);
    exchange.authorize("iam:CreatePolicy", &arn)?;
    let document = document(required(exchange, "PolicyDocument")?)?;
    if document.text.chars().filter(|c| !c.is_whitespace()).count() > MOST {
        let message = format!("Cannot exceed quota for PolicySize: {MOST}");
        return Err(Refusal::new(409, "LimitExceeded", message));
    }
    if account(exchange).policies.contains_key(&name) {
        let message = format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let policy = Managed { arn, name: name.clone(), document, created: exchange.now };
    let answer = respond(exchange, "CreatePolicy", |xml| {
        xml.nest("Policy", |xml| write(xml, account(exchange), &policy));
    });
    account_mut(exchange).policies.insert(name, policy);
    Ok(answer)
}

pub(super) fn delete_policy(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let arn = required(exchange, "PolicyArn")?.to_owned();
    exchange.authorize("iam:DeletePolicy", &arn)?;
    let account = account_mut(exchange);
    let found = account.managed(&arn);
    let name = found.ok_or_else(|| missing(format!("Policy {arn} was not found.")))?.name.clone();
    if attachments(account, &name) + bounded(account, &name) > 0 {
        let message = "Cannot delete a policy attached to entities.";
        return Err(Refusal::new(409, "DeleteConflict", message));
    }
    account.policies.remove(&name);
    Ok(done(exchange, "DeletePolicy"))
}

pub(super) fn list_policies(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:ListPolicies", "*")?;
    let account = account(exchange);
    let policies = account.policies.values();
    Ok(respond(exchange, "ListPolicies", |xml| {
        list(xml, "Policies", policies, |xml, policy| write(xml, account, policy));
    }))
}
