//! The authorization of a caller: it collects the policies and the condition keys, asks the policy crate, and words the
//! refusal as AWS does.

use std::net::IpAddr;

use awsesame_policy::{
    Context, Decision, Layer, Policies, Policy, Principal, Request, Ruling, evaluate_trust,
};

use crate::clock;
use crate::wire::answer::Refusal;
use crate::world::caller::{Caller, Kind, Mfa};
use crate::world::{Document, Role, World, boundary, documents, user_policies};

/// Returns the condition keys of one request.
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
    // Only a service that acts for a caller sets it to true, and no service here does.
    context.set("aws:ViaAWSService", "false");
    // Long-term keys have no issue time. AWS's own policy that revokes older sessions depends on that.
    if let Some(issued) = caller.issued {
        context.set("aws:TokenIssueTime", clock::iso(issued));
    }
    if let Some(session) = &caller.sign_in {
        context.set("aws:SignInSessionArn", session);
    }
    context
}

/// Returns the ruling of the caller's own side: identity policies, within a boundary and session policies.
fn own_side(world: &World, caller: &Caller, request: &Request) -> Ruling {
    let none = || Ruling { decision: Decision::ImplicitDeny, layer: Layer::Identity };
    let Some(account) = world.accounts.get(&caller.account) else { return none() };
    let everything = Policy::everything();
    let mine = match &caller.kind {
        // Only the organization can restrict root.
        Kind::Root => Some((vec![&everything], None)),
        Kind::User { name } => {
            account.users.get(name).map(|user| (user_policies(account, user), Some(&user.grants)))
        }
        Kind::Role { name, .. } => account
            .roles
            .get(name)
            .map(|role| (documents(account, &role.grants).collect::<Vec<_>>(), Some(&role.grants))),
    };
    let Some((identity, grants)) = mine else { return none() };
    let boundary = grants.and_then(|grants| boundary(account, grants));
    let organization = levels(&account.control);
    let organization: Vec<&[&Policy]> = organization.iter().map(Vec::as_slice).collect();
    let session: Vec<&Policy> = caller.session_policies.iter().map(|document| &document.policy).collect();
    Policies { identity: &identity, boundary, session: &session, organization: &organization }.rule(request)
}

/// Returns the organization's policies as levels. The sandbox has one level, or none.
pub(crate) fn levels(control: &[Document]) -> Vec<Vec<&Policy>> {
    let level: Vec<&Policy> = control.iter().map(|document| &document.policy).collect();
    if level.is_empty() { Vec::new() } else { vec![level] }
}

/// Returns the reason why a ruling is not an allow, in AWS's words.
fn reason(ruling: Ruling, action: &str) -> Result<(), String> {
    let kind = match ruling.layer {
        Layer::Organization => "service control policy",
        Layer::Identity => "identity-based policy",
        Layer::Boundary => "permissions boundary",
        Layer::Session => "session policy",
    };
    match ruling.decision {
        Decision::Allow => Ok(()),
        Decision::ExplicitDeny => {
            let article = if ruling.layer == Layer::Identity { "an" } else { "a" };
            Err(format!(" with an explicit deny in {article} {kind}"))
        }
        Decision::ImplicitDeny => Err(format!(" because no {kind} allows the {action} action")),
        Decision::Unsure(what) => Err(format!(" because the sandbox cannot evaluate a policy: {what}")),
    }
}

/// Returns a refusal unless `caller` may do `action` on `resource`.
pub(crate) fn authorize(
    world: &World,
    caller: &Caller,
    action: &str,
    resource: &str,
    context: &Context,
) -> Result<(), Refusal> {
    let request = Request { action, resource, principal: None, context };
    let Err(why) = reason(own_side(world, caller, &request), action) else { return Ok(()) };
    // S3 puts its resources in quotes.
    let resource = if action.starts_with("s3:") { format!("\"{resource}\"") } else { resource.to_owned() };
    Err(Refusal::denied(format!(
        "User: {} is not authorized to perform: {action} on resource: {resource}{why}",
        caller.arn
    )))
}

/// Returns a refusal unless `caller` may do `action` (assume, tag the session, set its source identity) with `role`, by
/// the role's trust policy and the caller's own policies.
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
    // In the same account, a trust policy that names the caller is sufficient. If it trusts the whole account, or the
    // role is in another account, the caller's own policies decide. A name that no user can have distinguishes the two
    // cases.
    let anybody = format!("arn:aws:iam::{}:user/ nobody", caller.account);
    let named = role_account == caller.account && trusts(anybody) != Decision::Allow;
    let request = Request { action, resource: &role.arn, principal: None, context };
    let ruling = own_side(world, caller, &request);
    // Such a trust is not limited by the policies of a user. A named role is still limited by the policies of its
    // session and its boundary.
    let unbounded = ruling.layer == Layer::Identity || matches!(caller.kind, Kind::User { .. });
    if ruling.decision == Decision::ImplicitDeny && named && unbounded && caller.session_policies.is_empty() {
        return Ok(());
    }
    reason(ruling, action).or_else(|why| refuse(&why))
}
