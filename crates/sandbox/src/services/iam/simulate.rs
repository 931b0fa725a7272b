//! The policy simulator: evaluates policies for calls that are not made. It uses the same evaluator as the enforcement.

use std::collections::BTreeSet;

use awsesame_policy::{Context, Decision, Layer, Policies, Policy, Request};

use super::grants::Kind;
use super::parameters::required;
use super::reply::respond;
use super::subject::account;
use crate::services::authorize::levels;
use crate::services::document::document;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Params;
use crate::wire::xml::Xml;
use crate::world::{boundary, documents, user_policies};

/// `SimulatePrincipalPolicy`: evaluates the policies of a user, a group or a role, and those in the request.
pub(super) fn principal(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    const ACTION: &str = "SimulatePrincipalPolicy";
    let arn = required(exchange, "PolicySourceArn")?;
    exchange.authorize(&format!("iam:{ACTION}"), arn)?;
    let account = account(exchange);
    let invalid = || {
        Refusal::new(
            400,
            "InvalidInput",
            format!("Invalid Entity Arn: {arn} does not clearly define entity type and name."),
        )
    };
    let prefix = format!("arn:aws:iam::{}:", account.id);
    let (kind, name) = arn.strip_prefix(&prefix).and_then(|rest| rest.split_once('/')).ok_or_else(invalid)?;
    let (kind, found, limit) = match kind {
        "user" => {
            let user = account.users.get(name);
            (
                Kind::User,
                user.map(|user| user_policies(account, user)),
                user.and_then(|user| boundary(account, &user.grants)),
            )
        }
        "group" => {
            let group = account.groups.get(name);
            (Kind::Group, group.map(|group| documents(account, &group.grants).collect()), None)
        }
        "role" => {
            let role = account.roles.get(name);
            let limit = role.and_then(|role| boundary(account, &role.grants));
            (Kind::Role, role.map(|role| documents(account, &role.grants).collect()), limit)
        }
        _ => return Err(invalid()),
    };
    let more = given(exchange, "PolicyInputList")?;
    let mut identity = found.ok_or_else(|| kind.gone(name))?;
    identity.extend(&more);
    simulate(exchange, ACTION, &identity, limit)
}

/// `SimulateCustomPolicy`: evaluates only the policies in the request.
pub(super) fn custom(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    const ACTION: &str = "SimulateCustomPolicy";
    exchange.authorize(&format!("iam:{ACTION}"), "*")?;
    let policies = given(exchange, "PolicyInputList")?;
    simulate(exchange, ACTION, &policies.iter().collect::<Vec<_>>(), None)
}

fn given(exchange: &Exchange, list: &str) -> Result<Vec<Policy>, Refusal> {
    exchange.form.members(list, "").into_iter().map(|text| Ok(document(text)?.policy)).collect()
}

fn simulate(
    exchange: &Exchange,
    action: &str,
    identity: &[&Policy],
    own_boundary: Option<&Policy>,
) -> Result<Answer, Refusal> {
    let actions = exchange.form.members("ActionNames", "");
    if actions.is_empty() {
        required(exchange, "ActionNames")?;
    }
    let mut resources = exchange.form.members("ResourceArns", "");
    if resources.is_empty() {
        resources.push("*");
    }
    let instead = given(exchange, "PermissionsBoundaryPolicyInputList")?;
    let boundary = instead.first().or(own_boundary);
    let (context, told) = entries(&exchange.form);
    let asked: BTreeSet<String> =
        identity.iter().copied().chain(boundary).flat_map(Policy::condition_keys).collect();
    let missing: Vec<&String> =
        asked.iter().filter(|key| !told.iter().any(|told| told.eq_ignore_ascii_case(key))).collect();
    let organization = levels(&account(exchange).control);
    let organization: Vec<&[&Policy]> = organization.iter().map(Vec::as_slice).collect();
    let mut results = Vec::new();
    for name in actions {
        for resource in &resources {
            let request = Request { action: name, resource, principal: None, context: &context };
            let ruling =
                Policies { identity, boundary, session: &[], organization: &organization }.rule(&request);
            if let Decision::Unsure(what) = &ruling.decision {
                return Err(Refusal::new(
                    500,
                    "PolicyEvaluation",
                    format!("The sandbox cannot evaluate a policy: {what}"),
                ));
            }
            let stopped = (!ruling.decision.is_allowed()).then_some(ruling.layer);
            results.push((name, *resource, ruling.decision, stopped));
        }
    }
    Ok(respond(exchange, action, |xml| {
        xml.leaf("IsTruncated", "false");
        xml.nest("EvaluationResults", |xml| {
            for (name, resource, decision, stopped) in &results {
                xml.nest("member", |xml| {
                    xml.leaf("EvalActionName", name)
                        .leaf("EvalResourceName", resource)
                        .leaf("EvalDecision", word(decision));
                    xml.nest("MatchedStatements", |_| {});
                    absent(xml, &missing);
                    if boundary.is_some() {
                        xml.nest("PermissionsBoundaryDecisionDetail", |xml| {
                            let within = *stopped != Some(Layer::Boundary);
                            xml.leaf("AllowedByPermissionsBoundary", within.to_string());
                        });
                    }
                    if !organization.is_empty() {
                        xml.nest("OrganizationsDecisionDetail", |xml| {
                            let within = *stopped != Some(Layer::Organization);
                            xml.leaf("AllowedByOrganizations", within.to_string());
                        });
                    }
                });
            }
        });
    }))
}

fn word(decision: &Decision) -> &'static str {
    match decision {
        Decision::Allow => "allowed",
        Decision::ExplicitDeny => "explicitDeny",
        Decision::ImplicitDeny | Decision::Unsure(_) => "implicitDeny",
    }
}

fn absent(xml: &mut Xml, keys: &[&String]) {
    xml.nest("MissingContextValues", |xml| {
        for key in keys {
            xml.leaf("member", key);
        }
    });
}

/// Returns the context keys in the request, and their names.
fn entries(form: &Params) -> (Context, Vec<String>) {
    let mut context = Context::new();
    let names: Vec<String> =
        form.members("ContextEntries", ".ContextKeyName").into_iter().map(str::to_owned).collect();
    for (at, name) in names.iter().enumerate() {
        let values = form.members(&format!("ContextEntries.member.{}.ContextKeyValues", at + 1), "");
        context.set_many(name, values.into_iter().map(str::to_owned).collect());
    }
    (context, names)
}
