//! `GetAccountAuthorizationDetails`: users, groups, roles and policies, page by page.

use super::elements;
use super::policies::attached;
use super::reply::respond;
use super::subject::account;
use crate::clock;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::encoding::percent;
use crate::wire::xml::Xml;
use crate::world::id;
use crate::world::{Account, Grants, Group, Managed, Role, User};

/// The number of items on a page if the request gives none, and the largest number allowed.
const PAGE: usize = 100;
const MAX_PAGE: usize = 1000;

/// One entry of a page.
enum Item<'a> {
    User(&'a User),
    Group(&'a Group),
    Role(&'a Role),
    Policy(&'a Managed),
}

pub(super) fn get_account_authorization_details(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    exchange.authorize("iam:GetAccountAuthorizationDetails", "*")?;
    let size = match exchange.form.given("MaxItems").map(str::parse) {
        None => PAGE,
        Some(Ok(size @ 1..=MAX_PAGE)) => size,
        Some(_) => {
            return Err(Refusal::validation(
                "1 validation error detected: Value at 'maxItems' failed to satisfy constraint: Member must have \
                 value between 1 and 1000",
            ));
        }
    };
    let first = match exchange.form.given("Marker").map(str::parse::<usize>) {
        None => 0,
        Some(Ok(first)) => first,
        Some(Err(_)) => return Err(Refusal::validation("Invalid Marker.")),
    };
    let account = account(exchange);
    let all = items(account, &exchange.form.members("Filter", ""));
    let page = || all.iter().skip(first).take(size);
    let more = first + size < all.len();
    Ok(respond(exchange, "GetAccountAuthorizationDetails", |xml| {
        xml.leaf("IsTruncated", more.to_string());
        xml.maybe("Marker", more.then(|| (first + size).to_string()));
        let mut list = |name: &str, wanted: fn(&&Item<'_>) -> bool| {
            xml.nest(name, |xml| {
                for item in page().filter(wanted) {
                    xml.nest("member", |xml| write(xml, account, item));
                }
            });
        };
        list("UserDetailList", |item| matches!(item, Item::User(_)));
        list("GroupDetailList", |item| matches!(item, Item::Group(_)));
        list("RoleDetailList", |item| matches!(item, Item::Role(_)));
        list("Policies", |item| matches!(item, Item::Policy(_)));
    }))
}

/// Returns the entries that match the filters, or all entries without filters.
fn items<'a>(account: &'a Account, filters: &[&str]) -> Vec<Item<'a>> {
    let wanted = |kind: &str| filters.is_empty() || filters.contains(&kind);
    let users = account.users.values().filter(|user| !user.root && wanted("User")).map(Item::User);
    let groups = account.groups.values().filter(|_| wanted("Group")).map(Item::Group);
    let roles = account.roles.values().filter(|_| wanted("Role")).map(Item::Role);
    let policies = account.policies.values().filter(|_| wanted("LocalManagedPolicy")).map(Item::Policy);
    users.chain(groups).chain(roles).chain(policies).collect()
}

fn write(xml: &mut Xml, account: &Account, item: &Item<'_>) {
    let head = |xml: &mut Xml, kind: &str, id: String, arn: &str, created: i64| {
        xml.leaf("Path", "/")
            .leaf(&format!("{kind}Name"), arn.rsplit('/').next().unwrap_or_default())
            .leaf(&format!("{kind}Id"), id)
            .leaf("Arn", arn)
            .leaf("CreateDate", clock::iso(created));
    };
    match item {
        Item::User(user) => {
            elements::user(xml, account, user);
            granted(xml, account, &user.grants, "UserPolicyList");
            xml.nest("GroupList", |xml| {
                for group in &user.groups {
                    xml.leaf("member", group);
                }
            });
        }
        Item::Group(group) => {
            head(xml, "Group", id::stable("AGPA", &group.arn), &group.arn, group.created);
            granted(xml, account, &group.grants, "GroupPolicyList");
        }
        Item::Role(role) => {
            head(xml, "Role", role.id.clone(), &role.arn, role.created);
            xml.leaf("AssumeRolePolicyDocument", percent(role.trust.text.as_bytes(), b""));
            granted(xml, account, &role.grants, "RolePolicyList");
        }
        Item::Policy(policy) => {
            head(xml, "Policy", id::stable("ANPA", &policy.arn), &policy.arn, policy.created);
            xml.leaf("DefaultVersionId", "v1").leaf("IsAttachable", "true");
            xml.nest("PolicyVersionList", |xml| {
                xml.nest("member", |xml| {
                    xml.leaf("Document", percent(policy.document.text.as_bytes(), b""))
                        .leaf("VersionId", "v1")
                        .leaf("IsDefaultVersion", "true")
                        .leaf("CreateDate", clock::iso(policy.created));
                });
            });
        }
    }
}

/// Writes the inline policies with their text, and the attached ones by name.
fn granted(xml: &mut Xml, account: &Account, grants: &Grants, inline: &str) {
    xml.nest(inline, |xml| {
        for (name, document) in &grants.inline {
            xml.nest("member", |xml| {
                xml.leaf("PolicyName", name).leaf("PolicyDocument", percent(document.text.as_bytes(), b""));
            });
        }
    });
    xml.nest("AttachedManagedPolicies", |xml| {
        for policy in grants.attached.iter().filter_map(|name| account.policies.get(name)) {
            xml.nest("member", |xml| attached(xml, policy));
        }
    });
}
