//! Sign-in to the console by the federation endpoint, which issues a sign-in token for the credentials of a role and
//! accepts it for a limited time. The endpoint uses no AWS protocol and no signatures: the request contains the
//! credentials.

use sha2::{Digest, Sha256};

use crate::log::LogEntry;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::{Call, Params};
use crate::world::caller::Kind;
use crate::world::id;
use crate::world::sign_in::cookie;
use crate::world::{SigninToken, World};

/// The path of the endpoint, which has its own hosts in AWS. A bucket cannot have this name.
pub(crate) const PATH: &str = "/federation";
/// The lifetime of a token, in seconds.
const TOKEN_SECONDS: i64 = 15 * 60;

/// Answers one request, and says what the log should know.
pub(crate) fn serve(world: &mut World, call: &Call, now: i64) -> (Answer, LogEntry) {
    let form = call.form();
    let action = form.get("Action").unwrap_or_default().to_owned();
    let mut entry = LogEntry {
        time: now,
        service: "signin".to_owned(),
        action: action.clone(),
        principal: None,
        access_key: None,
        user_agent: call.header("user-agent").map(str::to_owned),
        status: 0,
        error_code: None,
    };
    let answered = match action.as_str() {
        "getSigninToken" => token(world, &form, now, &mut entry),
        "login" => login(world, call, &form, now, &mut entry),
        _ => Err(Refusal::new(400, "BadRequest", "Action is missing or unknown")),
    };
    let answer = answered.unwrap_or_else(|refusal| {
        entry.error_code = Some(refusal.code);
        Answer::text(refusal.status, refusal.message)
    });
    entry.status = answer.status;
    (answer, entry)
}

fn token(world: &mut World, form: &Params, now: i64, entry: &mut LogEntry) -> Result<Answer, Refusal> {
    let bad = |why: &str| Refusal::new(400, "BadRequest", why);
    let session: serde_json::Value = form
        .given("Session")
        .and_then(|text| serde_json::from_str(text).ok())
        .ok_or_else(|| bad("Session is missing or no JSON"))?;
    let text = |name: &str| session[name].as_str().unwrap_or_default().to_owned();
    let key = text("sessionId");
    entry.access_key = Some(key.clone());
    if world.keys.contains_key(&key) {
        return Err(bad("The credentials are not temporary"));
    }
    let known = world.sessions.get(&key).ok_or_else(|| bad("The credentials are not valid"))?;
    let same = |given: String, own: &str| Sha256::digest(given) == Sha256::digest(own);
    if !same(text("sessionKey"), &known.secret) || !same(text("sessionToken"), &known.token) {
        return Err(bad("The credentials are not valid"));
    }
    if known.expires <= now {
        return Err(bad("The credentials have expired"));
    }
    entry.principal = Some(known.caller.arn.clone());
    if !matches!(known.caller.kind, Kind::Role { .. }) {
        return Err(bad("Only federation tokens or assume role tokens may be used for federated login."));
    }
    let caller = known.caller.clone();
    let token = id::token();
    world.signin_tokens.retain(|_, known| known.until > now);
    world.signin_tokens.insert(token.clone(), SigninToken { caller, until: now + TOKEN_SECONDS });
    Ok(Answer::json(200, &serde_json::json!({ "SigninToken": token })))
}

fn login(
    world: &mut World,
    call: &Call,
    form: &Params,
    now: i64,
    entry: &mut LogEntry,
) -> Result<Answer, Refusal> {
    let known = form.given("SigninToken").and_then(|token| world.signin_tokens.get(token));
    let known = known.filter(|known| known.until > now);
    let known = known.ok_or_else(|| Refusal::new(400, "BadRequest", "The sign-in token is not valid"))?;
    let caller = known.caller.clone();
    entry.principal = Some(caller.arn.clone());
    let destination = form.given("Destination");
    let destination = destination.ok_or_else(|| Refusal::new(400, "BadRequest", "Destination is missing"))?;
    // The sandbox has no console, so it shows the address to which the browser would be sent.
    let text = format!("signed in as {}\n{destination}\n", caller.arn);
    let session = world.sign_ins.start(caller, &call.region, 0, now);
    Ok(Answer::text(200, text).header("set-cookie", cookie(&session)))
}
