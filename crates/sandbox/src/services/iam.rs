//! IAM: finds the operation, and checks who may call it at all. Each noun has a file of its own.

mod credential_report;
mod details;
mod devices;
mod elements;
mod grants;
mod groups;
mod keys;
mod managed;
mod parameters;
mod policies;
mod reply;
mod reports;
mod roles;
mod simulate;
mod subject;
mod users;

use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::world::caller::{Kind, Mfa};

/// Carries out one IAM call.
pub(crate) fn answer(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let caller = &exchange.caller;
    // AWS lets a session of GetSessionToken use IAM only if it has MFA, and gives no better message. Credentials of a
    // console sign-in are not from GetSessionToken.
    let of_sts = caller.temporary && caller.sign_in.is_none();
    if of_sts && caller.mfa == Mfa::No && !matches!(caller.kind, Kind::Role { .. }) {
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
