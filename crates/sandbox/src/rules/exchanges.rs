//! The recorded requests of AWS's own clients, sent to the sandbox word for word: it answers with the members that the
//! clients used.

use std::collections::BTreeMap;

use serde_json::Value;

use super::recording::{Exchange, Request, vectors};
use super::{PORT, Reply, Testbed};
use crate::http::route::{self, Target};
use crate::wire::answer::Refusal;
use crate::wire::call::{Call, Params};
use crate::world::caller::{Caller, Kind, Mfa};
use crate::world::center::{Client, Consent, DeviceGrant, PortalSession};
use crate::world::sign_in::{ConsoleSession, RefreshToken};

const ISSUED: i64 = 1_795_827_800;

const WORLD: &str = r#"
    account = [
        { id = "111122223333", name = "dev one" },
        { id = "123456789012" },
        { id = "444455556666", name = "prod" },
    ]

    [[user]]
    name = "tester"
    account = "123456789012"
    password = { text = "a password" }
    policies.All = '{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"signin:*","Resource":"*"}}'

    [identity_center]
    start_url = "https://d-1234567890.awsapps.com/start"

    [[permission_set]]
    name = "Admin"

    [[permission_set]]
    name = "ReadOnly"

    [[person]]
    name = "tester"
    password = { text = "a password" }
    assignments = [
        { account = "111122223333", permission_sets = ["Admin", "ReadOnly"] },
        { account = "444455556666", permission_sets = ["Admin"] },
    ]
"#;

/// Returns the ports that the recording leaves open.
fn with_ports(text: &str) -> String {
    text.replace("CBPORT", "5000").replace("PORT", &PORT.to_string())
}

/// A replay: a world, and its values for the tokens of the recording.
struct Replay {
    bed: Testbed,
    known: BTreeMap<String, String>,
}

impl Replay {
    fn new() -> Self {
        let mut bed = Testbed::with(WORLD);
        bed.now = ISSUED;
        Self { bed, known: BTreeMap::new() }
    }

    /// Sends the request with the tokens of this world instead of the recorded ones.
    fn call(&self, request: &Request) -> Call {
        let own = |text: &str| {
            self.known.iter().fold(with_ports(text), |text, (recorded, own)| text.replace(recorded, own))
        };
        let mut headers: Vec<(String, String)> =
            request.headers.iter().map(|(name, value)| (name.to_lowercase(), own(value))).collect();
        headers.push(("host".to_owned(), format!("127.0.0.1:{PORT}")));
        Call {
            method: request.method.clone(),
            path: request.path.clone(),
            query: own(&request.query),
            headers,
            body: own(&request.body_raw).into(),
            peer: std::net::Ipv4Addr::LOCALHOST.into(),
            region: "us-east-1".to_owned(),
            port: PORT,
        }
    }

    /// Stores this world's values for the recorded tokens of this answer.
    fn learn(&mut self, recorded: &Value, own: &Value) {
        for (name, value) in recorded.as_object().into_iter().flatten() {
            if let (Some(recorded), Some(own)) = (value.as_str(), own[name].as_str())
                && recorded.starts_with("fake")
            {
                self.known.insert(recorded.to_owned(), own.to_owned());
            }
        }
    }

    /// Puts into the world what exchanges gave that were not recorded.
    fn prepare(&mut self, exchange: &Exchange) {
        let asked: Value = serde_json::from_str(&exchange.request.body_raw).unwrap_or_default();
        if let Ok(claims) = serde_json::from_str::<Value>(&exchange.request.dpop_decoded.claims_json) {
            self.bed.now = claims["iat"].as_i64().unwrap();
        }
        let text = |name: &str| asked[name].as_str().map(str::to_owned);
        let (world, now) = (&mut self.bed.world, self.bed.now);
        if exchange.request.path == "/v1/token" {
            if let Some(token) = text("refreshToken").filter(|token| !self.known.contains_key(token)) {
                let session = console_session(now);
                world.sign_ins.sessions.insert("recorded".to_owned(), session);
                let known = RefreshToken {
                    session: "recorded".to_owned(),
                    client: text("clientId").unwrap(),
                    key: exchange.request.dpop_decoded.jwk_thumbprint.clone(),
                    region: "us-east-1".to_owned(),
                    used: None,
                };
                world.sign_ins.refresh_tokens.entry(token).or_insert(known);
            }
            return;
        }
        let center = world.center.as_mut().unwrap();
        let portal_session = PortalSession {
            person: "tester".to_owned(),
            client: text("clientId").unwrap_or_default(),
            scopes: vec!["sso:account:access".to_owned()],
            until: now + 86_400,
        };
        if let Some(client) = text("clientId").filter(|client| !self.known.contains_key(client)) {
            let client_entry = Client {
                secret: text("clientSecret").unwrap(),
                until: now + 86_400,
                scopes: vec!["sso:account:access".to_owned()],
                grants: vec!["authorization_code".to_owned(), "refresh_token".to_owned()],
                redirects: vec!["http://127.0.0.1/oauth/callback".to_owned()],
            };
            center.clients.insert(client, client_entry);
        }
        if let Some(token) = text("refreshToken").filter(|token| !self.known.contains_key(token)) {
            center.sessions.insert(token.clone(), portal_session.clone());
            center.refresh_tokens.insert(token.clone(), token);
        }
        if let Some(device) = text("deviceCode").filter(|device| !self.known.contains_key(device)) {
            let grant = DeviceGrant {
                client: self.known[&text("clientId").unwrap()].clone(),
                user_code: "BCDF-GHJK".to_owned(),
                consent: Consent::Given("tester".to_owned()),
                until: now + 600,
                interval: 1,
                polls: 0,
                polled: 0,
            };
            center.devices.insert(device, grant);
        }
        let headers = &exchange.request.headers;
        let bearer = headers.iter().find(|(name, _)| name.eq_ignore_ascii_case("x-amz-sso_bearer_token"));
        if let Some((_, token)) = bearer.filter(|(_, token)| !self.known.contains_key(*token)) {
            center.sessions.insert(token.clone(), portal_session);
            center.access_tokens.insert(token.clone(), (token.clone(), now + 3600));
        }
    }

    /// Prepares the events that the recording's server only claimed.
    fn arrange(&mut self, exchange: &Exchange) {
        let world = &mut self.bed.world;
        match exchange.answer.body["error"].as_str().unwrap_or_default() {
            "TOKEN_EXPIRED" => world.sign_ins.refresh_tokens.clear(),
            "USER_CREDENTIALS_CHANGED" => world.password_mut("tester").unwrap().changes = 1,
            "INSUFFICIENT_PERMISSIONS" => {
                let account = world.accounts.get_mut("123456789012").unwrap();
                account.users.get_mut("tester").unwrap().grants.inline.clear();
            }
            "INVALID_REQUEST" => {
                // These are both reasons that clients meet: another Region, and a proof that was used.
                world
                    .sign_ins
                    .refresh_tokens
                    .values_mut()
                    .for_each(|token| token.region = "eu-west-1".to_owned());
            }
            "invalid_grant" => world.center.as_mut().unwrap().refresh_tokens.clear(),
            _ => {}
        }
        if exchange.answer.status == 401 && exchange.step.starts_with("sso-portal") {
            world.center.as_mut().unwrap().access_tokens.clear();
        }
    }

    fn send(&mut self, exchange: &Exchange) -> Reply {
        let call = self.call(&exchange.request);
        // An ordered fault is answered before the request is checked.
        let fault = match exchange.answer.status {
            500 => Some(Refusal::new(500, "server_error", "x")),
            429 => Some(Refusal::new(429, "TooManyRequestsException", "x")),
            _ => None,
        };
        match fault {
            Some(refusal) => Reply::from(route::refuse(&call, &Target::of(&call), self.bed.now, &refusal).0),
            None => self.bed.send(&call),
        }
    }
}

fn console_session(now: i64) -> ConsoleSession {
    let caller = Caller {
        account: "123456789012".to_owned(),
        kind: Kind::User { name: "tester".to_owned() },
        arn: "arn:aws:iam::123456789012:user/tester".to_owned(),
        id: "AIDAEXAMPLE".to_owned(),
        mfa: Mfa::No,
        session_policies: Vec::new(),
        tags: BTreeMap::default(),
        transitive: std::collections::BTreeSet::default(),
        source_identity: None,
        temporary: false,
        issued: None,
        sign_in: None,
    };
    ConsoleSession { caller, arn: String::new(), password: 0, until: now + 3600 }
}

/// Checks that every member that the client used is there and has the same type. Null matches everything.
fn has_shape(own: &Value, recorded: &Value, place: &str) {
    match (own, recorded) {
        (_, Value::Null) => {}
        (Value::Object(own), Value::Object(recorded)) => {
            // The pages of the recording had one entry each, so there were more pages.
            for (name, value) in recorded.iter().filter(|(name, _)| *name != "nextToken") {
                let place = format!("{place}.{name}");
                has_shape(own.get(name).unwrap_or(&Value::Null), value, &place);
            }
        }
        (Value::Array(own), Value::Array(recorded)) => {
            for (index, value) in recorded.iter().enumerate() {
                has_shape(own.get(index).unwrap_or(&Value::Null), value, &format!("{place}[{index}]"));
            }
        }
        _ => assert_eq!(std::mem::discriminant(own), std::mem::discriminant(recorded), "{place}: {own}"),
    }
}

/// The members whose value clients use.
const EXACT: [&str; 9] =
    ["error", "tokenType", "expiresIn", "interval", "accountId", "accountName", "roleName", "sub", "aud"];

fn has_values(own: &Value, recorded: &Value, step: &str) {
    match recorded {
        Value::Object(members) => {
            for (name, value) in members {
                if EXACT.contains(&name.as_str()) {
                    assert_eq!(&own[name], value, "{step}: {name}");
                }
                has_values(&own[name], value, step);
            }
        }
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                has_values(&own[index], item, step);
            }
        }
        _ => {}
    }
}

/// Gives the consent that the recording's server gave automatically, and returns the redirect.
fn consent(played: &mut Replay, exchange: &Exchange) {
    let page = played.send(exchange);
    page.is_ok();
    let call = played.call(&exchange.request);
    let target = format!("{}?{}", call.path, call.query);
    let reply = played.bed.form(&target, &[("user", "tester"), ("password", "a password")]);
    assert_eq!(reply.status, exchange.answer.status, "{}: {}", exchange.step, reply.text());
    let location = |text: &str| {
        let (address, query) = text.split_once('?').unwrap();
        (address.to_owned(), Params::parse(query, false))
    };
    let (own, query) = location(reply.header("location").unwrap());
    let (recorded, wanted) = location(&with_ports(&exchange.answer.headers["Location"]));
    assert_eq!(own, recorded, "{}", exchange.step);
    assert_eq!(query.get("state"), wanted.get("state"), "{}", exchange.step);
    played.known.insert(wanted.get("code").unwrap().to_owned(), query.get("code").unwrap().to_owned());
}

#[test]
fn clients_get_what_they_took_in_all_the_recorded_exchanges() {
    let mut played = Replay::new();
    let (mut count, mut step) = (0, String::new());
    for exchange in vectors().exchanges {
        count += 1;
        let flow = exchange.step.split('#').next().unwrap().to_owned();
        if flow != step && exchange.answer.status >= 400 {
            // A failure here must not affect the next exchange.
            played = Replay::new();
        }
        step = flow;
        played.prepare(&exchange);
        if exchange.request.path.ends_with("/authorize") {
            consent(&mut played, &exchange);
            continue;
        }
        if exchange.step == "retry-cli#3" {
            // The first repetition of an unanswered request is taken, the next is not.
            played.send(&exchange).is_ok();
        } else {
            played.arrange(&exchange);
        }
        if exchange.step == "sso-login-device-noscopes#4" {
            let grants = played.bed.world.center.as_mut().unwrap().devices.values_mut();
            grants.for_each(|grant| grant.consent = Consent::Given("tester".to_owned()));
        }
        let reply = played.send(&exchange);
        let (step, answer) = (&exchange.step, &exchange.answer);
        assert_eq!(reply.status, answer.status, "{step}: {}", reply.text());
        if let Some(exception) = answer.headers.get("x-amzn-ErrorType") {
            assert_eq!(reply.header("x-amzn-ErrorType"), Some(exception.as_str()), "{step}");
        }
        if answer.body.is_object() {
            let own: Value = serde_json::from_slice(&reply.body).unwrap();
            has_shape(&own, &answer.body, step);
            has_values(&own, &answer.body, step);
            played.learn(&answer.body, &own);
        }
    }
    assert_eq!(count, 61);
}

#[test]
fn published_proofs_are_good_and_their_keys_have_the_published_thumbprints() {
    let mut bed = Testbed::with(WORLD);
    for vector in vectors().dpop_vectors {
        let claims: Value = serde_json::from_str(&vector.claims_json).unwrap();
        let htu = claims["htu"].as_str().unwrap().to_owned();
        bed.now = claims["iat"].as_i64().unwrap();
        let port = htu.split(':').nth(2).and_then(|rest| rest.split('/').next()?.parse().ok());
        let call = Call {
            method: "POST".to_owned(),
            path: "/v1/token".to_owned(),
            query: String::new(),
            headers: vec![("dpop".to_owned(), vector.proof.clone())],
            body: bytes::Bytes::new(),
            peer: std::net::Ipv4Addr::LOCALHOST.into(),
            region: "us-east-1".to_owned(),
            port: port.unwrap_or(PORT),
        };
        let checked = crate::services::signin::key_of_proof(&call, bed.now);
        // A proof for AWS's own address is good in everything but its address.
        let wanted = if port.is_some() {
            Ok(vector.jwk_thumbprint_sha256)
        } else {
            Err("DPoP: htu is another address")
        };
        assert_eq!(checked, wanted, "{}", vector.note);
    }
}
