//! Users, their groups, and the account's alias.

use super::{account, list, permitted_subject, respond, subject, user};
use crate::answer::{Answer, Refusal};
use crate::clock;
use crate::service::Exchange;
use crate::world::User;
use crate::xml::Xml;

/// The members of a `User` element.
pub(super) fn write(xml: &mut Xml, user: &User) {
    xml.leaf("Path", "/")
        .leaf("UserName", &user.name)
        .leaf("UserId", &user.id)
        .leaf("Arn", &user.arn)
        .leaf("CreateDate", clock::iso(user.created));
}

pub(super) fn get_user(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = subject(exchange)?;
    exchange.authorize("iam:GetUser", &account(exchange).arn("user", &name))?;
    let user = user(exchange, &name)?;
    Ok(respond(exchange, "GetUser", |xml| {
        xml.nest("User", |xml| write(xml, user));
    }))
}

pub(super) fn list_users(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:ListUsers", &account(exchange).arn("user", ""))?;
    let users = account(exchange).users.values().filter(|user| !user.root);
    Ok(respond(exchange, "ListUsers", |xml| list(xml, "Users", users, write)))
}

pub(super) fn list_groups_for_user(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = permitted_subject(exchange, "iam:ListGroupsForUser")?;
    let account = account(exchange);
    let groups = account.users[&name].groups.iter().filter_map(|group| account.groups.get(group));
    Ok(respond(exchange, "ListGroupsForUser", |xml| {
        list(xml, "Groups", groups, |xml, group| {
            xml.leaf("Path", "/")
                .leaf("GroupName", &group.name)
                .leaf("GroupId", crate::id::stable("AGPA", &group.arn))
                .leaf("Arn", &group.arn)
                .leaf("CreateDate", clock::iso(group.created));
        });
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
