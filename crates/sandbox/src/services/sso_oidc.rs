//! The token service of IAM Identity Center: clients register themselves, and get tokens for a code that came by
//! redirect, for a device code, or for a refresh token.
//!
//! # Signing in without a browser
//! POST the form, `application/x-www-form-urlencoded`, to the address that would be opened: `/authorize?...` or
//! `/device` with the field `user_code`. Its fields are `user`, `password` and, for somebody who has a device, `code`;
//! `decision=deny` refuses. See also [`super::signin`].

mod authorize;
mod device;
mod register;
mod token;

use serde::de::DeserializeOwned;

use crate::log::LogEntry;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::world::World;
use crate::world::center::{Center, Client};

/// Returns the operation that a request is for, if it is one of this service.
pub(crate) fn action(call: &Call) -> Option<&'static str> {
    Some(match (call.method.as_str(), call.path.as_str()) {
        ("POST", "/client/register") => "RegisterClient",
        ("POST", "/device_authorization") => "StartDeviceAuthorization",
        ("POST", "/token") => "CreateToken",
        ("GET", "/authorize") => "Authorize",
        ("POST", "/authorize") => "Consent",
        ("GET", "/device") => "ShowDevice",
        ("POST", "/device") => "ConsentDevice",
        ("POST", "/challenge") => "Challenge",
        _ => return None,
    })
}

/// Carries out one call of the token service.
pub(crate) fn answer(
    world: &mut World,
    call: &Call,
    action: &str,
    now: i64,
    entry: &mut LogEntry,
) -> Result<Answer, Refusal> {
    let Some(center) = world.center.as_mut() else {
        return Err(Refusal::new(400, "invalid_request", "There is no Identity Center in this fixture"));
    };
    center.forget_ended(now);
    if center.settings.region != call.region {
        return Err(Refusal::new(
            400,
            "invalid_request",
            "The Identity Center of this portal is in another Region",
        ));
    }
    let challenges = &mut world.sign_ins.challenges;
    match action {
        "RegisterClient" => return register::register_client(center, call, now),
        "StartDeviceAuthorization" => return device::start(center, call, now),
        "CreateToken" => return token::create(center, call, now, entry),
        _ => {}
    }
    if call.local_host().is_none() {
        return Ok(Answer::text(403, "forbidden\n".to_owned()));
    }
    Ok(match action {
        "Authorize" => authorize::show(center, call, now),
        "Consent" => authorize::decide(center, challenges, call, now, entry),
        "ShowDevice" => device::show(call),
        "ConsentDevice" => device::decide(center, challenges, call, now, entry),
        _ => authorize::challenge(center, challenges, call, now),
    })
}

fn body<T: DeserializeOwned>(call: &Call) -> Result<T, Refusal> {
    serde_json::from_slice(&call.body)
        .map_err(|error| Refusal::new(400, "invalid_request", error.to_string()))
}

/// Returns the client that a call names, if the secret is right and the registration has not expired.
fn client(center: &Center, id: &str, secret: &str, now: i64) -> Result<Client, Refusal> {
    let known = center.clients.get(id).filter(|client| client.secret == secret && client.until > now);
    known.cloned().ok_or_else(|| Refusal::new(401, "invalid_client", "Client credentials are not valid"))
}
