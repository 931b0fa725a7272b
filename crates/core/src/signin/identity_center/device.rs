//! Device codes: a person types a code into a browser anywhere, and this program polls until that is done. A person who
//! is persuaded to type the code of an attacker gives the attacker a session, so device codes are never the default.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::oidc::Refusal;
use super::registration::Registration;
use crate::name::secret::Secret;
use crate::signin::valid::{self, Unacceptable, wrong};

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    client_id: &'a str,
    client_secret: &'a str,
    start_url: &'a str,
}

/// Writes the body of `StartDeviceAuthorization`.
///
/// # Panics
/// Never: strings are JSON.
pub fn body(client: &Registration, start_url: &str) -> Zeroizing<String> {
    let client_secret = client.client_secret.expose();
    let body = Body { client_id: &client.client_id, client_secret, start_url };
    Zeroizing::new(serde_json::to_string(&body).expect("strings are JSON"))
}

/// A code that a person approves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceCode {
    /// The code that this program asks with.
    pub code: Secret,
    /// The code that the person compares.
    pub user_code: String,
    /// The page where the code is typed in.
    pub page: String,
    /// The page with the code filled in.
    pub page_with_code: String,
    /// The time for which it is valid, in seconds.
    pub seconds: i64,
    /// The time to wait between two questions, in seconds.
    pub interval: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    device_code: Option<Secret>,
    user_code: Option<String>,
    verification_uri: Option<String>,
    verification_uri_complete: Option<String>,
    expires_in: Option<i64>,
    interval: Option<u64>,
}

/// Parses the answer to `StartDeviceAuthorization`. The address of the page must use https. If `endpoint` is set
/// instead of AWS's own, its origin is allowed too.
pub fn answer(body: &[u8], endpoint: Option<&str>) -> Result<DeviceCode, Unacceptable> {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return wrong("it is not the JSON of a device code");
    };
    let user_code = answer.user_code.unwrap_or_default();
    let letter = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    if !(4..=32).contains(&user_code.len()) || !user_code.bytes().all(letter) {
        return wrong("its `userCode` is not a code that can be typed");
    }
    let page = page("verificationUri", answer.verification_uri, endpoint)?;
    let page_with_code = match answer.verification_uri_complete {
        Some(complete) => self::page("verificationUriComplete", Some(complete), endpoint)?,
        None => page.clone(),
    };
    Ok(DeviceCode {
        code: valid::token("deviceCode", answer.device_code.as_ref())?,
        user_code,
        page,
        page_with_code,
        seconds: valid::lifetime("expiresIn", answer.expires_in, 3600)?,
        interval: answer.interval.unwrap_or(5).clamp(1, 60),
    })
}

fn page(name: &str, url: Option<String>, endpoint: Option<&str>) -> Result<String, Unacceptable> {
    let url = url.unwrap_or_default();
    let plain = url.len() <= 2048 && url.bytes().all(|byte| byte.is_ascii_graphic());
    let own = endpoint.is_some_and(|endpoint| {
        url.strip_prefix(endpoint.trim_end_matches('/')).is_some_and(|rest| rest.starts_with('/'))
    });
    if plain && (url.starts_with("https://") || own) {
        return Ok(url);
    }
    wrong(format!("its `{name}` is not an https address"))
}

/// The pace of the questions: the time to wait before the next one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    interval: u64,
    until: i64,
}

impl Pace {
    /// Creates the pace of a code that was received at `now`.
    pub fn new(code: &DeviceCode, now: i64) -> Self {
        Self { interval: code.interval, until: now.saturating_add(code.seconds) }
    }

    /// Returns the seconds to wait after a refusal. Returns None if the sign-in ends: the refusal is final, or the code
    /// would have expired by then.
    pub fn after(&mut self, refusal: &Refusal, now: i64) -> Option<u64> {
        match refusal {
            Refusal::SlowDown => self.interval += 5,
            Refusal::Pending | Refusal::Later(_) => {}
            _ => return None,
        }
        let wait = i64::try_from(self.interval).unwrap_or(i64::MAX);
        (now.saturating_add(wait) < self.until).then_some(self.interval)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{exchanges, text};

    #[test]
    fn a_device_code_is_asked_for_as_the_aws_cli_does_and_its_answer_read() {
        for (step, exchange) in exchanges("/device_authorization") {
            let sent = &exchange["request"]["body"];
            let client = Registration {
                client_id: text(&sent["clientId"]).to_owned(),
                client_secret: Secret::new(text(&sent["clientSecret"])),
                expires: 0,
                scopes: Vec::new(),
            };
            let ours: serde_json::Value =
                serde_json::from_str(&body(&client, text(&sent["startUrl"]))).unwrap();
            assert_eq!(&ours, sent, "{step}");
            let told = exchange["answer"]["body"].to_string().replace("PORT", "8080");
            let code = answer(told.as_bytes(), Some("http://127.0.0.1:8080")).unwrap();
            assert_eq!((code.seconds, code.interval), (600, 1), "{step}");
            assert!(code.page_with_code.ends_with(&code.user_code), "{step}");
            // Over plain HTTP, anybody could provide the page, unless the endpoint is overridden.
            assert!(answer(told.as_bytes(), None).is_err());
            assert!(answer(told.as_bytes(), Some("http://127.0.0.1:80")).is_err());
        }
    }

    #[test]
    fn a_slow_down_costs_five_seconds_more_for_good_and_the_end_is_an_end() {
        let code = DeviceCode {
            code: Secret::new("d"),
            user_code: "ABCD-EFGH".into(),
            page: String::new(),
            page_with_code: String::new(),
            seconds: 30,
            interval: 1,
        };
        let mut pace = Pace::new(&code, 100);
        assert_eq!(pace.after(&Refusal::Pending, 101), Some(1));
        assert_eq!(pace.after(&Refusal::SlowDown, 102), Some(6));
        assert_eq!(pace.after(&Refusal::Pending, 108), Some(6));
        assert_eq!(pace.after(&Refusal::Later(String::new()), 108), Some(6));
        assert_eq!(pace.after(&Refusal::Denied, 108), None);
        assert_eq!(pace.after(&Refusal::Expired, 108), None);
        assert_eq!(pace.after(&Refusal::Pending, 124), None);
    }

    #[test]
    fn a_device_code_that_cannot_be_typed_is_refused() {
        let with = |user: &str, page: &str| {
            let text = format!(
                r#"{{"deviceCode":"d","userCode":"{user}","verificationUri":"{page}","expiresIn":600}}"#
            );
            answer(text.as_bytes(), None)
        };
        assert_eq!(
            with("ABCD-EFGH", "https://device.sso.eu-west-1.amazonaws.com/").map(|code| code.interval),
            Ok(5)
        );
        assert!(with("", "https://x/").is_err());
        assert!(with("AB CD", "https://x/").is_err());
        assert!(with("ABCD-EFGH", "javascript:alert(1)").is_err());
        assert!(with("ABCD-EFGH", "").is_err());
    }
}
