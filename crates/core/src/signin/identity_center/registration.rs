//! Registers this program as a client. Each grant type needs a registration of its own, because a client that was
//! registered for device codes cannot sign in by PKCE, and vice versa.

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};
use zeroize::Zeroizing;

use crate::name::secret::Secret;
use crate::session::hex;
use crate::signin::valid::{self, Unacceptable, wrong};

/// The scope that is required to get a refresh token.
pub const SCOPE: &str = "sso:account:access";
/// The redirect URI of a registration: a loopback address without its port (RFC 8252).
pub const REDIRECT_URI: &str = "http://127.0.0.1/oauth/callback";
/// The minimum remaining lifetime of a registration, in seconds. A registration with less is replaced.
const LEAST_LEFT: i64 = 15 * 60;

/// The way in which a person signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// The browser on this machine, by code and PKCE.
    Browser,
    /// A code typed into a browser anywhere.
    DeviceCode,
}

impl Flow {
    /// Returns the word for it in the stored record.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Browser => "browser",
            Self::DeviceCode => "device-code",
        }
    }
}

/// A registered client. Everybody who reads the record knows its secret, so the secret proves nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Registration {
    /// The ID of the client.
    pub client_id: String,
    /// The secret of the client.
    #[serde(serialize_with = "valid::exposed")]
    pub client_secret: Secret,
    /// The time when it expires, in unix seconds.
    pub expires: i64,
    /// The scopes it was made for.
    pub scopes: Vec<String>,
}

impl Registration {
    /// Returns true if the registration can be used for another sign-in.
    pub fn serves(&self, scopes: &[String], now: i64) -> bool {
        self.expires.saturating_sub(now) > LEAST_LEFT && self.scopes == scopes
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    client_name: &'a str,
    client_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    grant_types: Option<[&'a str; 2]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uris: Option<[&'a str; 1]>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer_url: Option<&'a str>,
    scopes: &'a [String],
}

/// Writes the body of `RegisterClient`. `start_url` is the resolved one.
///
/// # Panics
/// Never: strings are JSON.
pub fn body(name: &str, flow: Flow, start_url: &str, scopes: &[String]) -> Zeroizing<String> {
    let browser = flow == Flow::Browser;
    let body = Body {
        client_name: name,
        client_type: "public",
        grant_types: browser.then_some(["authorization_code", "refresh_token"]),
        redirect_uris: browser.then_some([REDIRECT_URI]),
        issuer_url: browser.then_some(start_url),
        scopes,
    };
    Zeroizing::new(serde_json::to_string(&body).expect("strings are JSON"))
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
#[expect(clippy::struct_field_names, reason = "the names are the service's")]
struct Answer {
    client_id: Option<String>,
    client_secret: Option<Secret>,
    client_secret_expires_at: Option<i64>,
}

/// Reads the answer to `RegisterClient`.
pub fn answer(body: &[u8], scopes: &[String]) -> Result<Registration, Unacceptable> {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return wrong("it is not the JSON of a registration");
    };
    let id = valid::token("clientId", answer.client_id.map(Secret::new).as_ref())?;
    let Some(expires) = answer.client_secret_expires_at.filter(|expires| *expires > 0) else {
        return wrong("it has no `clientSecretExpiresAt`");
    };
    Ok(Registration {
        client_id: id.expose().to_owned(),
        client_secret: valid::token("clientSecret", answer.client_secret.as_ref())?,
        expires,
        scopes: scopes.to_vec(),
    })
}

/// Returns the name of the AWS CLI's file of a registration, without its extension: SHA-1 of JSON with sorted members
/// and a blank after each `,` and `:`.
///
/// # Panics
/// The function never panics, because a string is valid JSON.
pub fn cache_key(start_url: &str, region: &str, scopes: Option<&[String]>, session: Option<&str>) -> String {
    let string = |text: &str| serde_json::to_string(text).expect("a string is JSON");
    let session = session.map_or_else(|| "null".to_owned(), string);
    let scopes = scopes.map_or_else(
        || "null".to_owned(),
        |scopes| format!("[{}]", scopes.iter().map(|scope| string(scope)).collect::<Vec<_>>().join(", ")),
    );
    let (region, start_url) = (string(region), string(start_url));
    let text = format!(
        r#"{{"region": {region}, "scopes": {scopes}, "session_name": {session}, "startUrl": {start_url}, "tool": "botocore"}}"#
    );
    hex(&Sha1::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{VECTORS, exchanges, text};

    fn scopes(value: &serde_json::Value) -> Vec<String> {
        value.as_array().into_iter().flatten().map(|scope| text(scope).to_owned()).collect()
    }

    #[test]
    fn a_registration_says_what_the_aws_cli_says_and_always_its_scope() {
        for (step, exchange) in exchanges("/client/register") {
            let mut sent = exchange["request"]["body"].clone();
            let flow = if sent["grantTypes"].is_null() { Flow::DeviceCode } else { Flow::Browser };
            // Without a scope there would be no refresh token, so ours is never without.
            if sent["scopes"].is_null() {
                sent["scopes"] = serde_json::json!([SCOPE]);
            }
            let start_url = "https://d-1234567890.awsapps.com/start";
            let ours = body(text(&sent["clientName"]), flow, start_url, &scopes(&sent["scopes"]));
            assert_eq!(serde_json::from_str::<serde_json::Value>(&ours).unwrap(), sent, "{step}");
            let read =
                answer(exchange["answer"]["body"].to_string().as_bytes(), &scopes(&sent["scopes"])).unwrap();
            assert_eq!(read.client_id, text(&exchange["answer"]["body"]["clientId"]), "{step}");
            assert!(read.serves(&[SCOPE.to_owned()], read.expires - LEAST_LEFT - 1));
            assert!(!read.serves(&[SCOPE.to_owned()], read.expires - LEAST_LEFT));
            assert!(!read.serves(&["other".to_owned()], 0));
        }
    }

    #[test]
    fn an_incomplete_registration_is_refused() {
        for broken in [
            "",
            "{}",
            r#"{"clientId":"a","clientSecret":"b"}"#,
            r#"{"clientId":"a","clientSecretExpiresAt":1}"#,
            r#"{"clientId":"a b","clientSecret":"b","clientSecretExpiresAt":1}"#,
        ] {
            assert!(answer(broken.as_bytes(), &[]).is_err(), "{broken}");
        }
    }

    #[test]
    fn the_names_of_the_clis_registrations_are_computed() {
        for recorded in VECTORS["cache_files"]["sso_registration"].as_array().unwrap() {
            let of: serde_json::Value = serde_json::from_str(text(&recorded["of"])).unwrap();
            let listed = scopes(&of["scopes"]);
            let ours = cache_key(
                text(&of["startUrl"]),
                text(&of["region"]),
                (!of["scopes"].is_null()).then_some(&listed[..]),
                of["session_name"].as_str(),
            );
            assert_eq!(ours, text(&recorded["sha1"]), "{of}");
        }
    }
}
