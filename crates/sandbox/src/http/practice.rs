//! What AWS does not have: the current code of a device and the request log, under `/_sandbox/`,
//! so that one can play without a phone. No bucket can have that name.

use crate::http::shared::{Shared, lock};
use crate::wire::answer::Answer;
use crate::wire::call::Call;
use crate::world::totp;

const PREFIX: &str = "/_sandbox/";

/// A code, and for how many seconds from now it stands.
pub(crate) enum Code {
    Good(String, i64),
    /// Every code of now is spent; the next one comes in so many seconds.
    Wait(i64),
    /// No such user, or no device that gives codes.
    Nobody,
}

/// The present code of `who`; with `fresh`, one that was not spent yet, from the neighbouring
/// steps where need be.
pub(crate) fn code(shared: &Shared, who: &str, fresh: bool) -> Code {
    let now = shared.clock.now();
    let world = lock(&shared.world);
    let Some(device) = world.device(who) else { return Code::Nobody };
    if !device.gives_codes() {
        return Code::Nobody;
    }
    let present = totp::step_at(now);
    let left = totp::STEP - now.rem_euclid(totp::STEP);
    // The present one first: it is the one that a phone would show.
    let candidates = if fresh { &[0, 1, -1][..] } else { &[0][..] };
    let unspent = |offset: &&i64| !fresh || !device.is_spent(present + **offset);
    match candidates.iter().find(unspent) {
        Some(offset) => Code::Good(device.code(present + offset), left + offset * totp::STEP),
        None => Code::Wait(left),
    }
}

pub(crate) fn concerns(call: &Call) -> bool {
    call.path.starts_with(PREFIX)
}

pub(crate) fn answer(shared: &Shared, call: &Call) -> Answer {
    // A web page that points its own name at 127.0.0.1 could otherwise read codes.
    let host = call.header("host").unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    if call.method != "GET" || !matches!(name, "127.0.0.1" | "localhost") {
        return Answer::text(403, "forbidden\n".to_owned());
    }
    let query = call.query();
    match &call.path[PREFIX.len()..] {
        "code" => match code(shared, query.get("user").unwrap_or_default(), query.has("fresh")) {
            Code::Good(code, _) => Answer::text(200, format!("{code}\n")),
            Code::Wait(seconds) => {
                Answer::text(409, format!("{seconds}\n")).header("retry-after", seconds.to_string())
            }
            Code::Nobody => Answer::text(404, "no such user, or no device that gives codes\n".to_owned()),
        },
        "log" => {
            let lines: Vec<String> = lock(&shared.log)
                .entries()
                .iter()
                .map(|entry| serde_json::to_string(entry).expect("an entry is plain data") + "\n")
                .collect();
            Answer::text(200, lines.concat()).header("cache-control", "no-store")
        }
        _ => Answer::text(404, "not found\n".to_owned()),
    }
}
