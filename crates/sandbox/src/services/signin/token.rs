//! Issues tokens for a code, and new tokens for a refresh token.

use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::client::Client;
use super::id_token::id_token;
use super::proof::{self, PROOF_SECONDS, Proof};
use crate::log::LogEntry;
use crate::services::authorize::{authorize, context};
use crate::services::issue::issue;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::wire::encoding::base64url;
use crate::world::caller::{Caller, Kind};
use crate::world::sign_in::{ConsoleSession, RefreshToken};
use crate::world::{World, id};

/// The time for which credentials are valid, in seconds.
const CREDENTIAL_SECONDS: u32 = 900;
/// The time in which a repeated refresh gets the same answer again, in seconds.
const REPEAT_SECONDS: i64 = 60;

/// The body of a request.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    client_id: String,
    grant_type: String,
    code: Option<String>,
    code_verifier: Option<String>,
    redirect_uri: Option<String>,
    refresh_token: Option<String>,
}

fn invalid(why: impl Into<String>) -> Refusal {
    Refusal::new(400, "INVALID_REQUEST", why)
}

fn denied(error: &str, why: &str) -> Refusal {
    Refusal::new(if error == "INSUFFICIENT_PERMISSIONS" { 403 } else { 401 }, error, why)
}

/// Carries out `CreateOAuth2Token` for either grant type.
pub(super) fn create(
    world: &mut World,
    call: &Call,
    now: i64,
    entry: &mut LogEntry,
) -> Result<Answer, Refusal> {
    let body: Body =
        serde_json::from_slice(&call.body).map_err(|error| invalid(format!("the body: {error}")))?;
    let client = Client::named(&body.client_id).ok_or_else(|| invalid("there is no such client"))?;
    let proof = proof::read(call, now).map_err(invalid)?;
    if world.sign_ins.proofs.insert(proof.jti.clone(), now + PROOF_SECONDS).is_some() {
        return Err(invalid("DPoP: jti used before"));
    }
    let tokens = match body.grant_type.as_str() {
        "authorization_code" => redeem(world, call, &body, client, &proof, now, entry)?,
        "refresh_token" => refresh(world, call, &body, client, &proof, now, entry)?,
        other => return Err(invalid(format!("there is no grant type {other}"))),
    };
    Ok(Answer::rest_json(200, &tokens))
}

fn redeem(
    world: &mut World,
    call: &Call,
    body: &Body,
    client: Client,
    proof: &Proof,
    now: i64,
    entry: &mut LogEntry,
) -> Result<Value, Refusal> {
    let text = |value: &Option<String>, name: &str| {
        value.clone().ok_or_else(|| invalid(format!("{name} is missing")))
    };
    let code = text(&body.code, "code")?;
    let (verifier, redirect) =
        (text(&body.code_verifier, "codeVerifier")?, text(&body.redirect_uri, "redirectUri")?);
    let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    if !(43..=128).contains(&verifier.len()) || !verifier.bytes().all(unreserved) {
        return Err(invalid("codeVerifier has 43 to 128 unreserved characters"));
    }
    // The code is deleted even if the request is wrong, so that nobody can try it again.
    let known = world.sign_ins.codes.remove(&code);
    let known = known.ok_or_else(|| denied("AUTHCODE_EXPIRED", "The authorization code has expired."))?;
    if known.client != body.client_id || known.redirect != redirect {
        return Err(invalid("the code was given to another client or redirectUri"));
    }
    if base64url(&Sha256::digest(&verifier)) != known.challenge {
        return Err(invalid("codeVerifier is not that of the code"));
    }
    if known.region != call.region {
        return Err(invalid("the code was given in another Region"));
    }
    let session = live(world, &known.session)?;
    entry.principal = Some(session.caller.arn.clone());
    permitted(world, call, &session, client, body, now)?;
    let mut tokens = tokens(world, call, &known.session, &session, body, proof, now);
    let until = now + i64::from(CREDENTIAL_SECONDS);
    tokens["idToken"] = json!(id_token(&world.sign_ins.signing_key, &session, &body.client_id, now, until));
    Ok(tokens)
}

fn refresh(
    world: &mut World,
    call: &Call,
    body: &Body,
    client: Client,
    proof: &Proof,
    now: i64,
    entry: &mut LogEntry,
) -> Result<Value, Refusal> {
    let text = body.refresh_token.as_ref().ok_or_else(|| invalid("refreshToken is missing"))?;
    let expired = || denied("TOKEN_EXPIRED", "The refresh token has expired.");
    let known = world.sign_ins.refresh_tokens.get(text).cloned().ok_or_else(expired)?;
    if known.client != body.client_id {
        return Err(invalid("the token was given to another client"));
    }
    if known.key != proof.key {
        return Err(invalid("the token is bound to another key"));
    }
    if known.region != call.region {
        return Err(invalid("the token was given in another Region"));
    }
    let session = live(world, &known.session)?;
    entry.principal = Some(session.caller.arn.clone());
    match &known.used {
        Some((at, answer)) if now - at < REPEAT_SECONDS => {
            return Ok(serde_json::from_str(answer).expect("an answer that was given is JSON"));
        }
        Some(_) => return Err(expired()),
        None => {}
    }
    permitted(world, call, &session, client, body, now)?;
    let tokens = tokens(world, call, &known.session, &session, body, proof, now);
    let used = world.sign_ins.refresh_tokens.get_mut(text).expect("it was found above");
    used.used = Some((now, tokens.to_string()));
    Ok(tokens)
}

/// Returns the console session of a token, if it has not ended and the password has not changed.
fn live(world: &World, id: &str) -> Result<ConsoleSession, Refusal> {
    let session = world.sign_ins.sessions.get(id);
    let session = session.ok_or_else(|| denied("TOKEN_EXPIRED", "The session has ended."))?.clone();
    if matches!(session.caller.kind, Kind::Role { .. }) {
        return Ok(session);
    }
    let name = session.caller.user_name().unwrap_or("root");
    let account = world.accounts.get(&session.caller.account);
    let user = account.and_then(|account| account.users.values().find(|user| user.arn == session.caller.arn));
    match user.map(|user| user.password.as_ref().map(|password| password.changes)) {
        Some(Some(changes)) if changes == session.password => Ok(session),
        _ => Err(denied("USER_CREDENTIALS_CHANGED", &format!("The credentials of {name} have changed."))),
    }
}

fn permitted(
    world: &World,
    call: &Call,
    session: &ConsoleSession,
    client: Client,
    body: &Body,
    now: i64,
) -> Result<(), Refusal> {
    let mut keys = context(&session.caller, call.peer, now);
    keys.set("signin:OAuthClientId", &body.client_id);
    keys.set("signin:OAuthGrantType", &body.grant_type);
    if let Some(redirect) = &body.redirect_uri {
        keys.set("signin:OAuthRedirectUri", redirect);
    }
    let resource = client.resource(&call.region, &session.caller.account);
    authorize(world, &session.caller, "signin:CreateOAuth2Token", &resource, &keys)
        .map_err(|refusal| denied("INSUFFICIENT_PERMISSIONS", &refusal.message))
}

/// Issues credentials with the MFA context of the sign-in, and the next refresh token.
fn tokens(
    world: &mut World,
    call: &Call,
    id: &str,
    session: &ConsoleSession,
    body: &Body,
    proof: &Proof,
    now: i64,
) -> Value {
    let left = u32::try_from(session.until - now).unwrap_or(0);
    let caller = Caller { ..session.caller.clone() };
    let credentials = issue(world, caller, CREDENTIAL_SECONDS.min(left), now);
    let refresh = id::opaque();
    world.sign_ins.refresh_tokens.insert(
        refresh.clone(),
        RefreshToken {
            session: id.to_owned(),
            client: body.client_id.clone(),
            key: proof.key.clone(),
            region: call.region.clone(),
            used: None,
        },
    );
    json!({
        "accessToken": {
            "accessKeyId": credentials.access_key,
            "secretAccessKey": credentials.secret,
            "sessionToken": credentials.token,
        },
        "tokenType": "aws_sigv4",
        "expiresIn": credentials.expires - now,
        "refreshToken": refresh,
    })
}
