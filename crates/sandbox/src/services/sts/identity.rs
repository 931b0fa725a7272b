//! The operations GetCallerIdentity and `GetAccessKeyInfo`.

use super::reply::respond;
use crate::services::authorize::authorize;
use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};

/// Every caller may call it, because AWS checks no policy for it.
pub(super) fn get_caller_identity(exchange: &Exchange) -> Answer {
    let caller = &exchange.caller;
    respond(exchange, "GetCallerIdentity", |xml| {
        xml.leaf("Arn", &caller.arn).leaf("UserId", &caller.id).leaf("Account", &caller.account);
    })
}

pub(super) fn get_access_key_info(exchange: &Exchange) -> Result<Answer, Refusal> {
    let context = exchange.context();
    authorize(exchange.world, &exchange.caller, "sts:GetAccessKeyInfo", "*", &context)?;
    let id = exchange.form.given("AccessKeyId").unwrap_or_default();
    let world = &exchange.world;
    let account = world.keys.get(id).map(|key| key.account.as_str());
    let account = account.or_else(|| world.sessions.get(id).map(|session| session.caller.account.as_str()));
    let account = account.ok_or_else(|| {
        Refusal::validation(format!(
            "1 validation error detected: Value '{id}' at 'accessKeyId' is not a valid access key"
        ))
    })?;
    Ok(respond(exchange, "GetAccessKeyInfo", |xml| {
        xml.leaf("Account", account);
    }))
}
