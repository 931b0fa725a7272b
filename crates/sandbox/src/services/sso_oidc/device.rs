//! Device codes (RFC 8628): a client shows a code, and a person enters it in a browser on any device.

use std::collections::HashMap;

use serde::Deserialize;
use serde_json::json;

use super::authorize::{is_foreign, sign_in};
use super::register::{DEVICE_CODE, is_portal};
use super::{body, client};
use crate::log::LogEntry;
use crate::services::browser::page::{SignInForm, escaped, page};
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Call;
use crate::world::center::{Center, Consent, DeviceGrant};
use crate::world::id;

/// The time for which a device code is valid, in seconds.
const CODE_SECONDS: i64 = 600;

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    client_id: String,
    client_secret: String,
    start_url: String,
}

pub(super) fn start(center: &mut Center, call: &Call, now: i64) -> Result<Answer, Refusal> {
    let asked: Body = body(call)?;
    let client = client(center, &asked.client_id, &asked.client_secret, now)?;
    if !client.grants.is_empty() && !client.grants.iter().any(|grant| grant == DEVICE_CODE) {
        return Err(Refusal::new(400, "unauthorized_client", "The client did not register for device codes"));
    }
    if !is_portal(center, &asked.start_url) {
        return Err(Refusal::new(400, "invalid_request", "startUrl is not this portal's"));
    }
    let (device, user_code, interval) = (id::opaque(), id::user_code(), i64::from(center.settings.interval));
    // An expired code is kept a little longer, so that the answer can say that it has expired.
    center.devices.retain(|_, grant| grant.until + CODE_SECONDS > now);
    center.devices.insert(
        device.clone(),
        DeviceGrant {
            client: asked.client_id,
            user_code: user_code.clone(),
            consent: Consent::Pending,
            until: now + CODE_SECONDS,
            interval,
            polls: 0,
            polled: 0,
        },
    );
    let page = format!("{}/device", call.origin());
    Ok(Answer::rest_json(
        200,
        &json!({
            "deviceCode": device,
            "userCode": user_code,
            "verificationUri": page,
            "verificationUriComplete": format!("{page}?user_code={user_code}"),
            "expiresIn": CODE_SECONDS,
            "interval": interval,
        }),
    ))
}

pub(super) fn show(call: &Call) -> Answer {
    form(call, 200, None)
}

fn form(call: &Call, status: u16, message: Option<String>) -> Answer {
    let (query, sent) = (call.query(), call.form());
    let code = query.given("user_code").or_else(|| sent.given("user_code")).unwrap_or_default().to_owned();
    SignInForm {
        title: "Allow a device",
        purpose: "Go on only if you started this yourself and the code is the one that you see there: whoever sent you \
                  this address gets access to your accounts."
            .to_owned(),
        fields: format!("<label>Code<input name=\"user_code\" value=\"{}\"></label>", escaped(&code)),
        challenge: "/challenge",
        message,
        signed_in: None,
    }
    .answer(call, status)
}

pub(super) fn decide(
    center: &mut Center,
    challenges: &mut HashMap<String, i64>,
    call: &Call,
    now: i64,
    entry: &mut LogEntry,
) -> Answer {
    if is_foreign(call) {
        return form(call, 400, Some("The form was sent from another site.".to_owned()));
    }
    let fields = call.form();
    let code = fields.given("user_code").unwrap_or_default().trim().to_ascii_uppercase();
    let waits = |grant: &&DeviceGrant| {
        grant.user_code == code && grant.until > now && grant.consent == Consent::Pending
    };
    if !center.devices.values().any(|grant| waits(&grant)) {
        return form(call, 400, Some("The code is not valid, or it has expired.".to_owned()));
    }
    let consent = if fields.get("decision") == Some("deny") {
        Consent::Denied
    } else {
        match sign_in(center, challenges, call, now, entry) {
            Ok(person) => Consent::Given(person),
            Err(why) => return form(call, 401, Some(why.sentence())),
        }
    };
    let allowed = consent != Consent::Denied;
    for grant in center.devices.values_mut().filter(|grant| grant.user_code == code) {
        grant.consent = consent.clone();
    }
    let title = if allowed { "The device has access" } else { "The device was refused" };
    page(200, title, "<p id=\"done\">You can close this tab.</p>")
}
