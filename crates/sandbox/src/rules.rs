//! Tests the rules of the services, on a world whose clock stands still, with a client that signs its requests. No
//! network is used: other tests cover the published vectors and the real clients.

mod account;
mod assume;
mod exchanges;
mod federation;
mod iam;
mod judgment;
mod passkey;
mod policies;
mod portal;
mod portal_client;
mod proof;
#[path = "../../policy/tests/policy/random.rs"]
mod random;
mod recording;
mod s3;
mod session;
mod sign_in;
mod sign_in_page;
mod signature;

use std::fmt::Write as _;
use std::net::{IpAddr, Ipv4Addr};

use bytes::Bytes;

use crate::clock;
use crate::http::route::{self, Target};
use crate::http::sigv4::{Paths, Presented, canonical_request, hash, sign, signing_key, string_to_sign};
use crate::wire::answer::Answer;
use crate::wire::call::Call;
use crate::wire::encoding::percent;
use crate::wire::xml::text_of;
use crate::world::World;
use crate::world::fixture::Fixture;
use crate::world::totp;

/// The credentials that sign a call.
#[derive(Debug, Clone)]
struct Keys {
    id: String,
    secret: String,
    token: Option<String>,
}

/// An answer as a client receives it.
#[derive(Debug)]
struct Reply {
    status: u16,
    headers: Vec<(String, String)>,
    body: Bytes,
}

impl From<Answer> for Reply {
    fn from(answer: Answer) -> Self {
        Self {
            status: answer.status,
            headers: answer
                .headers
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .chain(answer.metadata)
                .collect(),
            body: answer.body,
        }
    }
}

impl Reply {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    fn get(&self, element: &str) -> String {
        text_of(&self.text(), element).unwrap_or_default()
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the credentials in the answer.
    fn keys(&self) -> Keys {
        assert_eq!(self.status, 200, "{}", self.text());
        Keys {
            id: self.get("AccessKeyId"),
            secret: self.get("SecretAccessKey"),
            token: Some(self.get("SessionToken")),
        }
    }

    #[track_caller]
    fn is_ok(&self) -> &Self {
        assert!((200..300).contains(&self.status), "{} {}", self.status, self.text());
        self
    }

    #[track_caller]
    fn is_refused(&self, status: u16, code: &str, message: &str) {
        let got = (self.status, self.get("Code"), self.get("Message"));
        assert_eq!((got.0, got.1.as_str()), (status, code), "{}", got.2);
        assert!(got.2.contains(message), "{:?} does not contain {message:?}", got.2);
    }
}

/// A world at a time of the test's choosing.
struct Testbed {
    world: World,
    now: i64,
    min_duration: u32,
    region: String,
}

/// The port that the testbed would listen on.
const PORT: u16 = 39407;

const START: i64 = 1_800_000_000;

impl Testbed {
    fn new() -> Self {
        Self::with(Fixture::BUILTIN)
    }

    fn with(fixture: &str) -> Self {
        let fixture = Fixture::parse(fixture).unwrap();
        Self {
            world: World::new(&fixture, START),
            now: START,
            min_duration: 900,
            region: "us-east-1".to_owned(),
        }
    }

    /// Returns the long-term keys of a user.
    fn keys(&self, user: &str) -> Keys {
        let (id, key) = self.world.keys.iter().find(|(_, key)| key.user == user).unwrap();
        Keys { id: id.clone(), secret: key.secret.clone(), token: None }
    }

    fn code(&self, who: &str, offset: i64) -> String {
        self.world.device(who).unwrap().code(totp::step_at(self.now) + offset)
    }

    /// Returns a call signed with `keys` at the testbed's time.
    fn signed(
        &self,
        keys: &Keys,
        service: &str,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Call {
        let (path, query) = target.split_once('?').unwrap_or((target, ""));
        let time = clock::basic(self.now);
        let mut call = Call {
            method: method.to_owned(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers: vec![
                ("host".to_owned(), "127.0.0.1".to_owned()),
                ("x-amz-date".to_owned(), time.clone()),
            ],
            body: Bytes::copy_from_slice(body),
            peer: IpAddr::V4(Ipv4Addr::LOCALHOST),
            region: self.region.clone(),
            port: PORT,
        };
        if let Some(token) = &keys.token {
            call.headers.push(("x-amz-security-token".to_owned(), token.clone()));
        }
        call.headers.extend(headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        if service == "s3" && call.header("x-amz-content-sha256").is_none() {
            call.headers.push(("x-amz-content-sha256".to_owned(), hash(body)));
        }
        sign_call(&mut call, keys, service);
        call
    }

    fn send(&mut self, call: &Call) -> Reply {
        let target = Target::of(call);
        let (answer, entry) = route::serve(&mut self.world, call, &target, self.now, self.min_duration);
        assert_eq!(entry.status, answer.status);
        Reply::from(answer)
    }

    fn query(
        &mut self,
        keys: &Keys,
        service: &str,
        version: &str,
        action: &str,
        fields: &[(&str, &str)],
    ) -> Reply {
        let body = form(version, action, fields);
        let call = self.signed(keys, service, "POST", "/", &[], body.as_bytes());
        self.send(&call)
    }

    fn sts(&mut self, keys: &Keys, action: &str, fields: &[(&str, &str)]) -> Reply {
        self.query(keys, "sts", "2011-06-15", action, fields)
    }

    fn iam(&mut self, keys: &Keys, action: &str, fields: &[(&str, &str)]) -> Reply {
        self.query(keys, "iam", "2010-05-08", action, fields)
    }

    fn s3(
        &mut self,
        keys: &Keys,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
        body: &[u8],
    ) -> Reply {
        let call = self.signed(keys, "s3", method, target, headers, body);
        self.send(&call)
    }

    /// Returns a session of `user` that carries MFA.
    fn mfa_session(&mut self, user: &str) -> Keys {
        let keys = self.keys(user);
        let device = self.world.device(user).unwrap();
        let (serial, code) = (device.serial.clone(), self.code(user, 0));
        let reply = self.sts(&keys, "GetSessionToken", &[("SerialNumber", &serial), ("TokenCode", &code)]);
        reply.keys()
    }

    /// Returns a session of `user` without MFA.
    fn plain_session(&mut self, user: &str) -> Keys {
        let keys = self.keys(user);
        self.sts(&keys, "GetSessionToken", &[]).keys()
    }
}

fn form(version: &str, action: &str, fields: &[(&str, &str)]) -> String {
    let mut text = format!("Action={action}&Version={version}");
    for (name, value) in fields {
        let _ = write!(text, "&{name}={}", percent(value.as_bytes(), b""));
    }
    text
}

/// Adds the Authorization header that `keys` give.
fn sign_call(call: &mut Call, keys: &Keys, service: &str) {
    call.headers.retain(|(name, _)| name != "authorization");
    let time = call.header("x-amz-date").unwrap().to_owned();
    let mut names: Vec<&str> = call.headers.iter().map(|(name, _)| name.as_str()).collect();
    names.sort_unstable();
    let start = format!(
        "AWS4-HMAC-SHA256 Credential={}/{}/us-east-1/{service}/aws4_request, SignedHeaders={}, Signature=",
        keys.id,
        &time[..8],
        names.join(";")
    );
    call.headers.push(("authorization".to_owned(), start.clone()));
    let presented = Presented::read(call).unwrap();
    let (paths, payload) = match call.header("x-amz-content-sha256") {
        Some(declared) => (Paths::Plain, declared.to_owned()),
        None => (Paths::Normalized, hash(&call.body)),
    };
    let canonical = canonical_request(call, &presented, paths, &payload);
    let text = string_to_sign(&time, &presented.scope, &canonical);
    let signature = sign(&signing_key(&keys.secret, &presented.scope), &text);
    call.headers.last_mut().unwrap().1 = format!("{start}{signature}");
}
