//! The elements that several answers of IAM have in common.

use crate::clock;
use crate::wire::xml::Xml;
use crate::world::id;
use crate::world::{Account, Group, User};

/// Writes the members of a `User` element.
pub(super) fn user(xml: &mut Xml, account: &Account, user: &User) {
    xml.leaf("Path", "/")
        .leaf("UserName", &user.name)
        .leaf("UserId", &user.id)
        .leaf("Arn", &user.arn)
        .leaf("CreateDate", clock::iso(user.created))
        .maybe(
            "PasswordLastUsed",
            user.password.as_ref().and_then(|password| password.last_used).map(clock::iso),
        );
    if let Some(boundary) = user.grants.boundary.as_ref().and_then(|name| account.policies.get(name)) {
        xml.nest("PermissionsBoundary", |xml| {
            xml.leaf("PermissionsBoundaryType", "Policy").leaf("PermissionsBoundaryArn", &boundary.arn);
        });
    }
}

/// Writes the members of a `Group` element.
pub(super) fn group(xml: &mut Xml, group: &Group) {
    xml.leaf("Path", "/")
        .leaf("GroupName", &group.name)
        .leaf("GroupId", id::stable("AGPA", &group.arn))
        .leaf("Arn", &group.arn)
        .leaf("CreateDate", clock::iso(group.created));
}
