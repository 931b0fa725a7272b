//! AWS Sign-In, as `aws login` speaks it: OAuth's authorization code with PKCE, and tokens that are bound to a key by
//! DPoP proofs.
//!
//! # Signing in without a browser
//! POST the sign-in form to the address that would be opened in the browser, as
//! `application/x-www-form-urlencoded`: `user`, `password` and, for somebody who has a device, `code`; `account` (an
//! id or an alias) where several accounts have such a user; `decision=deny` to refuse. The answer is the redirect to
//! the client's listener (302 with `Location`), or 401 with the form again. `Sandbox::sign_in` does just that, and
//! `awsesame-sandbox sign-in USER URL` follows the redirect as well, so that it can be a `$BROWSER`.

mod authorize;
mod client;
mod id_token;
mod proof;
mod token;

use crate::log::LogEntry;
use crate::services::browser::page;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::world::World;

/// The path of the page that shows a code for another device.
const CONFIRMATION: &str = "/v1/sessions/confirmation";

/// Returns the operation that a request is for, if it is one of this service.
pub(crate) fn action(call: &Call) -> Option<&'static str> {
    Some(match (call.method.as_str(), call.path.as_str()) {
        ("GET", "/v1/authorize") => "Authorize",
        ("POST", "/v1/authorize") => "AuthorizeOAuth2Access",
        ("POST", "/v1/challenge") => "Challenge",
        ("POST", "/v1/token") => "CreateOAuth2Token",
        ("GET", CONFIRMATION) => "Confirmation",
        ("GET", page::SCRIPT_PATH) => "Script",
        _ => return None,
    })
}

/// Allows the proof of a request to be used again if its answer was lost.
pub(crate) fn allow_repetition(world: &mut World, call: &Call) {
    if let Some(jti) = proof::claimed_jti(call) {
        world.sign_ins.proofs.remove(&jti);
    }
}

/// Returns the thumbprint of the key that made a proof.
#[cfg(test)]
pub(crate) fn key_of_proof(call: &Call, now: i64) -> Result<String, &'static str> {
    Ok(proof::read(call, now)?.key)
}

/// Carries out one call of AWS Sign-In.
pub(crate) fn answer(
    world: &mut World,
    call: &Call,
    action: &str,
    now: i64,
    entry: &mut LogEntry,
) -> Result<Answer, Refusal> {
    world.sign_ins.forget_ended(now);
    if action == "CreateOAuth2Token" {
        return token::create(world, call, now, entry);
    }
    // A web page that points its own name at 127.0.0.1 could otherwise read this one.
    if call.local_host().is_none() {
        return Ok(Answer::text(403, "forbidden\n".to_owned()));
    }
    Ok(match action {
        "Authorize" => authorize::show(world, call),
        "AuthorizeOAuth2Access" => authorize::decide(world, call, now, entry),
        "Challenge" => authorize::challenge(world, call, now),
        "Confirmation" => authorize::confirmation(call),
        _ => page::script(),
    })
}
