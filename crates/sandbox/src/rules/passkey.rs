//! Tests passkeys: a challenge is valid once and for one site, and the signature covers all of it.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::sign_in::{CALLBACK, SAME, address, asked, redirect};
use super::{PORT, Reply, Testbed};
use crate::http::form;
use crate::wire::encoding::{base64url, percent};
use crate::world::Passkey;

const ERIN: [(&str, &str); 2] = [("user", "erin"), ("password", "erin-Passw0rd")];

fn origin() -> String {
    format!("http://localhost:{PORT}")
}

/// The data that an authenticator signs. A test may change any part of it.
struct Assertion {
    client: Value,
    data: Vec<u8>,
}

/// Makes an assertion wrong in one way.
type Spoil = fn(&mut Assertion);

impl Assertion {
    fn new(challenge: &str) -> Self {
        let client = json!({ "type": "webauthn.get", "challenge": challenge, "origin": origin() });
        Self { client, data: [&Sha256::digest("localhost")[..], &[1, 0, 0, 0, 0]].concat() }
    }

    fn signed(&self, key: &Passkey) -> Value {
        let client = self.client.to_string();
        let signed = [&self.data[..], &Sha256::digest(&client)].concat();
        let signature: Signature = SigningKey::from_slice(&key.private.unwrap()).unwrap().sign(&signed);
        json!({
            "id": base64url(&key.id),
            "clientDataJSON": base64url(client.as_bytes()),
            "authenticatorData": base64url(&self.data),
            "signature": base64url(signature.to_der().as_bytes()),
        })
    }
}

impl Testbed {
    fn passkey(&self) -> Passkey {
        let devices = self.world.accounts["123456789012"].devices.values();
        devices.into_iter().find_map(|device| device.passkey.clone()).unwrap()
    }

    /// Sends a form as a browser does from `localhost`, where passkeys work.
    fn send_as_localhost(&mut self, target: &str, fields: &[(&str, &str)]) -> Reply {
        let pairs: Vec<String> =
            fields.iter().map(|(name, value)| format!("{name}={}", percent(value.as_bytes(), b""))).collect();
        let host = format!("localhost:{PORT}");
        self.plain("POST", target, &[("host", &host), ("origin", &origin())], &pairs.join("&"))
    }

    fn challenge(&mut self) -> String {
        let reply = self.send_as_localhost("/v1/challenge", &ERIN);
        let options: Value = serde_json::from_slice(&reply.is_ok().body).unwrap();
        assert_eq!(options["rpId"], "localhost");
        assert_eq!(options["allowCredentials"][0]["id"], base64url(&self.passkey().id));
        options["challenge"].as_str().unwrap().to_owned()
    }

    fn sign_in_with(&mut self, assertion: &str) -> Reply {
        let fields = [ERIN[0], ERIN[1], ("assertion", assertion)];
        self.send_as_localhost(&address(&asked(SAME, CALLBACK)), &fields)
    }
}

#[test]
fn passkey_signs_in_with_mfa_and_its_challenge_is_good_once() {
    let mut bed = Testbed::browser();
    let challenge = bed.challenge();
    let assertion = form::answer_of(&bed.passkey(), &challenge, &origin()).unwrap();
    let reply = bed.sign_in_with(&assertion);
    assert!(redirect(&reply).get("code").is_some());
    let session = bed.world.sign_ins.sessions.values().next().unwrap();
    assert_eq!(session.caller.mfa, crate::world::caller::Mfa::At(bed.now));
    let again = bed.sign_in_with(&assertion);
    assert_eq!(again.status, 401);
    assert!(again.text().contains("its challenge was never given, or it was used"), "{}", again.text());
}

#[test]
fn passkey_is_offered_to_whoever_knows_the_password_and_has_one() {
    let mut bed = Testbed::browser();
    for fields in [
        [("user", "erin"), ("password", "wrong")],
        [("user", "nobody"), ("password", "x")],
        [("user", "grace"), ("password", "grace-Passw0rd")],
    ] {
        assert_eq!(bed.send_as_localhost("/v1/challenge", &fields).status, 401, "{fields:?}");
    }
    let page = bed.plain("GET", &address(&asked(SAME, CALLBACK)), &[], "").is_ok().text();
    assert!(
        page.contains(&format!("href=\"http://localhost:{PORT}/v1/authorize?response_type=code&amp;")),
        "{page}"
    );
}

#[test]
fn passkey_is_refused_where_any_part_of_what_it_signs_is_not_right() {
    let mut bed = Testbed::browser();
    let key = bed.passkey();
    let stranger = Passkey { private: Some(crate::world::id::key()), ..key.clone() };
    let unknown = Passkey { id: b"another".to_vec(), ..key.clone() };
    let spoils: [(&str, Spoil); 8] = [
        ("something else", |it| it.client["type"] = json!("webauthn.create")),
        ("never given", |it| it.client["challenge"] = json!("x")),
        ("another page", |it| it.client["origin"] = json!("https://example.com")),
        ("another page", |it| it.client["crossOrigin"] = json!(true)),
        ("cannot be read", |it| it.client = json!([])),
        ("another site", |it| it.data[0] ^= 1),
        ("nobody touched it", |it| it.data[32] = 4),
        ("too short", |it| it.data.truncate(36)),
    ];
    for (words, spoil) in spoils {
        let mut assertion = Assertion::new(&bed.challenge());
        spoil(&mut assertion);
        let reply = bed.sign_in_with(&assertion.signed(&key).to_string());
        assert_eq!(reply.status, 401, "{words}");
        assert!(reply.text().contains(words), "{words}: {}", reply.text());
    }
    for (other, words) in [(stranger, "signature is wrong"), (unknown, "not registered for this user")] {
        let assertion = Assertion::new(&bed.challenge()).signed(&other);
        let reply = bed.sign_in_with(&assertion.to_string());
        assert!(reply.status == 401 && reply.text().contains(words), "{words}: {}", reply.text());
    }
    let late = Assertion::new(&bed.challenge()).signed(&key).to_string();
    bed.now += 300;
    let reply = bed.sign_in_with(&late);
    assert!(reply.status == 401 && reply.text().contains("never given"), "{}", reply.text());
}

#[test]
fn passkey_whose_counter_does_not_grow_is_taken_for_a_copy() {
    let mut bed = Testbed::browser();
    let key = bed.passkey();
    for (count, good) in [(7, true), (7, false), (6, false), (0, false), (8, true)] {
        let mut assertion = Assertion::new(&bed.challenge());
        assertion.data[36] = count;
        let reply = bed.sign_in_with(&assertion.signed(&key).to_string());
        assert_eq!(reply.status == 302, good, "{count}: {}", reply.text());
    }
}
