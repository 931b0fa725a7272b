//! The page on which a person signs in and allows a client, and the code that is sent back to the client.

use std::collections::{BTreeMap, BTreeSet};

use super::client::Asked;
use crate::log::LogEntry;
use crate::services::authorize::{authorize, context};
use crate::services::browser::identify::{Given, Unproven, identify, password_is_good};
use crate::services::browser::page::{SignInForm, escaped, page};
use crate::services::browser::passkey;
use crate::wire::answer::Answer;
use crate::wire::call::{Call, Params};
use crate::wire::encoding::{base64, percent};
use crate::world::caller::{Caller, Kind, Mfa};
use crate::world::sign_in::{AuthorizationCode, COOKIE, ConsoleSession, cookie};
use crate::world::{Account, World, id};

/// The time for which a code is valid, in seconds.
const CODE_SECONDS: i64 = 600;

/// Returns the page with the form.
pub(super) fn show(world: &World, call: &Call) -> Answer {
    match Asked::read(call) {
        Ok(asked) => form(world, call, &asked, 200, None),
        Err(why) => invalid(&why),
    }
}

fn invalid(why: &str) -> Answer {
    page(400, "This request is not valid", &format!("<p id=\"message\">{}</p>", escaped(why)))
}

fn form(world: &World, call: &Call, asked: &Asked, status: u16, message: Option<String>) -> Answer {
    SignInForm {
        title: "Sign in to AWS",
        purpose: format!("<code>{}</code> asks for credentials of yours.", escaped(&asked.client_id)),
        fields: "<label>Account id or alias<input name=\"account\"></label>".to_owned(),
        challenge: "/v1/challenge",
        message,
        signed_in: current(world, call).map(|(_, session)| session.caller.arn.clone()),
    }
    .answer(call, status)
}

/// Returns the console session of this browser, by its cookie.
fn current<'a>(world: &'a World, call: &Call) -> Option<(String, &'a ConsoleSession)> {
    let cookies = call.header("cookie")?.split(';').filter_map(|pair| pair.trim().split_once('='));
    let (_, id) = cookies.into_iter().find(|(name, _)| *name == COOKIE)?;
    Some((id.to_owned(), world.sign_ins.sessions.get(id)?))
}

/// Returns the account that the form names, or else the one that has such a user.
fn account_of<'a>(world: &'a mut World, form: &Params, user: &str) -> Option<&'a mut Account> {
    let named = form.given("account").map(str::to_owned);
    world.accounts.values_mut().find(|account| match &named {
        Some(named) => account.id == *named || account.alias.as_ref() == Some(named),
        None => account.users.contains_key(user),
    })
}

/// Returns the options for a passkey to a person who knows the password.
pub(super) fn challenge(world: &mut World, call: &Call, now: i64) -> Answer {
    let form = call.form();
    let given = Given::read(call, &form);
    let mut challenges = std::mem::take(&mut world.sign_ins.challenges);
    let options = account_of(world, &form, &given.user)
        .filter(|account| {
            let user = account.users.get(&given.user);
            password_is_good(user.and_then(|user| user.password.as_ref()), &given)
        })
        .and_then(|account| {
            let own = |device: &&_| is_of(device, &given.user);
            passkey::request_options(account.devices.values().filter(own), &mut challenges, now)
        });
    world.sign_ins.challenges = challenges;
    options.map_or_else(|| Answer::text(401, Unproven::Password.sentence()), |it| Answer::rest_json(200, &it))
}

fn is_of(device: &crate::world::Device, user: &str) -> bool {
    device.user.as_deref() == Some(user)
}

/// Signs in the sender of the form, and redirects the browser with a code or a refusal.
pub(super) fn decide(world: &mut World, call: &Call, now: i64, entry: &mut LogEntry) -> Answer {
    let asked = match Asked::read(call) {
        Ok(asked) => asked,
        Err(why) => return invalid(&why),
    };
    // A form of another site must not be able to give consent for the user.
    if call.header("origin").is_some_and(|origin| origin != call.origin() && origin != "null") {
        return invalid("the form was sent from another site");
    }
    let fields = call.form();
    if fields.get("decision") == Some("deny") {
        return back(&asked, "access_denied", Some("The user denied the request"));
    }
    let id = match (fields.get("session"), current(world, call)) {
        (Some("current"), Some((id, _))) => id,
        (Some("current"), None) => {
            return form(world, call, &asked, 401, Some("Your console session has ended.".to_owned()));
        }
        _ => match sign_in(world, call, &fields, now) {
            Ok(id) => id,
            Err(why) => {
                entry.error_code = Some(format!("{why:?}"));
                return form(world, call, &asked, 401, Some(why.sentence()));
            }
        },
    };
    let session = world.sign_ins.sessions[&id].clone();
    entry.principal = Some(session.caller.arn.clone());
    let cookie = cookie(&id);
    let resource = asked.client.resource(&call.region, &session.caller.account);
    let mut keys = context(&session.caller, call.peer, now);
    keys.set("signin:OAuthClientId", &asked.client_id);
    keys.set("signin:OAuthRedirectUri", &asked.redirect);
    let action = "signin:AuthorizeOAuth2Access";
    if let Err(refusal) = authorize(world, &session.caller, action, &resource, &keys) {
        entry.error_code = Some("INSUFFICIENT_PERMISSIONS".to_owned());
        return back(&asked, "access_denied", Some(&refusal.message)).header("set-cookie", cookie);
    }
    let code = id::opaque();
    world.sign_ins.codes.insert(
        code.clone(),
        AuthorizationCode {
            session: id,
            client: asked.client_id.clone(),
            redirect: asked.redirect.clone(),
            challenge: asked.challenge.clone(),
            region: call.region.clone(),
            until: now + CODE_SECONDS,
        },
    );
    back(&asked, &code, None).header("set-cookie", cookie)
}

/// Returns the redirect to the client with a code, or with OAuth's error and its description.
fn back(asked: &Asked, what: &str, refused: Option<&str>) -> Answer {
    let encoded = |text: &str| percent(text.as_bytes(), b"");
    let result = match refused {
        Some(why) => format!("error={}&error_description={}", encoded(what), encoded(why)),
        None => format!("code={}", encoded(what)),
    };
    Answer::redirect(format!("{}?{result}&state={}", asked.redirect, encoded(&asked.state)))
}

/// Starts a console session for the user of the form.
fn sign_in(world: &mut World, call: &Call, form: &Params, now: i64) -> Result<String, Unproven> {
    let given = Given::read(call, form);
    let mut challenges = std::mem::take(&mut world.sign_ins.challenges);
    let account = account_of(world, form, &given.user);
    let caller = account.ok_or(Unproven::Password).and_then(|account| {
        let user = account.users.get_mut(&given.user).ok_or(Unproven::Password)?;
        let devices = account.devices.values_mut().filter(|device| is_of(device, &given.user));
        let mfa = identify(user.password.as_mut(), devices, &given, &mut challenges, now)?;
        let kind = if user.root { Kind::Root } else { Kind::User { name: user.name.clone() } };
        let password = user.password.as_ref().map_or(0, |password| password.changes);
        Ok((caller(&account.id, kind, &user.arn, &user.id, mfa), password))
    });
    world.sign_ins.challenges = challenges;
    let (caller, password) = caller?;
    Ok(world.sign_ins.start(caller, &call.region, password, now))
}

/// Returns a caller with only an identity and the MFA context of a sign-in.
fn caller(account: &str, kind: Kind, arn: &str, id: &str, mfa: Mfa) -> Caller {
    Caller {
        account: account.to_owned(),
        kind,
        arn: arn.to_owned(),
        id: id.to_owned(),
        mfa,
        session_policies: Vec::new(),
        tags: BTreeMap::new(),
        transitive: BTreeSet::new(),
        source_identity: None,
        temporary: false,
        issued: None,
        sign_in: None,
    }
}

/// Returns the page that shows the code to a person whose client is on another machine.
pub(super) fn confirmation(call: &Call) -> Answer {
    let query = call.browser_query();
    if let Some(error) = query.given("error") {
        return page(200, "Nothing was allowed", &format!("<p id=\"message\">{}</p>", escaped(error)));
    }
    let (Some(code), Some(state)) = (query.given("code"), query.given("state")) else {
        return invalid("code or state is missing");
    };
    let text = base64(format!("code={code}&state={state}").as_bytes());
    page(
        200,
        "Your authorization code",
        &format!("<p>Paste it where you were asked.</p><code id=\"code\">{text}</code>"),
    )
}
