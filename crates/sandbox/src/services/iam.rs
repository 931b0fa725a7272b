//! IAM: which operation, and who may call it at all. One file per noun.

mod details;
mod devices;
pub(crate) mod grants;
mod groups;
mod keys;
mod managed;
mod policies;
mod reports;
mod roles;
mod simulate;
mod users;

use crate::http::route::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Service;
use crate::wire::xml::Xml;
use crate::world::caller::{Kind, Mfa};
use crate::world::{Account, User};

/// Carries out one IAM call.
pub(crate) fn answer(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let caller = &exchange.caller;
    // AWS: a GetSessionToken session reaches IAM only if it carries MFA, and is told nothing better.
    if caller.temporary && caller.mfa == Mfa::No && !matches!(caller.kind, Kind::Role { .. }) {
        return Err(Refusal::invalid_client_token());
    }
    match action {
        "GetUser" => users::get_user(exchange),
        "ListUsers" => users::list_users(exchange),
        "CreateUser" => users::create_user(exchange),
        "DeleteUser" => users::delete_user(exchange),
        "ListGroupsForUser" => users::list_groups_for_user(exchange),
        "ListAccountAliases" => users::list_account_aliases(exchange),
        "CreateGroup" => groups::create_group(exchange),
        "DeleteGroup" => groups::delete_group(exchange),
        "ListGroups" => groups::list_groups(exchange),
        "GetGroup" => groups::get_group(exchange),
        "AddUserToGroup" => groups::add_user_to_group(exchange),
        "RemoveUserFromGroup" => groups::remove_user_from_group(exchange),
        "ListAccessKeys" => keys::list_access_keys(exchange),
        "CreateAccessKey" => keys::create_access_key(exchange),
        "UpdateAccessKey" => keys::update_access_key(exchange),
        "DeleteAccessKey" => keys::delete_access_key(exchange),
        "GetAccessKeyLastUsed" => keys::get_access_key_last_used(exchange),
        "ListMFADevices" => devices::list_mfa_devices(exchange),
        "ListVirtualMFADevices" => devices::list_virtual_mfa_devices(exchange),
        "CreateVirtualMFADevice" => devices::create_virtual_mfa_device(exchange),
        "DeleteVirtualMFADevice" => devices::delete_virtual_mfa_device(exchange),
        "EnableMFADevice" => devices::enable_mfa_device(exchange),
        "ResyncMFADevice" => devices::resync_mfa_device(exchange),
        "DeactivateMFADevice" => devices::deactivate_mfa_device(exchange),
        "ListRoles" => roles::list_roles(exchange),
        "GetRole" => roles::get_role(exchange),
        "ListUserPolicies" | "ListGroupPolicies" | "ListRolePolicies" => {
            policies::list_inline(exchange, action)
        }
        "GetUserPolicy" | "GetGroupPolicy" | "GetRolePolicy" => policies::get_inline(exchange, action),
        "ListAttachedUserPolicies" | "ListAttachedGroupPolicies" | "ListAttachedRolePolicies" => {
            policies::list_attached(exchange, action)
        }
        "PutUserPolicy" | "PutGroupPolicy" | "PutRolePolicy" => grants::put(exchange, action),
        "DeleteUserPolicy" | "DeleteGroupPolicy" | "DeleteRolePolicy" => grants::delete(exchange, action),
        "AttachUserPolicy" | "AttachGroupPolicy" | "AttachRolePolicy" => grants::attach(exchange, action),
        "DetachUserPolicy" | "DetachGroupPolicy" | "DetachRolePolicy" => grants::detach(exchange, action),
        "PutUserPermissionsBoundary" | "PutRolePermissionsBoundary" => grants::put_boundary(exchange, action),
        "DeleteUserPermissionsBoundary" | "DeleteRolePermissionsBoundary" => {
            grants::delete_boundary(exchange, action)
        }
        "CreatePolicy" => managed::create_policy(exchange),
        "DeletePolicy" => managed::delete_policy(exchange),
        "SimulatePrincipalPolicy" => simulate::principal(exchange),
        "SimulateCustomPolicy" => simulate::custom(exchange),
        "ListPolicies" => managed::list_policies(exchange),
        "GetAccountAuthorizationDetails" => details::get_account_authorization_details(exchange),
        "GenerateCredentialReport" => reports::generate_credential_report(exchange),
        "GetCredentialReport" => reports::get_credential_report(exchange),
        "GetPolicy" => policies::get_policy(exchange),
        "GetPolicyVersion" => policies::get_policy_version(exchange),
        other => Err(Refusal::new(
            400,
            "InvalidAction",
            format!("Could not find operation {other} for version 2010-05-08"),
        )),
    }
}

/// `<ACTIONResponse><ACTIONResult>...`.
fn respond(exchange: &Exchange, action: &str, inside: impl FnOnce(&mut Xml)) -> Answer {
    let mut xml = Xml::new();
    xml.root(&format!("{action}Response"), Service::Iam.namespace(), |xml| {
        xml.nest(&format!("{action}Result"), inside);
        metadata(exchange, xml);
    });
    Answer::xml(xml)
}

/// The answer to an operation that returns nothing.
fn done(exchange: &Exchange, action: &str) -> Answer {
    let mut xml = Xml::new();
    xml.root(&format!("{action}Response"), Service::Iam.namespace(), |xml| metadata(exchange, xml));
    Answer::xml(xml)
}

fn metadata(exchange: &Exchange, xml: &mut Xml) {
    xml.nest("ResponseMetadata", |xml| {
        xml.leaf("RequestId", &exchange.request_id);
    });
}

/// A list in IAM's shape. It is always whole, so no marker is ever given.
fn list<T>(xml: &mut Xml, name: &str, items: impl IntoIterator<Item = T>, write: impl Fn(&mut Xml, T)) {
    xml.leaf("IsTruncated", "false");
    xml.nest(name, |xml| {
        for item in items {
            xml.nest("member", |xml| write(xml, item));
        }
    });
}

/// A parameter as AWS's messages name it.
fn lowered(field: &str) -> String {
    format!("{}{}", field[..1].to_ascii_lowercase(), &field[1..])
}

/// A parameter that must be there.
fn required<'a>(exchange: &'a Exchange, name: &str) -> Result<&'a str, Refusal> {
    exchange.form.given(name).ok_or_else(|| {
        let field = lowered(name);
        Refusal::validation(format!(
            "1 validation error detected: Value null at '{field}' failed to satisfy constraint: Member must not be null"
        ))
    })
}

/// A name that something is to be given.
fn name_of(exchange: &Exchange, field: &str) -> Result<String, Refusal> {
    let name = required(exchange, field)?;
    let most = if field == "UserName" { 64 } else { 128 };
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_+=,.@-".contains(c);
    if name.chars().count() > most || !name.chars().all(allowed) {
        return Err(Refusal::validation(format!(
            "The specified value for {} is invalid. It must contain only alphanumeric characters and/or the \
             following: +=,.@_-",
            lowered(field)
        )));
    }
    Ok(name.to_owned())
}

/// The user whom the call is about: the one named, else the caller.
fn subject(exchange: &Exchange) -> Result<String, Refusal> {
    let named = exchange.form.given("UserName").or_else(|| exchange.caller.user_name());
    named
        .map(str::to_owned)
        .ok_or_else(|| Refusal::validation("Must specify userName when calling with non-User credentials"))
}

/// [`subject`], once the caller may do `action` to them and they exist.
fn permitted_subject(exchange: &Exchange, action: &str) -> Result<String, Refusal> {
    let name = subject(exchange)?;
    exchange.authorize(action, &account(exchange).arn("user", &name))?;
    user(exchange, &name)?;
    Ok(name)
}

fn account<'a>(exchange: &'a Exchange) -> &'a Account {
    exchange.world.accounts.get(&exchange.caller.account).expect("callers come from accounts of this world")
}

fn account_mut<'a>(exchange: &'a mut Exchange) -> &'a mut Account {
    exchange
        .world
        .accounts
        .get_mut(&exchange.caller.account)
        .expect("callers come from accounts of this world")
}

fn user<'a>(exchange: &'a Exchange, name: &str) -> Result<&'a User, Refusal> {
    let found = account(exchange).users.get(name).filter(|user| !user.root);
    found.ok_or_else(|| missing(format!("The user with name {name} cannot be found.")))
}

fn missing(message: impl Into<String>) -> Refusal {
    Refusal::new(404, "NoSuchEntity", message)
}
