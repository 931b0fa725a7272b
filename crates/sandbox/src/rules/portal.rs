//! Tests IAM Identity Center: registration, codes by redirect and by device, refresh, and the portal.

use serde_json::{Value, json};

use super::{Keys, Reply, Testbed};
use crate::wire::call::Params;
use crate::wire::encoding::percent;

pub(super) const START_URL: &str = "https://d-1234567890.awsapps.com/start";
pub(super) const CALLBACK: &str = "http://127.0.0.1:5001/oauth/callback";
const VERIFIER: &str = "aaaaaaaaaa-._~BBBBBBBBBB0123456789cccccccccccccccccccccccccccccc";
const CHALLENGE: &str = "91vfi-tbXeuJhU8qP4GTbmjKRdP3hn2TSxdwTKpZx7Q";
const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

fn value(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.is_ok().body).unwrap()
}

#[track_caller]
pub(super) fn is_refused(reply: &Reply, status: u16, error: &str, exception: &str) {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    assert_eq!((reply.status, body["error"].as_str()), (status, Some(error)), "{}", reply.text());
    assert_eq!(reply.header("x-amzn-ErrorType"), Some(exception));
}

/// Merges `more` into `base`; null removes a member.
pub(super) fn with(mut base: Value, more: &Value) -> Value {
    for (name, value) in more.as_object().unwrap() {
        if value.is_null() {
            base.as_object_mut().unwrap().remove(name);
        } else {
            base[name] = value.clone();
        }
    }
    base
}

impl Testbed {
    pub(super) fn call(&mut self, path: &str, body: &Value) -> Reply {
        self.plain("POST", path, &[("content-type", "application/json")], &body.to_string())
    }

    /// Registers a client for codes by redirect: its id and secret.
    pub(super) fn registered(&mut self, more: &Value) -> Value {
        self.registered_as(&[more])
    }

    fn registered_as(&mut self, changes: &[&Value]) -> Value {
        let body = json!({
            "clientName": "a client",
            "clientType": "public",
            "scopes": ["sso:account:access"],
            "grantTypes": ["authorization_code", "refresh_token"],
            "redirectUris": ["http://127.0.0.1/oauth/callback"],
            "issuerUrl": START_URL,
        });
        let body = changes.iter().fold(body, |body, more| with(body, more));
        let client = value(&self.call("/client/register", &body));
        json!({ "clientId": client["clientId"], "clientSecret": client["clientSecret"] })
    }

    pub(super) fn registered_for_devices(&mut self, more: &Value) -> Value {
        let own = json!({ "grantTypes": null, "redirectUris": null, "issuerUrl": null });
        self.registered_as(&[&own, more])
    }

    fn authorize(&mut self, client: &Value, person: &str) -> String {
        let target = address(client, &[]);
        let password = format!("{person}-Passw0rd");
        let mut fields = vec![("user", person), ("password", password.as_str())];
        let code = self.world.device(person).map(|_| self.code(person, 0));
        if let Some(code) = &code {
            fields.push(("code", code));
        }
        let reply = self.form(&target, &fields);
        assert_eq!(reply.status, 302, "{}", reply.text());
        let location = reply.header("location").unwrap().to_owned();
        let query = Params::parse(location.strip_prefix(CALLBACK).unwrap().trim_start_matches('?'), false);
        assert_eq!(query.get("state"), Some("a state"));
        query.get("code").unwrap().to_owned()
    }

    pub(super) fn redeem(&mut self, client: &Value, code: &str, more: &Value) -> Reply {
        let body = with(
            client.clone(),
            &json!({
                "grantType": "authorization_code",
                "code": code,
                "redirectUri": CALLBACK,
                "codeVerifier": VERIFIER,
            }),
        );
        self.call("/token", &with(body, more))
    }

    /// Returns the tokens of a person who signed in at the portal.
    fn at_portal(&mut self, person: &str) -> (Value, Value) {
        let client = self.registered(&json!({}));
        let code = self.authorize(&client, person);
        let tokens = value(&self.redeem(&client, &code, &json!({})));
        (client, tokens)
    }

    pub(super) fn renew(&mut self, client: &Value, token: &Value) -> Reply {
        let body = with(client.clone(), &json!({ "grantType": "refresh_token", "refreshToken": token }));
        self.call("/token", &body)
    }

    fn poll(&mut self, client: &Value, device: &Value) -> Reply {
        let body = with(client.clone(), &json!({ "grantType": DEVICE_CODE, "deviceCode": device }));
        self.call("/token", &body)
    }

    fn device(&mut self, client: &Value) -> Value {
        value(&self.call("/device_authorization", &with(client.clone(), &json!({ "startUrl": START_URL }))))
    }

    fn portal(&mut self, tokens: &Value, target: &str) -> Reply {
        let token = tokens["accessToken"].as_str().unwrap().to_owned();
        let method = if target == "/logout" { "POST" } else { "GET" };
        self.plain(method, target, &[("x-amz-sso_bearer_token", &token)], "")
    }
}

pub(super) fn address(client: &Value, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("response_type", "code"),
        ("client_id", client["clientId"].as_str().unwrap()),
        ("redirect_uri", CALLBACK),
        ("state", "a state"),
        ("code_challenge_method", "S256"),
        ("scopes", "sso:account:access"),
        ("code_challenge", CHALLENGE),
    ];
    for (name, value) in more {
        fields.retain(|(known, _)| known != name);
        fields.push((name, value));
    }
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", percent(value.as_bytes(), b""))).collect();
    format!("/authorize?{}", pairs.join("&"))
}

fn role_keys(reply: &Reply) -> (Keys, i64) {
    let given = &value(reply)["roleCredentials"];
    let text = |name: &str| given[name].as_str().unwrap().to_owned();
    let keys =
        Keys { id: text("accessKeyId"), secret: text("secretAccessKey"), token: Some(text("sessionToken")) };
    (keys, given["expiration"].as_i64().unwrap())
}

#[test]
fn person_signs_in_and_has_credentials_of_a_role_for_as_long_as_its_permission_set_says() {
    let mut bed = Testbed::browser();
    let (_, tokens) = bed.at_portal("nina");
    assert_eq!((&tokens["tokenType"], &tokens["expiresIn"]), (&json!("Bearer"), &json!(28800)));
    let reply = bed.portal(&tokens, "/federation/credentials?role_name=Admin&account_id=210987654321");
    let (keys, expiration) = role_keys(&reply);
    assert_eq!(expiration, (bed.now + 43200) * 1000);
    let arn = bed.sts(&keys, "GetCallerIdentity", &[]).get("Arn");
    let start = "arn:aws:sts::210987654321:assumed-role/AWSReservedSSO_Admin_";
    assert!(arn.starts_with(start) && arn.ends_with("/nina"), "{arn}");
    let reply = bed.portal(&tokens, "/federation/credentials?account_id=123456789012&role_name=ReadOnly");
    assert_eq!(role_keys(&reply).1, (bed.now + 3600) * 1000);
}

#[test]
fn role_of_the_portal_carries_no_mfa_context() {
    let mut bed = Testbed::browser();
    let (_, tokens) = bed.at_portal("olaf");
    let reply = bed.portal(&tokens, "/federation/credentials?role_name=ReadOnly&account_id=123456789012");
    let (keys, _) = role_keys(&reply);
    let assume = [("RoleArn", "arn:aws:iam::123456789012:role/deploy"), ("RoleSessionName", "chain")];
    bed.sts(&keys, "AssumeRole", &assume).is_refused(403, "AccessDenied", "sts:AssumeRole");
}

#[test]
fn device_code_is_polled_for_until_somebody_allows_it() {
    let mut bed = Testbed::browser();
    let client = bed.registered_for_devices(&json!({}));
    let device = bed.device(&client);
    assert_eq!((&device["expiresIn"], &device["interval"]), (&json!(600), &json!(1)));
    let (code, page) =
        (device["userCode"].as_str().unwrap(), device["verificationUriComplete"].as_str().unwrap());
    assert_eq!(page, format!("http://127.0.0.1:{}/device?user_code={code}", super::PORT));
    // The AWS CLI polls twice at once.
    for _ in 0..2 {
        let reply = bed.poll(&client, &device["deviceCode"]);
        is_refused(&reply, 400, "authorization_pending", "AuthorizationPendingException");
    }
    is_refused(&bed.poll(&client, &device["deviceCode"]), 400, "slow_down", "SlowDownException");
    bed.now += 5;
    is_refused(&bed.poll(&client, &device["deviceCode"]), 400, "slow_down", "SlowDownException");
    let fields = [("user", "nina"), ("password", "nina-Passw0rd"), ("user_code", code)];
    bed.form("/device", &fields).is_ok();
    bed.now += 11;
    let tokens = value(&bed.poll(&client, &device["deviceCode"]));
    assert!(tokens["refreshToken"].is_string());
    bed.now += 11;
    is_refused(&bed.poll(&client, &device["deviceCode"]), 400, "invalid_grant", "InvalidGrantException");
    bed.portal(&tokens, "/assignment/accounts").is_ok();
}

#[test]
fn denied_expired_and_foreign_device_codes_give_no_token() {
    let mut bed = Testbed::browser();
    let client = bed.registered_for_devices(&json!({}));
    let denied = bed.device(&client);
    bed.form("/device", &[("user_code", denied["userCode"].as_str().unwrap()), ("decision", "deny")]).is_ok();
    is_refused(&bed.poll(&client, &denied["deviceCode"]), 400, "access_denied", "AccessDeniedException");
    let late = bed.device(&client);
    let other = bed.registered_for_devices(&json!({}));
    is_refused(&bed.poll(&other, &late["deviceCode"]), 400, "invalid_grant", "InvalidGrantException");
    bed.now += 600;
    is_refused(&bed.poll(&client, &late["deviceCode"]), 400, "expired_token", "ExpiredTokenException");
    let fields =
        [("user", "nina"), ("password", "nina-Passw0rd"), ("user_code", late["userCode"].as_str().unwrap())];
    assert_eq!(bed.form("/device", &fields).status, 400, "a code that expired cannot be allowed");
    assert_eq!(bed.form("/device", &[("user_code", "XXXX-XXXX")]).status, 400);
}

#[test]
fn without_a_scope_there_is_no_refresh_token_and_a_life_of_eight_hours() {
    let mut bed = Testbed::browser();
    bed.world.center.as_mut().unwrap().settings.token_seconds = 600;
    let client = bed.registered_for_devices(&json!({ "scopes": null }));
    let device = bed.device(&client);
    let code = device["userCode"].as_str().unwrap();
    bed.form("/device", &[("user", "nina"), ("password", "nina-Passw0rd"), ("user_code", code)]).is_ok();
    let tokens = value(&bed.poll(&client, &device["deviceCode"]));
    assert_eq!((&tokens["refreshToken"], &tokens["expiresIn"]), (&Value::Null, &json!(28800)));
}

#[test]
fn refresh_token_is_good_once_and_as_long_as_the_session() {
    let mut bed = Testbed::browser();
    let (client, first) = bed.at_portal("nina");
    bed.now += 28800;
    assert_eq!(bed.portal(&first, "/assignment/accounts").status, 401);
    let second = value(&bed.renew(&client, &first["refreshToken"]));
    bed.portal(&second, "/assignment/accounts").is_ok();
    is_refused(&bed.renew(&client, &first["refreshToken"]), 400, "invalid_grant", "InvalidGrantException");
    let other = bed.registered(&json!({}));
    is_refused(&bed.renew(&other, &second["refreshToken"]), 400, "invalid_grant", "InvalidGrantException");
    bed.now += 7 * 86_400 - 28800 - 1;
    let last = value(&bed.renew(&client, &second["refreshToken"]));
    assert_eq!(last["expiresIn"], 1, "a token does not outlive the session");
    bed.now += 1;
    is_refused(&bed.renew(&client, &last["refreshToken"]), 400, "invalid_grant", "InvalidGrantException");
}

#[test]
fn code_is_good_once_for_its_client_redirect_and_verifier() {
    let mut bed = Testbed::browser();
    let client = bed.registered(&json!({}));
    for more in [
        json!({ "codeVerifier": VERIFIER.replace('a', "b") }),
        json!({ "redirectUri": "http://127.0.0.1:5002/oauth/callback" }),
    ] {
        let code = bed.authorize(&client, "nina");
        let reply = bed.redeem(&client, &code, &more);
        is_refused(&reply, 400, "invalid_grant", "InvalidGrantException");
        let again = bed.redeem(&client, &code, &json!({}));
        is_refused(&again, 400, "invalid_grant", "InvalidGrantException");
    }
    let code = bed.authorize(&client, "nina");
    let other = bed.registered(&json!({}));
    is_refused(&bed.redeem(&other, &code, &json!({})), 400, "invalid_grant", "InvalidGrantException");
    let code = bed.authorize(&client, "nina");
    bed.now += 600;
    is_refused(&bed.redeem(&client, &code, &json!({})), 400, "invalid_grant", "InvalidGrantException");
    let code = bed.authorize(&client, "nina");
    value(&bed.redeem(&client, &code, &json!({})));
    is_refused(&bed.redeem(&client, &code, &json!({})), 400, "invalid_grant", "InvalidGrantException");
}

#[test]
fn lists_come_page_by_page() {
    let mut bed = Testbed::browser();
    let (_, tokens) = bed.at_portal("nina");
    let first = value(&bed.portal(&tokens, "/assignment/accounts?max_result=1"));
    assert_eq!(
        first["accountList"],
        json!([{ "accountId": "123456789012", "accountName": "sandbox", "emailAddress": "123456789012@example.com" }])
    );
    let next =
        format!("/assignment/accounts?next_token={}&max_result=1", first["nextToken"].as_str().unwrap());
    let second = value(&bed.portal(&tokens, &next));
    assert_eq!(
        (&second["accountList"][0]["accountId"], &second["nextToken"]),
        (&json!("210987654321"), &Value::Null)
    );
    let roles = value(&bed.portal(&tokens, "/assignment/roles?max_result=100&account_id=123456789012"));
    let names: Vec<&str> =
        roles["roleList"].as_array().unwrap().iter().map(|role| role["roleName"].as_str().unwrap()).collect();
    assert_eq!(names, ["Admin", "Audit", "Billing", "ReadOnly", "Support"]);
    for target in [
        "/assignment/accounts?max_result=0",
        "/assignment/accounts?max_result=101",
        "/assignment/accounts?next_token=99",
        "/assignment/roles",
        "/federation/credentials?role_name=Admin",
    ] {
        let reply = bed.portal(&tokens, target);
        assert_eq!(
            (reply.status, reply.header("x-amzn-ErrorType")),
            (400, Some("InvalidRequestException")),
            "{target}"
        );
    }
}

#[test]
fn roles_that_are_not_assigned_and_tokens_that_ended_are_refused() {
    let mut bed = Testbed::browser();
    let (client, tokens) = bed.at_portal("olaf");
    for target in [
        "/federation/credentials?role_name=Admin&account_id=123456789012",
        "/federation/credentials?role_name=ReadOnly&account_id=000000000000",
        "/assignment/roles?account_id=000000000000",
    ] {
        let reply = bed.portal(&tokens, target);
        assert_eq!(
            (reply.status, reply.header("x-amzn-ErrorType")),
            (403, Some("ForbiddenException")),
            "{target}"
        );
    }
    let read = "/federation/credentials?role_name=ReadOnly&account_id=123456789012";
    let (keys, _) = role_keys(&bed.portal(&tokens, read));
    bed.region = "eu-west-1".to_owned();
    assert_eq!(bed.portal(&tokens, read).status, 401, "another Region knows nothing of the token");
    bed.region = "us-east-1".to_owned();
    let out = bed.portal(&tokens, "/logout");
    assert_eq!((out.status, out.text().as_str()), (200, ""));
    let reply = bed.portal(&tokens, read);
    assert_eq!((reply.status, reply.header("x-amzn-ErrorType")), (401, Some("UnauthorizedException")));
    is_refused(&bed.renew(&client, &tokens["refreshToken"]), 400, "invalid_grant", "InvalidGrantException");
    // Credentials that were issued remain valid.
    bed.sts(&keys, "GetCallerIdentity", &[]).is_ok();
}

#[test]
fn buckets_may_have_the_names_of_the_pages() {
    let mut bed = Testbed::browser();
    let session = bed.mfa_session("alice");
    bed.s3(&session, "PUT", "/assignment", &[], b"").is_ok();
    bed.s3(&session, "PUT", "/assignment/accounts", &[], b"an object").is_ok();
    assert_eq!(bed.s3(&session, "GET", "/assignment/accounts", &[], b"").is_ok().text(), "an object");
}
