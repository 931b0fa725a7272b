//! Whether a caller may do a thing: gathers the policies and the condition keys and asks the
//! policy crate. Words the refusal as AWS does.

use std::net::IpAddr;

use awsesame_policy::{Context, Decision, Policy, Principal, Request, evaluate, evaluate_trust};

use crate::answer::Refusal;
use crate::caller::{Caller, Kind, Mfa};
use crate::clock;
use crate::world::{Role, World, documents};

/// The condition keys of one request.
pub(crate) fn context(caller: &Caller, peer: IpAddr, now: i64) -> Context {
    let mut context = Context::new();
    match caller.mfa {
        // AWS leaves the keys out for long-term credentials; that is what makes some policies unsound.
        Mfa::Unknown => {}
        Mfa::No => context.set("aws:MultiFactorAuthPresent", "false"),
        Mfa::At(time) => {
            context.set("aws:MultiFactorAuthPresent", "true");
            context.set("aws:MultiFactorAuthAge", (now - time).max(0).to_string());
        }
    }
    if let Some(name) = caller.user_name() {
        context.set("aws:username", name);
    }
    context.set("aws:userid", &caller.id);
    context.set("aws:PrincipalArn", caller.principal_arn());
    context.set("aws:PrincipalAccount", &caller.account);
    context.set(
        "aws:PrincipalType",
        match caller.kind {
            Kind::Root => "Account",
            Kind::User { .. } => "User",
            Kind::Role { .. } => "AssumedRole",
        },
    );
    if let Some(identity) = &caller.source_identity {
        context.set("aws:SourceIdentity", identity);
    }
    for (key, value) in &caller.tags {
        context.set(&format!("aws:PrincipalTag/{key}"), value);
    }
    context.set("aws:SourceIp", peer.to_string());
    // Loopback is plain HTTP, but policies that insist on TLS are meant for the network.
    context.set("aws:SecureTransport", "true");
    context.set("aws:CurrentTime", clock::iso(now));
    context.set("aws:EpochTime", now.to_string());
    context
}

/// All identity policies of `caller`.
fn identity_policies<'a>(world: &'a World, caller: &Caller) -> Vec<&'a Policy> {
    let Some(account) = world.accounts.get(&caller.account) else { return Vec::new() };
    match &caller.kind {
        Kind::Root => Vec::new(),
        Kind::User { name } => {
            let Some(user) = account.users.get(name) else { return Vec::new() };
            let groups = user.groups.iter().filter_map(|name| account.groups.get(name));
            documents(account, &user.grants)
                .chain(groups.flat_map(|group| documents(account, &group.grants)))
                .collect()
        }
        Kind::Role { name, .. } => {
            let Some(role) = account.roles.get(name) else { return Vec::new() };
            documents(account, &role.grants).collect()
        }
    }
}

/// What the caller's own side says: identity policies, narrowed by session policies.
fn own_side(world: &World, caller: &Caller, request: &Request) -> Decision {
    let decision = if caller.kind == Kind::Root {
        Decision::Allow
    } else {
        evaluate(&identity_policies(world, caller), request)
    };
    if caller.session_policies.is_empty() || decision != Decision::Allow {
        return decision;
    }
    let session: Vec<&Policy> = caller.session_policies.iter().map(|document| &document.policy).collect();
    evaluate(&session, request)
}

/// Refuses unless `caller` may do `action` on `resource`.
pub(crate) fn authorize(
    world: &World,
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
) -> Result<(), Refusal> {
    let request = Request { action, resource, principal: None, context };
    let why = match own_side(world, caller, &request) {
        Decision::Allow => return Ok(()),
        Decision::ExplicitDeny => " with an explicit deny in an identity-based policy".to_owned(),
        Decision::ImplicitDeny => format!(" because no identity-based policy allows the {action} action"),
        Decision::Unsure(what) => format!(" because the sandbox cannot evaluate a policy: {what}"),
    };
    // S3 puts its resources in quotes.
    let resource = if action.starts_with("s3:") { format!("\"{resource}\"") } else { resource.to_owned() };
    Err(Refusal::denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {resource}{why}",
        caller.arn
    )))
}

/// Refuses unless `caller` may do `action` (assume it, tag the session, name its source) with
/// `role`, by the role's trust and the caller's own policies.
pub(crate) fn authorize_assume(
    world: &World,
    caller: &Caller,
    role_account: &str,
    role: &Role,
    action: &str,
    context: &Context,
) -> Result<(), Refusal> {
    let trusts = |arn: String| {
        let principal = Principal { arn, account: caller.account.clone() };
        let request = Request { action, resource: &role.arn, principal: Some(&principal), context };
        evaluate_trust(&role.trust.policy, &request)
    };
    let refuse = |why: &str| {
        Err(Refusal::denied(format!(
            "User: {} is not authorized to perform: {action} on resource: {}{why}",
            caller.arn, role.arn
        )))
    };
    match trusts(caller.arn.clone()) {
        Decision::Allow => {}
        Decision::ExplicitDeny => return refuse(" with an explicit deny in a resource-based policy"),
        Decision::ImplicitDeny => return refuse(""),
        Decision::Unsure(what) => {
            return refuse(&format!(" because the sandbox cannot evaluate a policy: {what}"));
        }
    }
    // In one account a trust that names the caller is permission enough; a trust in the account as
    // a whole, or in another account, leaves the decision to the caller's own policies. A name
    // that nobody can have tells the two apart.
    let anybody = format!("arn:aws:iam::{}:user/ nobody", caller.account);
    let named = role_account == caller.account && trusts(anybody) != Decision::Allow;
    let request = Request { action, resource: &role.arn, principal: None, context };
    match own_side(world, caller, &request) {
        Decision::Allow => Ok(()),
        Decision::ImplicitDeny if named && caller.session_policies.is_empty() => Ok(()),
        Decision::ImplicitDeny => {
            refuse(&format!(" because no identity-based policy allows the {action} action"))
        }
        Decision::ExplicitDeny => refuse(" with an explicit deny in an identity-based policy"),
        Decision::Unsure(what) => refuse(&format!(" because the sandbox cannot evaluate a policy: {what}")),
    }
}
