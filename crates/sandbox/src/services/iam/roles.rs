//! The operations that read roles.

use super::parameters::required;
use super::reply::{list, respond};
use super::subject::{account, missing};
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::encoding::percent;
use crate::wire::xml::Xml;
use crate::world::Role;

fn write(xml: &mut Xml, role: &Role) {
    xml.leaf("Path", "/")
        .leaf("RoleName", &role.name)
        .leaf("RoleId", &role.id)
        .leaf("Arn", &role.arn)
        .leaf("CreateDate", clock::iso(role.created))
        .leaf("AssumeRolePolicyDocument", percent(role.trust.text.as_bytes(), b""))
        .leaf("MaxSessionDuration", role.max_session.to_string());
}

pub(super) fn list_roles(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:ListRoles", &account(exchange).arn("role", ""))?;
    let roles = account(exchange).roles.values();
    Ok(respond(exchange, "ListRoles", |xml| list(xml, "Roles", roles, write)))
}

pub(super) fn get_role(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let name = required(exchange, "RoleName")?;
    exchange.authorize("iam:GetRole", &account(exchange).arn("role", name))?;
    let role = account(exchange).roles.get(name);
    let role = role.ok_or_else(|| missing(format!("The role with name {name} cannot be found.")))?;
    Ok(respond(exchange, "GetRole", |xml| {
        xml.nest("Role", |xml| write(xml, role));
    }))
}
