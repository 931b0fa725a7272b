//! The operations that attach policies to users, groups and roles, and remove them.

use super::parameters::required;
use super::reply::done;
use super::subject::{account, account_mut, missing};
use crate::services::document::document;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::world::{Document, Grants};

/// AWS's quota of managed policies per user, group or role.
const MAX_ATTACHED: usize = 10;

/// The kind of thing that an action on policies is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    User,
    Group,
    Role,
}

impl Kind {
    /// Returns the kind in the name of an action.
    pub(super) fn of(action: &str) -> Self {
        if action.contains("User") {
            Self::User
        } else if action.contains("Group") {
            Self::Group
        } else {
            Self::Role
        }
    }

    /// Returns the parameter that names such an entity.
    pub(super) fn field(self) -> &'static str {
        match self {
            Self::User => "UserName",
            Self::Group => "GroupName",
            Self::Role => "RoleName",
        }
    }

    pub(super) fn word(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::Group => "group",
            Self::Role => "role",
        }
    }

    /// Returns the total length of all inline policies, without white space.
    fn most_inline(self) -> usize {
        match self {
            Self::User => 2048,
            Self::Group => 5120,
            Self::Role => 10_240,
        }
    }

    pub(super) fn gone(self, name: &str) -> Refusal {
        missing(format!("The {} with name {name} cannot be found.", self.word()))
    }
}

/// Returns the policies of a user, group or role for a change, if the caller may call `action` on it.
fn holder<'a>(
    exchange: &'a mut Exchange,
    action: &str,
    keys: &[(&str, &str)],
) -> Result<&'a mut Grants, Refusal> {
    let kind = Kind::of(action);
    let name = required(exchange, kind.field())?.to_owned();
    let arn = account(exchange).arn(kind.word(), &name);
    exchange.authorize_with(&format!("iam:{action}"), &arn, keys)?;
    let account = account_mut(exchange);
    let grants = match kind {
        Kind::User => account.users.get_mut(&name).filter(|user| !user.root).map(|user| &mut user.grants),
        Kind::Group => account.groups.get_mut(&name).map(|group| &mut group.grants),
        Kind::Role => account.roles.get_mut(&name).map(|role| &mut role.grants),
    };
    grants.ok_or_else(|| kind.gone(&name))
}

fn weight(document: &Document) -> usize {
    document.text.chars().filter(|c| !c.is_whitespace()).count()
}

/// Writes an inline policy, and replaces one of the same name (`PutUserPolicy` and similar actions).
pub(super) fn put(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let name = required(exchange, "PolicyName")?.to_owned();
    let document = document(required(exchange, "PolicyDocument")?)?;
    let kind = Kind::of(action);
    let grants = holder(exchange, action, &[])?;
    let others = grants.inline.iter().filter(|(other, _)| **other != name);
    let size: usize = others.map(|(_, document)| weight(document)).sum();
    if size + weight(&document) > kind.most_inline() {
        return Err(Refusal::new(
            409,
            "LimitExceeded",
            format!("Maximum policy size of {} bytes exceeded for {}", kind.most_inline(), kind.word()),
        ));
    }
    grants.inline.insert(name, document);
    Ok(done(exchange, action))
}

/// Carries out `DeleteUserPolicy`, and the same for groups and roles.
pub(super) fn delete(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let name = required(exchange, "PolicyName")?.to_owned();
    let kind = Kind::of(action);
    if holder(exchange, action, &[])?.inline.remove(&name).is_none() {
        return Err(missing(format!("The {} policy with name {name} cannot be found.", kind.word())));
    }
    Ok(done(exchange, action))
}

/// Returns the name of the managed policy that the request names.
fn named(exchange: &Exchange, field: &str) -> Result<(String, String), Refusal> {
    let arn = required(exchange, field)?.to_owned();
    let found = account(exchange).managed(&arn);
    let name = found.ok_or_else(|| missing(format!("Policy {arn} does not exist or is not attachable.")))?;
    Ok((arn, name.name.clone()))
}

/// Carries out `AttachUserPolicy`, and the same for groups and roles.
pub(super) fn attach(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let (arn, name) = named(exchange, "PolicyArn")?;
    let kind = Kind::of(action);
    let grants = holder(exchange, action, &[("iam:PolicyARN", &arn)])?;
    if !grants.attached.contains(&name) {
        if grants.attached.len() >= MAX_ATTACHED {
            let quota = ["PoliciesPerUser", "PoliciesPerGroup", "PoliciesPerRole"][kind as usize];
            let message = format!("Cannot exceed quota for {quota}: {MAX_ATTACHED}");
            return Err(Refusal::new(409, "LimitExceeded", message));
        }
        grants.attached.push(name);
    }
    Ok(done(exchange, action))
}

/// Carries out `DetachUserPolicy`, and the same for groups and roles.
pub(super) fn detach(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let (arn, name) = named(exchange, "PolicyArn")?;
    let grants = holder(exchange, action, &[("iam:PolicyARN", &arn)])?;
    let before = grants.attached.len();
    grants.attached.retain(|attached| *attached != name);
    if grants.attached.len() == before {
        return Err(missing(format!("Policy {arn} was not found.")));
    }
    Ok(done(exchange, action))
}

/// Sets the boundary of a user (`PutUserPermissionsBoundary`) or of a role.
pub(super) fn put_boundary(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let (arn, name) = named(exchange, "PermissionsBoundary")?;
    holder(exchange, action, &[("iam:PermissionsBoundary", &arn)])?.boundary = Some(name);
    Ok(done(exchange, action))
}

/// Removes the boundary of a user (`DeleteUserPermissionsBoundary`) or of a role.
pub(super) fn delete_boundary(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    if holder(exchange, action, &[])?.boundary.take().is_none() {
        return Err(missing("There is no permissions boundary to delete."));
    }
    Ok(done(exchange, action))
}
