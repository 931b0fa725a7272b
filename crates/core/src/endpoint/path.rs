//! Writes and parses the paths of the broker's endpoint.

use std::borrow::Cow;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::{Asked, Channel};
use crate::name::{AccountId, ProfileName};
use crate::session::pin::Pin;

/// The prefix of the paths to credentials; the name of the profile follows.
const CREDENTIALS: &str = "/v1/credentials/";
/// The path for our own commands, which need more facts about a session. Without the name of a profile it returns all
/// sessions that are ready, without secrets.
pub const SESSIONS: &str = "/v1/sessions";
/// The path that answers after a change of a session.
const CHANGES: &str = "/v1/changes";
/// The path of the broker's state.
pub const STATUS: &str = "/v1/status";

/// The characters that are escaped in a path or a query; all others are kept as they are.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
/// The character that replaces `%` before the two digits of an escaped byte.
const ESCAPE: char = '~';

/// Returns what a request target asks for. Returns None if that is not served at this door.
pub(super) fn asked(target: &str, channel: Channel<'_>) -> Option<Asked> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    if let Some(below) = path.strip_prefix(CREDENTIALS) {
        let (name, pinned) = below.split_once('/').unwrap_or((below, ""));
        let parts = pinned.split('/').chain(query.split('&'));
        return Some(Asked::Credentials(profile(decoded_by_sdk(name)?)?, pin(parts, decoded_by_sdk)?));
    }
    if matches!(channel, Channel::Loopback { .. }) {
        return None;
    }
    if let Some(name) = path.strip_prefix(SESSIONS).and_then(|rest| rest.strip_prefix('/')) {
        return Some(Asked::Session(profile(decoded(name)?)?, pin(query.split('&'), decoded)?));
    }
    match (path, query) {
        (STATUS, _) => Some(Asked::Status),
        (SESSIONS, "") => Some(Asked::Sessions),
        (CHANGES, "") => Some(Asked::Changes(None)),
        (CHANGES, query) => Some(Asked::Changes(Some(query.strip_prefix("since=")?.to_owned()))),
        _ => None,
    }
}

fn profile(name: Cow<'_, str>) -> Option<ProfileName> {
    (!name.is_empty() && !name.contains('\0')).then(|| ProfileName::new(name))
}

/// Returns the pin in the parts after a name. An invalid part is refused and not ignored: a project that misspells its
/// account must not be served without a pin.
fn pin<'t>(parts: impl Iterator<Item = &'t str>, decoded: Decoding) -> Option<Pin> {
    let mut pin = Pin::default();
    for part in parts.filter(|part| !part.is_empty()) {
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

/// A function that decodes a part of a target.
type Decoding = fn(&str) -> Option<Cow<'_, str>>;

/// Decodes percent-escapes. A path that contains a `/` is not a name.
fn decoded(text: &str) -> Option<Cow<'_, str>> {
    if text.contains('/') {
        return None;
    }
    percent_decode_str(text).decode_utf8().ok()
}

/// Decodes a path of ours after an SDK has encoded it: `~2F` is a slash, which no SDK encodes again. The SDK for C++
/// encodes an encoded path once more, so percent-escapes are decoded twice.
fn decoded_by_sdk(text: &str) -> Option<Cow<'_, str>> {
    let mut text = decoded(text)?.into_owned();
    if text.contains('%') {
        text = percent_decode_str(&text).decode_utf8().ok()?.into_owned();
    }
    if text.contains(ESCAPE) {
        text = percent_decode_str(&text.replace(ESCAPE, "%")).decode_utf8().ok()?.into_owned();
    }
    Some(Cow::Owned(text))
}

/// Returns the path of a profile's credentials, with the pin that they must agree with. The pin is in the path, because
/// the SDK for Rust drops a query.
pub fn credentials_path(profile: &ProfileName, pin: &Pin) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string().replace('%', "~");
    let parts: Vec<String> = parts(pin, escaped).collect();
    let (name, pinned) = (escaped(profile.as_str()), parts.join("/"));
    let slash = if pinned.is_empty() { "" } else { "/" };
    format!("{CREDENTIALS}{name}{slash}{pinned}")
}

fn parts(pin: &Pin, escaped: impl Fn(&str) -> String) -> impl Iterator<Item = String> {
    let account = pin.account.as_ref().map(|account| format!("account={}", escaped(account.as_str())));
    let role = pin.role.as_ref().map(|role| format!("role={}", escaped(role)));
    account.into_iter().chain(role)
}

/// Returns the path for our own commands that request a profile's session.
pub fn session_path(profile: &ProfileName, pin: &Pin) -> String {
    let escaped = |text: &str| utf8_percent_encode(text, ESCAPED).to_string();
    let query: Vec<String> = parts(pin, escaped).collect();
    let mark = if query.is_empty() { "" } else { "?" };
    format!("{SESSIONS}/{}{mark}{}", escaped(profile.as_str()), query.join("&"))
}

/// Returns the path that answers when something has changed since the given mark.
pub fn changes_path(mark: Option<&str>) -> String {
    mark.map_or_else(
        || CHANGES.to_owned(),
        |mark| format!("{CHANGES}?since={}", utf8_percent_encode(mark, ESCAPED)),
    )
}
