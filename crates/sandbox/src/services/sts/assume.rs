//! AssumeRole: trust, chaining, durations, session policies and tags.

use std::collections::{BTreeMap, BTreeSet};

use awsesame_policy::Context;

use super::credentials::{check_code, write};
use super::parameters::Check;
use super::reply::respond;
use crate::services::authorize::{authorize_assume, context};
use crate::services::document::document;
use crate::services::exchange::Exchange;
use crate::services::issue::issue;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Params;
use crate::world::caller::{Caller, Kind, Mfa};
use crate::world::{Document, World};

pub(super) const DEFAULT: u32 = 3600;
pub(super) const MAX: u32 = 43_200;
/// The longest session that a session or another role can get, in seconds.
const CHAINED_MAX: u32 = 3600;
/// AWS's limit for session policies, in characters.
const MAX_POLICY: usize = 2048;

/// The request, once its form is found to be valid.
struct Wish {
    role_arn: String,
    session: String,
    external_id: Option<String>,
    /// The length of the session in seconds.
    duration: u32,
    policies: Vec<Document>,
    tags: BTreeMap<String, String>,
    transitive: BTreeSet<String>,
    source_identity: Option<String>,
}

impl Wish {
    fn read(exchange: &Exchange) -> Result<Self, Refusal> {
        let mut check = Check::new(&exchange.form);
        let role_arn = check.required("RoleArn", (20, 2048), r"[\u0009\u000A\u000D\u0020-\u007E]+", |byte| {
            matches!(byte, 0x09 | 0x0a | 0x0d | 0x20..=0x7e)
        });
        let session = check.session_name();
        let external_id = check.external_id();
        check.mfa();
        let duration = check.duration(exchange.min_duration, MAX, DEFAULT);
        let source_identity = check.source_identity();
        check.finish()?;
        let tags = tags(exchange)?;
        Ok(Self {
            role_arn: role_arn.to_owned(),
            session: session.to_owned(),
            external_id: external_id.map(str::to_owned),
            duration,
            policies: session_policies(exchange.world, &exchange.form)?,
            transitive: transitive(exchange, &tags)?,
            tags,
            source_identity: source_identity.map(str::to_owned),
        })
    }

    fn context(&self, exchange: &Exchange, mfa: Option<Mfa>) -> Context {
        let mut caller = exchange.caller.clone();
        // A code given with the call itself counts for the call.
        caller.mfa = mfa.unwrap_or(caller.mfa);
        let mut context = context(&caller, exchange.peer, exchange.now);
        context.set("sts:RoleSessionName", &self.session);
        if let Some(id) = &self.external_id {
            context.set("sts:ExternalId", id);
        }
        if let Some(identity) = &self.source_identity {
            context.set("sts:SourceIdentity", identity);
        }
        for (key, value) in &self.tags {
            context.set(&format!("aws:RequestTag/{key}"), value);
        }
        context.set_many("aws:TagKeys", self.tags.keys().cloned().collect());
        context.set_many("sts:TransitiveTagKeys", self.transitive.iter().cloned().collect());
        context
    }

    /// Returns the actions that a role must be allowed, besides being assumed.
    fn actions(&self) -> impl Iterator<Item = &'static str> {
        let tagged = (!self.tags.is_empty()).then_some("sts:TagSession");
        let named = self.source_identity.as_ref().map(|_| "sts:SetSourceIdentity");
        std::iter::once("sts:AssumeRole").chain(tagged).chain(named)
    }

    /// Takes over the parameters that apply to a whole chain of roles: they can neither be removed nor changed.
    fn inherit(&mut self, caller: &Caller) -> Result<(), Refusal> {
        if let Some(identity) = &caller.source_identity
            && *self.source_identity.get_or_insert_with(|| identity.clone()) != *identity
        {
            return Err(Refusal::denied(
                "The source identity of the calling session cannot be changed in a chain of roles.",
            ));
        }
        for key in &caller.transitive {
            if self.tags.keys().any(|given| given.eq_ignore_ascii_case(key)) {
                return Err(Refusal::new(
                    400,
                    "InvalidParameterValue",
                    format!("The tag key {key} conflicts with a transitive tag of the calling session."),
                ));
            }
            let value = caller.tags.get(key).cloned().unwrap_or_default();
            self.tags.insert(key.clone(), value);
            self.transitive.insert(key.clone());
        }
        Ok(())
    }

    /// Returns the used share of the space for policies and tags, in percent. Returns None if there are no policies and
    /// tags.
    fn packed_size(&self) -> Option<usize> {
        let policies: usize = self.policies.iter().map(|policy| policy.text.len()).sum();
        let tags: usize = self.tags.iter().map(|(key, value)| key.len() + value.len()).sum();
        (policies + tags > 0).then(|| (policies + tags) * 100 / MAX_POLICY)
    }
}

pub(super) fn assume_role(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    if exchange.caller.kind == Kind::Root {
        return Err(Refusal::denied("Roles may not be assumed by root accounts."));
    }
    let mut wish = Wish::read(exchange)?;
    // A user's own sign-in to the console is not part of a chain, so the duration is limited by the role only.
    let signed_in = exchange.caller.sign_in.is_some() && matches!(exchange.caller.kind, Kind::User { .. });
    if exchange.caller.temporary && !signed_in && wish.duration > CHAINED_MAX {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.",
        ));
    }
    let mfa = check_code(exchange)?;
    let context = wish.context(exchange, mfa);

    let Some((account, role)) = exchange.world.role_by_arn(&wish.role_arn) else {
        // The refusal of AWS does not distinguish a missing role from one that does not trust the caller.
        return Err(Refusal::denied(format!(
            "User: {} is not authorized to perform: sts:AssumeRole on resource: {}",
            exchange.caller.arn, wish.role_arn
        )));
    };
    for action in wish.actions() {
        authorize_assume(exchange.world, &exchange.caller, &account.id, role, action, &context)?;
    }
    wish.inherit(&exchange.caller)?;
    if wish.duration > role.max_session {
        return Err(Refusal::validation(
            "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.",
        ));
    }
    let caller = Caller {
        account: account.id.clone(),
        kind: Kind::Role { name: role.name.clone(), session: wish.session.clone() },
        arn: format!("arn:aws:sts::{}:assumed-role/{}/{}", account.id, role.name, wish.session),
        id: format!("{}:{}", role.id, wish.session),
        // The credentials of AssumeRole never contain MFA information, as in AWS.
        mfa: Mfa::No,
        session_policies: wish.policies.clone(),
        tags: wish.tags.clone(),
        transitive: wish.transitive.clone(),
        source_identity: wish.source_identity.clone(),
        temporary: true,
        issued: None,
        sign_in: None,
    };
    let session = issue(exchange.world, caller, wish.duration, exchange.now);
    Ok(respond(exchange, "AssumeRole", |xml| {
        write(xml, &session);
        xml.nest("AssumedRoleUser", |xml| {
            xml.leaf("AssumedRoleId", &session.caller.id).leaf("Arn", &session.caller.arn);
        });
        xml.maybe("PackedPolicySize", wish.packed_size().map(|size| size.to_string()));
        xml.maybe("SourceIdentity", wish.source_identity.as_deref());
    }))
}

/// Returns the session policies of a call, from any caller.
pub(super) fn session_policies(world: &World, form: &Params) -> Result<Vec<Document>, Refusal> {
    let mut policies = Vec::new();
    if let Some(text) = form.given("Policy") {
        let document = document(text)?;
        if text.len() > MAX_POLICY {
            return Err(Refusal::new(
                400,
                "PackedPolicyTooLarge",
                format!(
                    "Packed policy consumes {}% of allotted space, please use smaller policy.",
                    text.len() * 100 / MAX_POLICY
                ),
            ));
        }
        policies.push(document);
    }
    for arn in form.members("PolicyArns", ".arn") {
        let mut known = world.accounts.values().flat_map(|account| account.policies.values());
        let managed = known.find(|managed| managed.arn == arn);
        let managed = managed.ok_or_else(|| {
            Refusal::validation(format!("Policy {arn} does not exist or is not attachable."))
        })?;
        policies.push(managed.document.clone());
    }
    Ok(policies)
}

fn tags(exchange: &Exchange) -> Result<BTreeMap<String, String>, Refusal> {
    let keys = exchange.form.members("Tags", ".Key");
    let values = exchange.form.members("Tags", ".Value");
    if keys.len() != values.len()
        || keys.len() > 50
        || keys.iter().any(|key| key.is_empty() || key.len() > 128)
    {
        return Err(Refusal::validation(
            "Session tags are limited to 50, each with a key of 1 to 128 characters and a value",
        ));
    }
    Ok(keys.into_iter().zip(values).map(|(key, value)| (key.to_owned(), value.to_owned())).collect())
}

fn transitive(exchange: &Exchange, tags: &BTreeMap<String, String>) -> Result<BTreeSet<String>, Refusal> {
    let keys: BTreeSet<String> =
        exchange.form.members("TransitiveTagKeys", "").into_iter().map(str::to_owned).collect();
    match keys.iter().find(|key| !tags.contains_key(*key)) {
        Some(key) => Err(Refusal::validation(format!("The transitive tag key {key} is not among the tags"))),
        None => Ok(keys),
    }
}
