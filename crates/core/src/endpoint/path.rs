//! The paths under which something lies, written and read.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Asked, Door};
use crate::name::{AccountId, ProfileName};
use crate::session::pin::Pin;

/// Below this lie the credentials, one path a profile.
const CREDENTIALS: &str = "/v1/credentials/";
/// The same for our own commands, which want to know more of a session. Without a name
/// behind it: all that lie ready, and nothing secret.
pub const SESSIONS: &str = "/v1/sessions";
/// Answers when a session has changed.
const CHANGES: &str = "/v1/changes";
/// How the broker is.
pub const STATUS: &str = "/v1/status";

/// What stands for itself in a path or a query.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// What a target asks for at a door.
pub(super) fn asked(target: &str, door: Door<'_>) -> Option<Asked> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if let Some(name) = path.strip_prefix(CREDENTIALS) {
        return Some(Asked::Credentials(profile(name)?, pin(query)?));
    }
    if matches!(door, Door::Loopback { .. }) {
        return None;
    }
    if let Some(name) = path.strip_prefix(SESSIONS).and_then(|rest| rest.strip_prefix('/')) {
        return Some(Asked::Session(profile(name)?, pin(query)?));
    }
    match (path, query) {
        (STATUS, _) => Some(Asked::Status),
        (SESSIONS, "") => Some(Asked::Sessions),
        (CHANGES, "") => Some(Asked::Changes(None)),
        (CHANGES, query) => Some(Asked::Changes(Some(query.strip_prefix("since=")?.to_owned()))),
        _ => None,
    }
}

fn profile(name: &str) -> Option<ProfileName> {
    let name = decoded(name)?;
    (!name.is_empty() && !name.contains('\0')).then(|| ProfileName::new(name))
}

/// The pin in a query. What is no pin is refused rather than passed over: a project
/// that misspells its account must not be served without one.
fn pin(query: &str) -> Option<Pin> {
    let mut pin = Pin::default();
    for part in query.split('&').filter(|part| !part.is_empty()) {
        let (name, value) = part.split_once('=')?;
        let value = decoded(value).filter(|value| !value.is_empty())?;
        match name {
            "account" if pin.account.is_none() => pin.account = Some(AccountId::new(value)),
            "role" if pin.role.is_none() => pin.role = Some(value.into_owned()),
            _ => return None,
        }
    }
    Some(pin)
}

/// Percent-escapes resolved; a path with a `/` of its own is no name.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('/') {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok()
}

/// The path of a profile's credentials, with the pin that they must agree with.
pub fn credentials_path(profile: &ProfileName, pin: &Pin) -> String {
    path(CREDENTIALS, profile, pin)
}

/// The path by which our own commands ask for a profile's session.
pub fn session_path(profile: &ProfileName, pin: &Pin) -> String {
    path(&format!("{SESSIONS}/"), profile, pin)
}

/// The path that answers when something has changed since the moment of this mark.
pub fn changes_path(mark: Option<&str>) -> String {
    mark.map_or_else(
        || CHANGES.to_owned(),
        |mark| format!("{CHANGES}?since={}", utf8_percent_encode(mark, KEPT)),
    )
}

fn path(below: &str, profile: &ProfileName, pin: &Pin) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, KEPT).to_string();
    let account = pin.account.as_ref().map(|account| format!("account={}", escaped(account.as_str())));
    let role = pin.role.as_ref().map(|role| format!("role={}", escaped(role)));
    let query: Vec<String> = account.into_iter().chain(role).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{below}{}{mark}{}", escaped(profile.as_str()), query.join("&"))
}
