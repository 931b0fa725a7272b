//! The operations on users, their groups, and the alias of the account.

use super::elements;
use super::parameters::{name_of, required};
use super::reply::{done, list, respond};
use super::subject::{account, account_mut, permitted_subject, subject, user};
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::world::id;
use crate::world::{Grants, User};

pub(super) fn create_user(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = name_of(exchange, "UserName")?;
    let arn = account(exchange).arn("user", &name);
    exchange.authorize("iam:CreateUser", &arn)?;
    if account(exchange).users.contains_key(&name) {
        let message = format!("User with name {name} already exists.");
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let user = User {
        name: name.clone(),
        id: id::stable("AIDA", &arn),
        arn,
        root: false,
        groups: Vec::new(),
        grants: Grants::default(),
        password: None,
        created: exchange.now,
    };
    let answer = respond(exchange, "CreateUser", |xml| {
        xml.nest("User", |xml| elements::user(xml, account(exchange), &user));
    });
    account_mut(exchange).users.insert(name, user);
    Ok(answer)
}

pub(super) fn delete_user(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = required(exchange, "UserName")?.to_owned();
    exchange.authorize("iam:DeleteUser", &account(exchange).arn("user", &name))?;
    let user = user(exchange, &name)?;
    let keys = exchange.world.keys.values();
    let mut devices = account(exchange).devices.values();
    let what = if keys.into_iter().any(|key| key.account == exchange.caller.account && key.user == name) {
        "delete access keys"
    } else if devices.any(|device| device.user.as_ref() == Some(&name)) {
        "delete MFA device"
    } else if !user.grants.inline.is_empty() {
        "delete policies"
    } else if !user.grants.attached.is_empty() {
        "detach all policies"
    } else if !user.groups.is_empty() {
        "remove users from group"
    } else {
        account_mut(exchange).users.remove(&name);
        return Ok(done(exchange, "DeleteUser"));
    };
    Err(Refusal::new(409, "DeleteConflict", format!("Cannot delete entity, must {what} first.")))
}

pub(super) fn get_user(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = subject(exchange)?;
    exchange.authorize("iam:GetUser", &account(exchange).arn("user", &name))?;
    let user = user(exchange, &name)?;
    Ok(respond(exchange, "GetUser", |xml| {
        xml.nest("User", |xml| elements::user(xml, account(exchange), user));
    }))
}

pub(super) fn list_users(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:ListUsers", &account(exchange).arn("user", ""))?;
    let account = account(exchange);
    let users = account.users.values().filter(|user| !user.root);
    Ok(respond(exchange, "ListUsers", |xml| {
        list(xml, "Users", users, |xml, user| elements::user(xml, account, user));
    }))
}

pub(super) fn list_groups_for_user(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = permitted_subject(exchange, "iam:ListGroupsForUser")?;
    let account = account(exchange);
    let of_user = account.users[&name].groups.iter().filter_map(|group| account.groups.get(group));
    Ok(respond(exchange, "ListGroupsForUser", |xml| {
        list(xml, "Groups", of_user, elements::group);
    }))
}

pub(super) fn list_account_aliases(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:ListAccountAliases", "*")?;
    let alias = account(exchange).alias.as_deref();
    Ok(respond(exchange, "ListAccountAliases", |xml| {
        xml.leaf("IsTruncated", "false");
        xml.nest("AccountAliases", |xml| {
            xml.maybe("member", alias);
        });
    }))
}
