//! The operations on groups and their members.

use super::elements;
use super::grants::Kind;
use super::parameters::{name_of, required};
use super::reply::{done, list, respond};
use super::subject::{account, account_mut, named_user};
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::world::{Grants, Group};

/// Returns the named group, if it exists and the caller may do `action` on it.
fn permitted(exchange: &Exchange, action: &str) -> Result<String, Refusal> {
    let name = required(exchange, "GroupName")?;
    exchange.authorize(action, &account(exchange).arn("group", name))?;
    let found = account(exchange).groups.get(name).ok_or_else(|| Kind::Group.gone(name))?;
    Ok(found.name.clone())
}

pub(super) fn create_group(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = name_of(exchange, "GroupName")?;
    let arn = account(exchange).arn("group", &name);
    exchange.authorize("iam:CreateGroup", &arn)?;
    if account(exchange).groups.contains_key(&name) {
        let message = format!("Group with name {name} already exists.");
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let group = Group { name: name.clone(), arn, grants: Grants::default(), created: exchange.now };
    let answer = respond(exchange, "CreateGroup", |xml| {
        xml.nest("Group", |xml| elements::group(xml, &group));
    });
    account_mut(exchange).groups.insert(name, group);
    Ok(answer)
}

pub(super) fn delete_group(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = permitted(exchange, "iam:DeleteGroup")?;
    let account = account_mut(exchange);
    let grants = &account.groups[&name].grants;
    let conflict =
        |what| Refusal::new(409, "DeleteConflict", format!("Cannot delete entity, must {what} first."));
    if !grants.inline.is_empty() {
        return Err(conflict("delete policies"));
    }
    if !grants.attached.is_empty() {
        return Err(conflict("detach all policies"));
    }
    if account.users.values().any(|user| user.groups.contains(&name)) {
        return Err(conflict("remove users from group"));
    }
    account.groups.remove(&name);
    Ok(done(exchange, "DeleteGroup"))
}

pub(super) fn list_groups(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:ListGroups", &account(exchange).arn("group", ""))?;
    let groups = account(exchange).groups.values();
    Ok(respond(exchange, "ListGroups", |xml| list(xml, "Groups", groups, elements::group)))
}

pub(super) fn get_group(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = permitted(exchange, "iam:GetGroup")?;
    let account = account(exchange);
    let members = account.users.values().filter(|user| user.groups.contains(&name));
    Ok(respond(exchange, "GetGroup", |xml| {
        xml.nest("Group", |xml| elements::group(xml, &account.groups[&name]));
        list(xml, "Users", members, |xml, user| elements::user(xml, account, user));
    }))
}

pub(super) fn add_user_to_group(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let group = permitted(exchange, "iam:AddUserToGroup")?;
    let user = named_user(exchange)?;
    let member = account_mut(exchange).users.get_mut(&user).expect("it was found a moment ago");
    if !member.groups.contains(&group) {
        member.groups.push(group);
    }
    Ok(done(exchange, "AddUserToGroup"))
}

pub(super) fn remove_user_from_group(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let group = permitted(exchange, "iam:RemoveUserFromGroup")?;
    let user = named_user(exchange)?;
    let member = account_mut(exchange).users.get_mut(&user).expect("it was found a moment ago");
    member.groups.retain(|name| *name != group);
    Ok(done(exchange, "RemoveUserFromGroup"))
}
