//! STS: finds the operation, and checks who may call it. Each group of operations has a file of its own.

mod assume;
mod credentials;
mod identity;
mod parameters;
mod reply;
mod session;
pub(crate) mod web_identity;

use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::world::caller::Kind;

/// The operations of the API version that is spoken here, as far as the sandbox answers them.
pub(crate) const ACTIONS: [&str; 5] =
    ["AssumeRole", web_identity::ACTION, "GetAccessKeyInfo", "GetCallerIdentity", "GetSessionToken"];

/// Carries out one STS call.
pub(crate) fn answer(exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    let caller = &exchange.caller;
    let allowed_to_sessions = match caller.kind {
        Kind::Role { .. } => action != "GetSessionToken",
        Kind::Root | Kind::User { .. } => matches!(action, "AssumeRole" | "GetCallerIdentity"),
    };
    if caller.temporary && !allowed_to_sessions {
        return Err(Refusal::denied(format!("Cannot call {action} with session credentials")));
    }
    match action {
        "AssumeRole" => assume::assume_role(exchange),
        "GetAccessKeyInfo" => identity::get_access_key_info(exchange),
        "GetCallerIdentity" => Ok(identity::get_caller_identity(exchange)),
        "GetSessionToken" => session::get_session_token(exchange),
        other => Err(Refusal::new(
            400,
            "InvalidAction",
            format!("Could not find operation {other} for version 2011-06-15"),
        )),
    }
}
