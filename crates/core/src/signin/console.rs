//! Builds the token requests of AWS Sign-In (`aws login`). A console session becomes credentials of 15 minutes and a
//! refresh token, which is valid for twelve hours at most and bound to one key and one Region.

mod answer;
mod grant;
mod place;

pub use answer::{Answer, Identity, Refusal, answer, refusal};
#[cfg(test)]
pub(crate) use grant::fixture;
pub use grant::{Grant, REFRESH_BEFORE, SESSION_MOST};
pub use place::{Place, Variant};

use serde::Serialize;
use zeroize::Zeroizing;

use crate::name::secret::Secret;

/// The client that a browser on this machine answers.
pub const SAME_DEVICE: &str = "arn:aws:signin:::devtools/same-device";
/// The client for an answer that a person copies from another machine.
pub const CROSS_DEVICE: &str = "arn:aws:signin:::devtools/cross-device";

/// The kinds of token requests.
#[derive(Debug, Clone, Copy)]
pub enum Ask<'a> {
    /// The first tokens, for a code.
    Redeem {
        /// The code from the browser.
        code: &'a Secret,
        /// The PKCE verifier of this sign-in.
        verifier: &'a Secret,
        /// The redirect URI that the browser was given, to the letter.
        redirect_uri: &'a str,
    },
    /// A request for new tokens with a refresh token.
    Refresh {
        /// The refresh token of the last answer.
        token: &'a Secret,
    },
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    client_id: &'a str,
    grant_type: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    code_verifier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    refresh_token: Option<&'a str>,
}

impl Ask<'_> {
    /// Writes the body of the request.
    ///
    /// # Panics
    /// Never: strings are JSON.
    pub fn body(&self, client_id: &str) -> Zeroizing<String> {
        let (grant_type, code, code_verifier, redirect_uri, refresh_token) = match self {
            Self::Redeem { code, verifier, redirect_uri } => (
                "authorization_code",
                Some(code.expose()),
                Some(verifier.expose()),
                Some(*redirect_uri),
                None,
            ),
            Self::Refresh { token } => ("refresh_token", None, None, None, Some(token.expose())),
        };
        let body = Body { client_id, grant_type, code, code_verifier, redirect_uri, refresh_token };
        Zeroizing::new(serde_json::to_string(&body).expect("strings are JSON"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{exchanges, text};

    #[test]
    fn a_token_request_says_what_the_real_clients_say() {
        for (step, exchange) in exchanges("/v1/token") {
            let sent = &exchange["request"]["body"];
            let member = |name: &str| Secret::new(sent[name].as_str().unwrap_or_default());
            let (code, verifier, token) = (member("code"), member("codeVerifier"), member("refreshToken"));
            let redirect_uri = sent["redirectUri"].as_str().unwrap_or_default();
            let ask = match text(&sent["grantType"]) {
                "authorization_code" => Ask::Redeem { code: &code, verifier: &verifier, redirect_uri },
                _ => Ask::Refresh { token: &token },
            };
            let ours: serde_json::Value = serde_json::from_str(&ask.body(text(&sent["clientId"]))).unwrap();
            assert_eq!(&ours, sent, "{step}");
        }
    }
}
