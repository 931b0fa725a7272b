//! `CreateToken`: issues tokens for a code, a device code or a refresh token.

use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use super::register::{DEVICE_CODE, SCOPE};
use super::{body, client};
use crate::log::LogEntry;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::wire::encoding::base64url;
use crate::world::center::{Center, Client, Consent, PortalSession};
use crate::world::id;

/// The time by which a client must wait longer after each `slow_down`, in seconds (RFC 8628, 3.5).
const SLOWER: i64 = 5;
/// The number of polls without a pause that are allowed, because the AWS CLI polls twice at once in the beginning.
const FREE_POLLS: u32 = 2;
/// The lifetime of a token without a scope, in seconds. Such a token has no refresh token.
const UNSCOPED_SECONDS: i64 = 8 * 3600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    grant_type: String,
    client_id: String,
    client_secret: String,
    device_code: Option<String>,
    code: Option<String>,
    redirect_uri: Option<String>,
    code_verifier: Option<String>,
    refresh_token: Option<String>,
}

fn refused(error: &str, why: &str) -> Refusal {
    Refusal::new(400, error, why)
}

pub(super) fn create(
    center: &mut Center,
    call: &Call,
    now: i64,
    entry: &mut LogEntry,
) -> Result<Answer, Refusal> {
    let asked: Body = body(call)?;
    let client = client(center, &asked.client_id, &asked.client_secret, now)?;
    let session = match asked.grant_type.as_str() {
        "authorization_code" => by_code(center, &asked, &client, now)?,
        "refresh_token" => by_refresh(center, &asked)?,
        DEVICE_CODE => by_device(center, &asked, &client, now)?,
        _ => return Err(refused("unsupported_grant_type", "The grant type is not known")),
    };
    let known = &center.sessions[&session];
    entry.principal = Some(known.person.clone());
    let scoped = known.scopes.iter().any(|scope| scope == SCOPE);
    let life = if scoped { i64::from(center.settings.token_seconds) } else { UNSCOPED_SECONDS };
    let until = known.until.min(now + life);
    let access = id::opaque();
    center.access_tokens.insert(access.clone(), (session.clone(), until));
    let mut tokens = json!({ "accessToken": access, "tokenType": "Bearer", "expiresIn": until - now });
    let refreshes = client.grants.is_empty() || client.grants.iter().any(|grant| grant == "refresh_token");
    if scoped && refreshes {
        let refresh = id::opaque();
        center.refresh_tokens.insert(refresh.clone(), session);
        tokens["refreshToken"] = json!(refresh);
    }
    Ok(Answer::rest_json(200, &tokens))
}

/// Starts a portal session, and returns its id.
fn start(center: &mut Center, person: String, client: &str, scopes: Vec<String>, now: i64) -> String {
    let (id, until) = (id::opaque(), now + i64::from(center.settings.session_seconds));
    center.sessions.insert(id.clone(), PortalSession { person, client: client.to_owned(), scopes, until });
    id
}

fn by_code(center: &mut Center, asked: &Body, client: &Client, now: i64) -> Result<String, Refusal> {
    if !client.grants.iter().any(|grant| grant == "authorization_code") {
        return Err(refused("unauthorized_client", "The client did not register for authorization codes"));
    }
    let (Some(code), Some(redirect), Some(verifier)) =
        (&asked.code, &asked.redirect_uri, &asked.code_verifier)
    else {
        return Err(refused("invalid_request", "code, redirectUri and codeVerifier are needed"));
    };
    // The code is deleted even if the request is wrong, so that nobody can try it again.
    let known = center.codes.remove(code);
    let known = known.filter(|known| {
        known.client == asked.client_id
            && known.redirect == *redirect
            && base64url(&Sha256::digest(verifier)) == known.challenge
    });
    let known = known.ok_or_else(|| refused("invalid_grant", "The code is not valid"))?;
    Ok(start(center, known.person, &asked.client_id, known.scopes, now))
}

fn by_device(center: &mut Center, asked: &Body, client: &Client, now: i64) -> Result<String, Refusal> {
    let code =
        asked.device_code.as_ref().ok_or_else(|| refused("invalid_request", "deviceCode is needed"))?;
    let grant = center.devices.get_mut(code).filter(|grant| grant.client == asked.client_id);
    let grant = grant.ok_or_else(|| refused("invalid_grant", "The device code is not valid"))?;
    if grant.until <= now {
        return Err(refused("expired_token", "The device code has expired"));
    }
    let early = grant.polls >= FREE_POLLS && now - grant.polled < grant.interval;
    (grant.polls, grant.polled) = (grant.polls + 1, now);
    if early {
        grant.interval += SLOWER;
        return Err(refused("slow_down", ""));
    }
    match std::mem::replace(&mut grant.consent, Consent::Spent) {
        Consent::Given(person) => Ok(start(center, person, &asked.client_id, client.scopes.clone(), now)),
        Consent::Spent => Err(refused("invalid_grant", "The device code was used")),
        Consent::Denied => {
            grant.consent = Consent::Denied;
            Err(refused("access_denied", "The request was denied"))
        }
        Consent::Pending => {
            grant.consent = Consent::Pending;
            Err(refused("authorization_pending", ""))
        }
    }
}

fn by_refresh(center: &mut Center, asked: &Body) -> Result<String, Refusal> {
    let token =
        asked.refresh_token.as_ref().ok_or_else(|| refused("invalid_request", "refreshToken is needed"))?;
    let session = center.refresh_tokens.get(token).cloned();
    let session = session
        .filter(|id| center.sessions.get(id).is_some_and(|session| session.client == asked.client_id))
        .ok_or_else(|| refused("invalid_grant", "The refresh token is not valid"))?;
    // A refresh token is valid once, and the answer contains the next one.
    center.refresh_tokens.remove(token);
    Ok(session)
}
