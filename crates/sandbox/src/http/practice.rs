//! The endpoints under `/_sandbox/` that AWS does not have: the current code of a device, so that people can practice
//! without a phone, and the request log. A bucket cannot have that name.

use super::code::{Code, code};
use super::form;
use super::shared::{Shared, lock};
use crate::wire::answer::Answer;
use crate::wire::call::Call;

const PREFIX: &str = "/_sandbox/";
const SIGN_IN: &str = "/_sandbox/sign-in";

pub(crate) fn concerns(call: &Call) -> bool {
    call.path.starts_with(PREFIX)
}

pub(crate) fn answer(shared: &Shared, call: &Call) -> Answer {
    // A web page that points its own name at 127.0.0.1 could otherwise read codes.
    let host = call.header("host").unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    let local = matches!(name, "127.0.0.1" | "localhost");
    // A page can send a form here, but the browser then names the page's origin.
    let posted = call.method == "POST" && call.path == SIGN_IN && call.header("origin").is_none();
    if !local || !(call.method == "GET" || posted) {
        return Answer::text(403, "forbidden\n".to_owned());
    }
    if posted {
        return sign_in(shared, call);
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

/// Signs a user in at the page whose address is the body, and returns the address to which the browser would be sent.
fn sign_in(shared: &Shared, call: &Call) -> Answer {
    let url = String::from_utf8_lossy(&call.body).trim().to_owned();
    let query = call.query();
    match form::sign_in(shared, &url, &call.region, query.get("user").unwrap_or_default()) {
        Ok(answer) if answer.status < 400 => {
            let location = answer.headers.iter().find(|(name, _)| *name == "location");
            Answer::text(200, location.map_or_else(String::new, |(_, url)| format!("{url}\n")))
        }
        Ok(_) => Answer::text(403, "the page let nobody in\n".to_owned()),
        Err(why) => Answer::text(409, format!("{why}\n")),
    }
}
