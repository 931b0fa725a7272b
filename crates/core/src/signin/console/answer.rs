//! Parses the answers of the token endpoint. Refusals are distinguished by the field `error` of the body, because AWS's
//! model does not define the HTTP status of each.

use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde::Deserialize;

use super::{CROSS_DEVICE, SAME_DEVICE, SESSION_MOST};
use crate::name::secret::Secret;
use crate::name::{AccountId, arn_field};
use crate::session::Credentials;
use crate::signin::valid::{self, Unacceptable, wrong};

/// Credentials and the tokens beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The credentials that calls are signed with.
    pub credentials: Credentials,
    /// The time for which they are valid, in seconds.
    pub seconds: i64,
    /// The refresh token, which is valid once. For a short time, the same request gets the same answer.
    pub refresh_token: Secret,
    /// The identity that signed in; it comes with a code only.
    pub identity: Option<Identity>,
}

/// The identity that signed in, from the id token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The ARN, which is the value of `login_session`.
    pub arn: String,
    /// The account ID of the identity.
    pub account: AccountId,
    /// The id token itself, for the files of other tools.
    pub token: Secret,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Raw {
    access_token: Option<Keys>,
    token_type: Option<String>,
    expires_in: Option<i64>,
    refresh_token: Option<Secret>,
    id_token: Option<Secret>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Keys {
    access_key_id: Option<String>,
    secret_access_key: Option<Secret>,
    session_token: Option<Secret>,
}

#[derive(Deserialize)]
struct Claims {
    sub: Option<String>,
    aud: Option<String>,
    iss: Option<String>,
}

/// Reads the answer to a token request.
pub fn answer(body: &[u8]) -> Result<Answer, Unacceptable> {
    const TYPES: [&str; 2] = ["aws_sigv4", "urn:aws:params:oauth:token-type:access_token_sigv4"];
    let Ok(raw) = serde_json::from_slice::<Raw>(body) else { return wrong("it is not the JSON of tokens") };
    let Some(keys) = &raw.access_token else { return wrong("it has no `accessToken`") };
    if raw.token_type.as_deref().is_some_and(|kind| !TYPES.contains(&kind)) {
        return wrong("its `tokenType` is another than `aws_sigv4`");
    }
    Ok(Answer {
        credentials: valid::credentials(
            keys.access_key_id.as_deref(),
            keys.secret_access_key.as_ref(),
            keys.session_token.as_ref(),
        )?,
        seconds: valid::lifetime("expiresIn", raw.expires_in, SESSION_MOST)?,
        refresh_token: valid::token("refreshToken", raw.refresh_token.as_ref())?,
        identity: raw.id_token.map(Identity::read).transpose()?,
    })
}

impl Identity {
    /// Reads an id token. Its signature is not checked: it came from the issuer itself, over
    /// TLS (`OpenID` Connect Core, 3.1.3.7).
    fn read(token: Secret) -> Result<Self, Unacceptable> {
        let bad = || Unacceptable("its `idToken` is not a token of AWS Sign-In".to_owned());
        let payload = token.expose().split('.').nth(1).ok_or_else(bad)?;
        let payload = BASE64_URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).map_err(|_| bad())?;
        let claims: Claims = serde_json::from_slice(&payload).map_err(|_| bad())?;
        if !claims.iss.as_deref().is_some_and(is_issuer) {
            return wrong("its `idToken` was issued by somebody else than AWS Sign-In");
        }
        // AWS's model does not say which of the two client names it writes for a sign-in on another device.
        if !claims.aud.as_deref().is_some_and(|audience| [SAME_DEVICE, CROSS_DEVICE].contains(&audience)) {
            return wrong("its `idToken` was made for another program");
        }
        let arn = valid::identity(claims.sub.as_deref().unwrap_or_default())?;
        let account = AccountId::new(arn_field(&arn, 4).unwrap_or_default());
        Ok(Self { arn, account, token })
    }
}

/// Returns true if an issuer is AWS Sign-In of some partition, with or without a Region in front.
fn is_issuer(issuer: &str) -> bool {
    const DOMAINS: [&str; 4] = [
        "signin.aws.amazon.com",
        "signin.amazonaws.cn",
        "signin.amazonaws-us-gov.com",
        "signin.amazonaws-eusc.eu",
    ];
    let host = issuer.strip_prefix("https://").and_then(|rest| rest.split('/').next()).unwrap_or_default();
    let behind = |domain: &&str| host.strip_suffix(*domain).is_some_and(|region| region.ends_with('.'));
    DOMAINS.iter().any(|domain| host == *domain || behind(domain))
}

/// The reasons why AWS issues no tokens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// The refresh token is no longer valid, because the console session has ended.
    TokenExpired,
    /// The code was redeemed too late, or twice.
    CodeExpired,
    /// The password of the user has changed.
    CredentialsChanged,
    /// The identity may not use the two actions of signing in.
    InsufficientPermissions,
    /// The request was not understood; on a refresh it is also how a wrong Region shows.
    Invalid(String),
    /// Too many requests, or trouble over there: another attempt may succeed.
    Later(String),
    /// Something else, in the service's words.
    Other(String),
}

impl Refusal {
    /// Returns true if the session has ended, even if its credentials are still valid.
    pub fn ends_the_session(&self) -> bool {
        matches!(self, Self::TokenExpired | Self::CredentialsChanged)
    }

    /// Returns true if access was denied, so that not even valid credentials may be served.
    pub fn denies_access(&self) -> bool {
        self.ends_the_session() || matches!(self, Self::InsufficientPermissions)
    }
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct ErrorBody {
    error: Option<String>,
    #[serde(alias = "Message", alias = "error_description")]
    message: Option<String>,
}

/// Parses a refusal.
pub fn refusal(status: u16, body: &[u8]) -> Refusal {
    let told: ErrorBody = serde_json::from_slice(body).unwrap_or_default();
    let error = told.error.unwrap_or_default();
    let words: String = match told.message {
        Some(message) if !message.is_empty() => message.chars().take(300).collect(),
        _ => format!("HTTP {status}"),
    };
    match error.as_str() {
        "TOKEN_EXPIRED" => Refusal::TokenExpired,
        "AUTHCODE_EXPIRED" => Refusal::CodeExpired,
        "USER_CREDENTIALS_CHANGED" => Refusal::CredentialsChanged,
        "INSUFFICIENT_PERMISSIONS" => Refusal::InsufficientPermissions,
        "INVALID_REQUEST" => Refusal::Invalid(words),
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
    fn every_recorded_answer_is_read() {
        for (step, exchange) in exchanges("/v1/token") {
            let body = exchange["answer"]["body"].to_string();
            let status = u16::try_from(exchange["answer"]["status"].as_u64().unwrap()).unwrap();
            if status != 200 {
                let error = text(&exchange["answer"]["body"]["error"]);
                let expected = match refusal(status, body.as_bytes()) {
                    Refusal::TokenExpired => "TOKEN_EXPIRED",
                    Refusal::CodeExpired => "AUTHCODE_EXPIRED",
                    Refusal::CredentialsChanged => "USER_CREDENTIALS_CHANGED",
                    Refusal::InsufficientPermissions => "INSUFFICIENT_PERMISSIONS",
                    Refusal::Invalid(_) => "INVALID_REQUEST",
                    Refusal::Later(_) => "server_error",
                    Refusal::Other(words) => panic!("{step}: {words}"),
                };
                assert_eq!(error, expected, "{step}");
                continue;
            }
            let sent = &exchange["request"]["body"];
            let read = answer(body.as_bytes()).unwrap();
            let keys = &exchange["answer"]["body"]["accessToken"];
            assert_eq!(read.credentials.access_key_id, text(&keys["accessKeyId"]), "{step}");
            assert_eq!((read.seconds, read.identity.is_some()), (900, !sent["code"].is_null()), "{step}");
            if let Some(identity) = read.identity {
                assert_eq!(identity.arn, "arn:aws:iam::123456789012:user/tester");
                assert_eq!(identity.account.as_str(), "123456789012");
            }
        }
    }

    fn id_token(claims: &str) -> String {
        format!("e30.{}.c2ln", BASE64_URL_SAFE_NO_PAD.encode(claims))
    }

    fn with(change: impl FnOnce(&mut serde_json::Value)) -> Result<Answer, Unacceptable> {
        let claims = format!(
            r#"{{"sub":"arn:aws:sts::123456789012:assumed-role/Admin/admin","aud":"{SAME_DEVICE}","iss":"https://signin.aws.amazon.com/signin"}}"#
        );
        let mut body = serde_json::json!({
            "accessToken": {"accessKeyId": "ASIAFAKEFB2E6719122F", "secretAccessKey": "s", "sessionToken": "t"},
            "tokenType": "aws_sigv4", "expiresIn": 900, "refreshToken": "r", "idToken": id_token(&claims),
        });
        change(&mut body);
        answer(body.to_string().as_bytes())
    }

    #[test]
    fn an_answer_that_no_sign_in_service_gives_is_not_believed() {
        assert!(with(|_| ()).is_ok());
        let issuer = |iss: &str| {
            format!(r#"{{"sub":"arn:aws:iam::123456789012:user/a","aud":"{SAME_DEVICE}","iss":"{iss}"}}"#)
        };
        for (member, value) in [
            ("accessToken", serde_json::Value::Null),
            ("tokenType", "Bearer".into()),
            ("expiresIn", 0.into()),
            ("expiresIn", (SESSION_MOST + 1).into()),
            ("expiresIn", serde_json::Value::Null),
            ("refreshToken", serde_json::Value::Null),
            ("refreshToken", "a\nb".into()),
            ("idToken", "x".into()),
            ("idToken", id_token("{}").into()),
            ("idToken", id_token(&issuer("https://evil.example/signin")).into()),
            ("idToken", id_token(&issuer("https://evilsignin.aws.amazon.com")).into()),
            ("idToken", id_token(&issuer("http://signin.aws.amazon.com/signin")).into()),
            ("idToken", id_token(&issuer("https://signin.aws.amazon.com").replace("same", "other")).into()),
            (
                "idToken",
                id_token(&issuer("https://signin.aws.amazon.com").replace("user/a", "role/a")).into(),
            ),
        ] {
            assert!(with(|body| body[member] = value.clone()).is_err(), "{member} {value}");
        }
        assert!(answer(b"<html>").is_err());
    }

    #[test]
    fn issuers_of_every_partition_are_known() {
        for issuer in [
            "https://signin.aws.amazon.com/signin",
            "https://us-east-1.signin.aws.amazon.com",
            "https://signin.amazonaws.cn/signin",
            "https://us-gov-west-1.signin.amazonaws-us-gov.com/signin",
        ] {
            assert!(is_issuer(issuer), "{issuer}");
        }
    }

    #[test]
    fn a_refusal_without_a_known_word_is_told_by_its_status() {
        assert_eq!(refusal(503, b"<html>"), Refusal::Later("HTTP 503".into()));
        assert_eq!(refusal(429, b"{}"), Refusal::Later("HTTP 429".into()));
        assert_eq!(refusal(403, br#"{"message":"no"}"#), Refusal::Other("no".into()));
        assert!(Refusal::CredentialsChanged.ends_the_session());
        assert!(Refusal::InsufficientPermissions.denies_access());
        assert!(!Refusal::InsufficientPermissions.ends_the_session());
        assert!(!Refusal::Later(String::new()).denies_access());
    }
}
