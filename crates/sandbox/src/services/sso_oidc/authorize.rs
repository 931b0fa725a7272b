//! The page on which a person signs in to the portal and allows a client, and the code that is sent back by redirect.

use std::collections::HashMap;

use super::register::{REDIRECT, SCOPE};
use crate::log::LogEntry;
use crate::services::browser::identify::{Given, Unproven, identify, password_is_good};
use crate::services::browser::page::{SignInForm, escaped, page};
use crate::services::browser::passkey;
use crate::wire::answer::Answer;
use crate::wire::call::Call;
use crate::wire::encoding::{percent, unbase64url};
use crate::world::center::{Center, PortalCode};
use crate::world::id;

/// The time for which a code is valid, in seconds.
const CODE_SECONDS: i64 = 600;

/// An authorization request that is in order.
struct Asked {
    client: String,
    redirect: String,
    state: String,
    challenge: String,
    scopes: Vec<String>,
}

impl Asked {
    fn read(center: &Center, call: &Call, now: i64) -> Result<Self, String> {
        let query = call.browser_query();
        let text = |name: &str| query.given(name).ok_or_else(|| format!("{name} is missing"));
        let exactly = |name: &str, wanted: &str| match text(name)? {
            given if given == wanted => Ok(()),
            given => Err(format!("{name} is {given}, not {wanted}")),
        };
        exactly("response_type", "code")?;
        exactly("code_challenge_method", "S256")?;
        let id = text("client_id")?;
        let client = center.clients.get(id).filter(|client| client.until > now);
        let client = client.ok_or_else(|| format!("there is no client {id}"))?;
        if !client.grants.iter().any(|grant| grant == "authorization_code") {
            return Err("the client did not register for authorization codes".to_owned());
        }
        let redirect = text("redirect_uri")?;
        if !client.redirects.iter().any(|uri| uri == REDIRECT) || !is_callback(redirect) {
            return Err(format!("redirect_uri {redirect} is not one of this client's"));
        }
        let challenge = text("code_challenge")?;
        if unbase64url(challenge).is_none_or(|hash| hash.len() != 32) {
            return Err("code_challenge is not the base64url of a SHA-256".to_owned());
        }
        // Clients write either; both are taken.
        let scopes = query.given("scopes").or_else(|| query.given("scope")).unwrap_or(SCOPE);
        let scopes: Vec<String> = scopes.split(' ').map(str::to_owned).collect();
        if let Some(other) = scopes.iter().find(|scope| !client.scopes.contains(scope)) {
            return Err(format!("the client did not register for the scope {other}"));
        }
        Ok(Self {
            client: id.to_owned(),
            redirect: redirect.to_owned(),
            state: text("state")?.to_owned(),
            challenge: challenge.to_owned(),
            scopes,
        })
    }

    /// Returns the redirect to the client with a code, or with OAuth's error.
    fn back(&self, what: &str, refused: bool) -> Answer {
        let encoded = |text: &str| percent(text.as_bytes(), b"");
        let name = if refused { "error" } else { "code" };
        Answer::redirect(format!("{}?{name}={}&state={}", self.redirect, encoded(what), encoded(&self.state)))
    }
}

/// Returns true for `http://127.0.0.1:PORT/oauth/callback`: the port is the client's own business.
fn is_callback(uri: &str) -> bool {
    let port = uri.strip_prefix("http://127.0.0.1:").and_then(|rest| rest.strip_suffix("/oauth/callback"));
    port.and_then(|port| port.parse::<u16>().ok()).is_some_and(|port| port != 0)
}

pub(super) fn show(center: &Center, call: &Call, now: i64) -> Answer {
    match Asked::read(center, call, now) {
        Ok(asked) => form(call, &asked, 200, None),
        Err(why) => invalid(&why),
    }
}

fn invalid(why: &str) -> Answer {
    page(400, "This request is not valid", &format!("<p id=\"message\">{}</p>", escaped(why)))
}

fn form(call: &Call, asked: &Asked, status: u16, message: Option<String>) -> Answer {
    SignInForm {
        title: "Sign in to IAM Identity Center",
        purpose: format!("Client <code>{}</code> asks for access to your accounts.", escaped(&asked.client)),
        fields: String::new(),
        challenge: "/challenge",
        message,
        signed_in: None,
    }
    .answer(call, status)
}

/// Returns the options for a passkey to a person who knows the password.
pub(super) fn challenge(
    center: &Center,
    challenges: &mut HashMap<String, i64>,
    call: &Call,
    now: i64,
) -> Answer {
    let given = Given::read(call, &call.form());
    let person = center.people.get(&given.user);
    let options = person
        .filter(|person| password_is_good(person.password.as_ref(), &given))
        .and_then(|person| passkey::request_options(person.devices.iter(), challenges, now));
    options.map_or_else(|| Answer::text(401, Unproven::Password.sentence()), |it| Answer::rest_json(200, &it))
}

/// Signs a person in at the portal, and returns the name.
pub(super) fn sign_in(
    center: &mut Center,
    challenges: &mut HashMap<String, i64>,
    call: &Call,
    now: i64,
    entry: &mut LogEntry,
) -> Result<String, Unproven> {
    let given = Given::read(call, &call.form());
    let person = center.people.get_mut(&given.user).ok_or(Unproven::Password);
    let proven = person.and_then(|person| {
        identify(person.password.as_mut(), person.devices.iter_mut(), &given, challenges, now)
    });
    match proven {
        Ok(_) => {
            entry.principal = Some(given.user.clone());
            Ok(given.user)
        }
        Err(why) => {
            entry.error_code = Some(format!("{why:?}"));
            Err(why)
        }
    }
}

/// Returns true if the form came from a page of another site.
pub(super) fn is_foreign(call: &Call) -> bool {
    call.header("origin").is_some_and(|origin| origin != call.origin() && origin != "null")
}

pub(super) fn decide(
    center: &mut Center,
    challenges: &mut HashMap<String, i64>,
    call: &Call,
    now: i64,
    entry: &mut LogEntry,
) -> Answer {
    let asked = match Asked::read(center, call, now) {
        Ok(asked) => asked,
        Err(why) => return invalid(&why),
    };
    if is_foreign(call) {
        return invalid("the form was sent from another site");
    }
    if call.form().get("decision") == Some("deny") {
        return asked.back("access_denied", true);
    }
    let person = match sign_in(center, challenges, call, now, entry) {
        Ok(person) => person,
        Err(why) => return form(call, &asked, 401, Some(why.sentence())),
    };
    let code = id::opaque();
    center.codes.insert(
        code.clone(),
        PortalCode {
            client: asked.client.clone(),
            person,
            redirect: asked.redirect.clone(),
            challenge: asked.challenge.clone(),
            scopes: asked.scopes.clone(),
            until: now + CODE_SECONDS,
        },
    );
    asked.back(&code, false)
}
