//! Tests AWS Sign-In: the page, the code, the tokens that are bound to a key, and how a sign-in ends.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};

use super::{Keys, PORT, Reply, Testbed};
use crate::wire::call::{Call, Params};
use crate::wire::encoding::{base64url, percent, unbase64url};
use crate::world::fixture::Fixture;
use crate::world::id;

pub(super) const SAME: &str = "arn:aws:signin:::devtools/same-device";
pub(super) const CROSS: &str = "arn:aws:signin:::devtools/cross-device";
pub(super) const CALLBACK: &str = "http://127.0.0.1:5000/oauth/callback";
const VERIFIER: &str = "aaaaaaaaaa-._~BBBBBBBBBB0123456789cccccccccccccccccccccccccccccc";
/// The challenge of that verifier, from a published pair.
const CHALLENGE: &str = "91vfi-tbXeuJhU8qP4GTbmjKRdP3hn2TSxdwTKpZx7Q";

/// A client with a key for its proofs.
pub(super) struct Client {
    key: SigningKey,
}

/// A proof. A test may change any part of it.
pub(super) struct Proof {
    pub(super) header: Value,
    pub(super) claims: Value,
}

impl Client {
    pub(super) fn new() -> Self {
        Self { key: SigningKey::from_slice(&id::key()).unwrap() }
    }

    pub(super) fn proof(&self, now: i64) -> Proof {
        let point = self.key.verifying_key().to_sec1_point(false);
        let (x, y) = (base64url(point.x().unwrap()), base64url(point.y().unwrap()));
        Proof {
            header: json!({ "typ": "dpop+jwt", "alg": "ES256", "jwk": { "kty": "EC", "x": x, "y": y, "crv": "P-256" } }),
            claims: json!({ "htm": "POST", "htu": format!("http://127.0.0.1:{PORT}/v1/token"), "iat": now, "jti": id::request() }),
        }
    }

    pub(super) fn signed(&self, proof: &Proof) -> String {
        let input =
            [&proof.header, &proof.claims].map(|part| base64url(part.to_string().as_bytes())).join(".");
        let signature: Signature = self.key.sign(input.as_bytes());
        format!("{input}.{}", base64url(&signature.to_bytes()))
    }
}

/// Returns an address to open. A test may change any part of it.
pub(super) fn address(fields: &[(&str, &str)]) -> String {
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", percent(value.as_bytes(), b""))).collect();
    format!("/v1/authorize?{}", pairs.join("&"))
}

pub(super) fn asked<'a>(client: &'a str, redirect: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![
        ("response_type", "code"),
        ("client_id", client),
        ("state", "a state"),
        ("code_challenge_method", "SHA-256"),
        ("scope", "openid"),
        ("redirect_uri", redirect),
        ("code_challenge", CHALLENGE),
    ]
}

impl Testbed {
    pub(super) fn browser() -> Self {
        Self::with(&[Fixture::BUILTIN, Fixture::BROWSER, Fixture::PORTAL].concat())
    }

    /// Returns an unsigned request, as a browser or a client sends it.
    pub(super) fn plain(
        &mut self,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Reply {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let mut call = Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect(),
            body: body.to_owned().into(),
            peer: std::net::Ipv4Addr::LOCALHOST.into(),
            region: self.region.clone(),
            port: PORT,
        };
        if call.header("host").is_none() {
            call.headers.push(("host".to_owned(), format!("127.0.0.1:{PORT}")));
        }
        self.send(&call)
    }

    /// Sends the form of the page at `target`.
    pub(super) fn form(&mut self, target: &str, fields: &[(&str, &str)]) -> Reply {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", percent(value.as_bytes(), b""))).collect();
        self.plain("POST", target, &[], &pairs.join("&"))
    }

    /// Returns a code for `user`, who has a password and perhaps a device that shows codes.
    pub(super) fn authorization_code(&mut self, user: &str) -> String {
        let password = format!("{user}-Passw0rd");
        let mut fields = vec![("user", user), ("password", password.as_str())];
        let code = self.world.device(user).map(|_| self.code(user, 0));
        if let Some(code) = &code {
            fields.push(("code", code));
        }
        let reply = self.form(&address(&asked(SAME, CALLBACK)), &fields);
        let location = redirect(&reply);
        assert_eq!(location.get("state"), Some("a state"));
        location.get("code").unwrap_or_else(|| panic!("no code for {user}: {location:?}")).to_owned()
    }

    pub(super) fn token(&mut self, client: &Client, body: &Value) -> Reply {
        let proof = client.signed(&client.proof(self.now));
        self.plain("POST", "/v1/token", &[("dpop", &proof)], &body.to_string())
    }

    /// Returns the tokens of a fresh sign-in.
    fn signed_in(&mut self, client: &Client, user: &str) -> Value {
        let code = self.authorization_code(user);
        let reply = self.token(client, &redemption(&code));
        serde_json::from_slice(&reply.is_ok().body).unwrap()
    }

    pub(super) fn refresh(&mut self, client: &Client, token: &Value) -> Reply {
        self.token(client, &json!({ "clientId": SAME, "grantType": "refresh_token", "refreshToken": token }))
    }
}

pub(super) fn redemption(code: &str) -> Value {
    json!({
        "clientId": SAME,
        "grantType": "authorization_code",
        "code": code,
        "codeVerifier": VERIFIER,
        "redirectUri": CALLBACK,
    })
}

/// Returns the query of a redirect to the client.
pub(super) fn redirect(reply: &Reply) -> Params {
    assert_eq!(reply.status, 302, "{}", reply.text());
    let location = reply.header("location").unwrap();
    let query = location.strip_prefix(CALLBACK).and_then(|rest| rest.strip_prefix('?'));
    Params::parse(query.unwrap_or_else(|| panic!("{location} is another address")), false)
}

pub(super) fn keys(tokens: &Value) -> Keys {
    let text = |name: &str| tokens["accessToken"][name].as_str().unwrap().to_owned();
    Keys { id: text("accessKeyId"), secret: text("secretAccessKey"), token: Some(text("sessionToken")) }
}

#[track_caller]
fn is_refused(reply: &Reply, status: u16, error: &str, exception: &str, words: &str) {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    assert_eq!((reply.status, body["error"].as_str()), (status, Some(error)), "{}", reply.text());
    assert_eq!(reply.header("x-amzn-ErrorType"), Some(exception));
    assert!(body["message"].as_str().unwrap().contains(words), "{}", reply.text());
}

#[track_caller]
pub(super) fn is_invalid(reply: &Reply, words: &str) {
    is_refused(reply, 400, "INVALID_REQUEST", "ValidationException", words);
}

#[test]
fn user_signs_in_and_has_credentials_with_the_mfa_of_the_sign_in() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    let tokens = bed.signed_in(&client, "frank");
    assert_eq!((&tokens["tokenType"], &tokens["expiresIn"]), (&json!("aws_sigv4"), &json!(900)));
    let claims = tokens["idToken"].as_str().unwrap().split('.').nth(1).unwrap();
    let claims: Value = serde_json::from_slice(&unbase64url(claims).unwrap()).unwrap();
    assert_eq!(claims["sub"], "arn:aws:iam::123456789012:user/frank");
    assert_eq!(
        (&claims["aud"], &claims["iss"]),
        (&json!(SAME), &json!("https://signin.aws.amazon.com/signin"))
    );
    let keys = keys(&tokens);
    assert_eq!(bed.sts(&keys, "GetCallerIdentity", &[]).get("Arn"), "arn:aws:iam::123456789012:user/frank");
    // The policy AdminMFA allows this only to a session with MFA.
    bed.s3(&keys, "GET", "/demo-bucket/hello.txt", &[], b"").is_ok();
    bed.now += 900;
    bed.sts(&keys, "GetCallerIdentity", &[]).is_refused(403, "ExpiredToken", "expired");
}

#[test]
fn refresh_gives_new_credentials_and_the_next_token_until_the_session_ends() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    let first = bed.signed_in(&client, "frank");
    bed.now += 600;
    let reply = bed.refresh(&client, &first["refreshToken"]);
    let second: Value = serde_json::from_slice(&reply.is_ok().body).unwrap();
    assert_ne!(first["refreshToken"], second["refreshToken"]);
    assert_eq!(second["idToken"], Value::Null);
    bed.s3(&keys(&second), "GET", "/demo-bucket/hello.txt", &[], b"").is_ok();
    bed.now += 12 * 3600 - 600 - 1;
    let last: Value =
        serde_json::from_slice(&bed.refresh(&client, &second["refreshToken"]).is_ok().body).unwrap();
    assert_eq!(last["expiresIn"], 1, "credentials do not outlive the session");
    bed.now += 1;
    let ended = bed.refresh(&client, &last["refreshToken"]);
    is_refused(&ended, 401, "TOKEN_EXPIRED", "AccessDeniedException", "expired");
}

#[test]
fn whoever_has_a_password_and_no_device_signs_in_without_mfa() {
    let mut bed = Testbed::browser();
    let keys = keys(&bed.signed_in(&Client::new(), "grace"));
    bed.s3(&keys, "GET", "/demo-bucket/hello.txt", &[], b"").is_refused(403, "AccessDenied", "s3:GetObject");
    // Unlike a session of GetSessionToken it is known to IAM.
    bed.iam(&keys, "ListUsers", &[]).is_refused(403, "AccessDenied", "iam:ListUsers");
}

#[test]
fn root_needs_no_permission_and_others_need_both_actions() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    let keys = keys(&bed.signed_in(&client, "root"));
    assert_eq!(bed.sts(&keys, "GetCallerIdentity", &[]).get("Arn"), "arn:aws:iam::123456789012:root");
    let reply =
        bed.form(&address(&asked(SAME, CALLBACK)), &[("user", "heidi"), ("password", "heidi-Passw0rd")]);
    let query = redirect(&reply);
    assert_eq!(query.get("error"), Some("access_denied"));
    assert!(query.get("error_description").unwrap().contains("signin:AuthorizeOAuth2Access"), "{query:?}");
    let code = bed.authorization_code("frank");
    let account = bed.world.accounts.get_mut("123456789012").unwrap();
    let user = account.users.get_mut("frank").unwrap();
    user.grants.attached.clear();
    user.groups.clear();
    let reply = bed.token(&client, &redemption(&code));
    is_refused(&reply, 403, "INSUFFICIENT_PERMISSIONS", "AccessDeniedException", "signin:CreateOAuth2Token");
}

#[test]
fn session_with_mfa_lets_a_user_assume_roles_for_as_long_as_they_allow() {
    let mut bed = Testbed::browser();
    let keys = keys(&bed.signed_in(&Client::new(), "frank"));
    let long = [
        ("RoleArn", "arn:aws:iam::123456789012:role/longhaul"),
        ("RoleSessionName", "long"),
        ("DurationSeconds", "43200"),
    ];
    bed.sts(&keys, "AssumeRole", &long).is_ok();
}

#[test]
fn refresh_is_repeated_for_a_minute_and_then_the_token_is_spent() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    let first = bed.signed_in(&client, "frank");
    let second = bed.refresh(&client, &first["refreshToken"]).is_ok().text();
    bed.now += 59;
    assert_eq!(bed.refresh(&client, &first["refreshToken"]).is_ok().text(), second);
    bed.now += 1;
    let spent = bed.refresh(&client, &first["refreshToken"]);
    is_refused(&spent, 401, "TOKEN_EXPIRED", "AccessDeniedException", "expired");
}

#[test]
fn tokens_are_bound_to_their_key_client_and_region() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    let tokens = bed.signed_in(&client, "frank");
    is_invalid(&bed.refresh(&Client::new(), &tokens["refreshToken"]), "another key");
    let body =
        json!({ "clientId": CROSS, "grantType": "refresh_token", "refreshToken": tokens["refreshToken"] });
    is_invalid(&bed.token(&client, &body), "another client");
    bed.region = "eu-central-1".to_owned();
    is_invalid(&bed.refresh(&client, &tokens["refreshToken"]), "another Region");
    bed.region = "us-east-1".to_owned();
    bed.refresh(&client, &tokens["refreshToken"]).is_ok();
}

#[test]
fn changed_password_and_revoked_session_end_the_refreshing() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    let tokens = bed.signed_in(&client, "frank");
    let now = bed.now;
    bed.world.password_mut("frank").unwrap().change("another", now);
    let changed = bed.refresh(&client, &tokens["refreshToken"]);
    is_refused(&changed, 401, "USER_CREDENTIALS_CHANGED", "AccessDeniedException", "frank");
    let grace = bed.signed_in(&client, "grace");
    bed.world.sign_ins.revoke("arn:aws:iam::123456789012:user/grace");
    let revoked = bed.refresh(&client, &grace["refreshToken"]);
    is_refused(&revoked, 401, "TOKEN_EXPIRED", "AccessDeniedException", "expired");
}

#[test]
fn code_is_good_once_and_for_ten_minutes() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    let code = bed.authorization_code("grace");
    bed.token(&client, &redemption(&code)).is_ok();
    let again = bed.token(&client, &redemption(&code));
    is_refused(&again, 401, "AUTHCODE_EXPIRED", "AccessDeniedException", "expired");
    let code = bed.authorization_code("grace");
    bed.now += 600;
    let late = bed.token(&client, &redemption(&code));
    is_refused(&late, 401, "AUTHCODE_EXPIRED", "AccessDeniedException", "expired");
}

#[test]
fn code_is_for_one_verifier_redirect_client_and_region() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    for (name, value, words) in [
        ("codeVerifier", VERIFIER.replace('a', "b"), "not that of the code"),
        ("codeVerifier", "short".to_owned(), "43 to 128"),
        ("codeVerifier", "+".repeat(64), "unreserved"),
        ("redirectUri", "http://127.0.0.1:5002/oauth/callback".to_owned(), "redirectUri"),
        ("clientId", CROSS.to_owned(), "another client"),
        ("clientId", "arn:aws:signin:::devtools/no-device".to_owned(), "no such client"),
        ("grantType", "password".to_owned(), "no grant type"),
    ] {
        let code = bed.authorization_code("grace");
        let mut body = redemption(&code);
        body[name] = json!(value);
        is_invalid(&bed.token(&client, &body), words);
    }
    for name in ["code", "codeVerifier", "redirectUri", "clientId", "grantType"] {
        let code = bed.authorization_code("grace");
        let mut body = redemption(&code);
        body.as_object_mut().unwrap().remove(name);
        is_invalid(&bed.token(&client, &body), "missing");
    }
    let code = bed.authorization_code("grace");
    bed.region = "eu-central-1".to_owned();
    is_invalid(&bed.token(&client, &redemption(&code)), "another Region");
}

#[test]
fn policy_may_ask_for_the_console_session() {
    let mut bed = Testbed::browser();
    let deny = r#"{"Version":"2012-10-17","Statement":{"Effect":"Deny","Action":"s3:*","Resource":"*",
        "Condition":{"ArnLike":{"aws:SignInSessionArn":"arn:aws:signin:*:123456789012:session/*"}}}}"#;
    let document = crate::world::Document::parse(deny).unwrap();
    let account = bed.world.accounts.get_mut("123456789012").unwrap();
    let user = account.users.get_mut("frank").unwrap();
    user.grants.inline.insert("NoS3AtTheConsole".to_owned(), document);
    let keys = keys(&bed.signed_in(&Client::new(), "frank"));
    let refused = bed.s3(&keys, "GET", "/demo-bucket/hello.txt", &[], b"");
    refused.is_refused(403, "AccessDenied", "with an explicit deny in an identity-based policy");
}
