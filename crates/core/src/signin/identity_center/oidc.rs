//! Builds the token requests of Identity Center, and parses the answers and the refusals.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::registration::Registration;
use crate::name::secret::Secret;
use crate::signin::valid::{self, Unacceptable, wrong};

/// The grant type of a device code.
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The maximum lifetime of a portal's token in seconds (its sessions may last 90 days).
const TOKEN_MOST: i64 = 90 * 24 * 60 * 60;

/// The kinds of token requests.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// The first token, for a code of the browser.
    Code {
        /// The authorization code.
        code: &'a Secret,
        /// The PKCE verifier of this sign-in.
        verifier: &'a Secret,
        /// The redirect URI with its port.
        redirect_uri: &'a str,
    },
    /// The first token, for a device code that a person is approving.
    Device {
        /// The device code that was issued.
        code: &'a Secret,
    },
    /// A refresh of the token.
    Refresh {
        /// The refresh token of the last answer.
        token: &'a Secret,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    grant_type: &'a str,
    client_id: &'a str,
    client_secret: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    device_code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl Ask<'_> {
    /// Writes the body of `CreateToken`.
    ///
    /// # Panics
    /// Never: strings are JSON.
    pub fn body(&self, client: &Registration) -> Zeroizing<String> {
        let mut body = Body {
            grant_type: "refresh_token",
            client_id: &client.client_id,
            client_secret: client.client_secret.expose(),
            code: None,
            code_verifier: None,
            redirect_uri: None,
            device_code: None,
            refresh_token: None,
        };
        match self {
            Self::Code { code, verifier, redirect_uri } => {
                body.grant_type = "authorization_code";
                body.code = Some(code.expose());
                body.code_verifier = Some(verifier.expose());
                body.redirect_uri = Some(redirect_uri);
            }
            Self::Device { code } => {
                body.grant_type = DEVICE_CODE;
                body.device_code = Some(code.expose());
            }
            Self::Refresh { token } => body.refresh_token = Some(token.expose()),
        }
        Zeroizing::new(serde_json::to_string(&body).expect("strings are JSON"))
    }
}

/// A token of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tokens {
    /// The token that the portal accepts.
    pub access: Secret,
    /// The time for which it is valid, in seconds.
    pub seconds: i64,
    /// Gets the next one; an answer without it leaves the old one in force.
    pub refresh: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Answer {
    access_token: Option<Secret>,
    token_type: Option<String>,
    expires_in: Option<i64>,
    refresh_token: Option<Secret>,
}

/// Reads the answer to `CreateToken`.
pub fn answer(body: &[u8]) -> Result<Tokens, Unacceptable> {
    let Ok(answer) = serde_json::from_slice::<Answer>(body) else {
        return wrong("it is not the JSON of a token");
    };
    if answer.token_type.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return wrong("its `tokenType` is another than `Bearer`");
    }
    Ok(Tokens {
        access: valid::token("accessToken", answer.access_token.as_ref())?,
        seconds: valid::lifetime("expiresIn", answer.expires_in, TOKEN_MOST)?,
        refresh: answer
            .refresh_token
            .filter(|token| !token.expose().is_empty())
            .map(|token| valid::token("refreshToken", Some(&token)))
            .transpose()?,
    })
}

/// The reasons why there is no token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The person has not answered yet.
    Pending,
    /// The client polls too often, and must wait five seconds longer between two requests.
    SlowDown,
    /// The device code or the token is too old.
    Expired,
    /// The person denied the request.
    Denied,
    /// The code or the refresh token is not valid, or not any more.
    InvalidGrant,
    /// The registration is no longer valid, so the client must register again.
    InvalidClient,
    /// The service has too many requests or another problem. A later attempt may succeed.
    Later(String),
    /// Any other refusal, with the message of the service.
    Other(String),
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorBody {
    error: Option<String>,
    error_description: Option<String>,
    #[serde(alias = "Message")]
    message: Option<String>,
}

/// Reads a refusal of the OIDC service.
pub fn refusal(status: u16, body: &[u8]) -> Refusal {
    let told: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let error = told.error.unwrap_or_default();
    let said = told.error_description.filter(|words| !words.is_empty()).or(told.message);
    let words = match (said.filter(|words| !words.is_empty()), error.is_empty()) {
        (Some(words), _) => words.chars().take(300).collect(),
        (None, false) => error.chars().take(100).collect(),
        (None, true) => format!("HTTP {status}"),
    };
    match error.as_str() {
        "authorization_pending" => Refusal::Pending,
        "slow_down" => Refusal::SlowDown,
        "expired_token" => Refusal::Expired,
        "access_denied" => Refusal::Denied,
        "invalid_grant" => Refusal::InvalidGrant,
        "invalid_client" => Refusal::InvalidClient,
        "server_error" => Refusal::Later(words),
        _ if status == 429 || status >= 500 => Refusal::Later(words),
        _ => Refusal::Other(words),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{exchanges, text};

    #[test]
    fn a_token_request_says_what_the_real_clients_say_and_the_answer_is_read() {
        for (step, exchange) in exchanges("/token") {
            let sent = &exchange["request"]["body"];
            let member = |name: &str| Secret::new(sent[name].as_str().unwrap_or_default());
            let client = Registration {
                client_id: text(&sent["clientId"]).to_owned(),
                client_secret: member("clientSecret"),
                expires: 0,
                scopes: Vec::new(),
            };
            let (code, verifier, device, token) =
                (member("code"), member("codeVerifier"), member("deviceCode"), member("refreshToken"));
            let redirect_uri = sent["redirectUri"].as_str().unwrap_or_default();
            let ask = match text(&sent["grantType"]) {
                "authorization_code" => Ask::Code { code: &code, verifier: &verifier, redirect_uri },
                DEVICE_CODE => Ask::Device { code: &device },
                _ => Ask::Refresh { token: &token },
            };
            let ours: serde_json::Value = serde_json::from_str(&ask.body(&client)).unwrap();
            assert_eq!(&ours, sent, "{step}");
            let body = &exchange["answer"]["body"];
            if exchange["answer"]["status"] == 200 {
                let tokens = answer(body.to_string().as_bytes()).unwrap();
                assert_eq!(tokens.access.expose(), text(&body["accessToken"]), "{step}");
                assert_eq!(
                    (tokens.seconds, tokens.refresh.is_some()),
                    (28800, !body["refreshToken"].is_null())
                );
            } else {
                let expected = match text(&body["error"]) {
                    "authorization_pending" => Refusal::Pending,
                    "invalid_grant" => Refusal::InvalidGrant,
                    other => panic!("{step}: {other}"),
                };
                assert_eq!(refusal(400, body.to_string().as_bytes()), expected, "{step}");
            }
        }
    }

    #[test]
    fn every_word_of_a_refusal_has_its_meaning() {
        let read = |status, text: &str| refusal(status, text.as_bytes());
        for (error, expected) in [
            ("authorization_pending", Refusal::Pending),
            ("slow_down", Refusal::SlowDown),
            ("expired_token", Refusal::Expired),
            ("access_denied", Refusal::Denied),
            ("invalid_grant", Refusal::InvalidGrant),
            ("invalid_client", Refusal::InvalidClient),
            ("server_error", Refusal::Later("server_error".into())),
            ("invalid_scope", Refusal::Other("invalid_scope".into())),
        ] {
            assert_eq!(read(400, &format!(r#"{{"error":"{error}"}}"#)), expected);
        }
        assert_eq!(
            read(400, r#"{"error":"invalid_request","error_description":"x"}"#),
            Refusal::Other("x".into())
        );
        assert_eq!(read(502, "<html>"), Refusal::Later("HTTP 502".into()));
        assert_eq!(read(403, ""), Refusal::Other("HTTP 403".into()));
    }

    #[test]
    fn an_answer_that_holds_no_token_is_none() {
        for broken in [
            "",
            "{}",
            r#"{"accessToken":"a","tokenType":"aws_sigv4","expiresIn":1}"#,
            r#"{"accessToken":"a"}"#,
            r#"{"accessToken":"a b","expiresIn":1}"#,
            r#"{"accessToken":"a","expiresIn":-5}"#,
        ] {
            assert!(answer(broken.as_bytes()).is_err(), "{broken}");
        }
        assert!(answer(br#"{"accessToken":"a","expiresIn":1,"refreshToken":""}"#).unwrap().refresh.is_none());
    }
}
