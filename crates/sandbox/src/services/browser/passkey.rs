//! WebAuthn on the side of the server: it creates a challenge, and checks whether a passkey of `localhost` signed it
//! (Web Authentication Level 2, 7.2). It supports only ES256, which every authenticator has.

use std::collections::HashMap;

use ring::signature::{ECDSA_P256_SHA256_ASN1, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::wire::encoding::{base64url, unbase64url};
use crate::world::{Device, Passkey, id};

/// The only name of this server that WebAuthn accepts: an address is not a domain.
pub(crate) const RELYING_PARTY: &str = "localhost";
/// The time for which a challenge is valid, in seconds.
const CHALLENGE_SECONDS: i64 = 300;
/// The flag in the authenticator data that a person touched the authenticator.
const USER_PRESENT: u8 = 1;

/// The values that the page's script sends, each in base64url.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Assertion {
    id: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    authenticator_data: String,
    signature: String,
}

/// The data of the browser about the ceremony.
#[derive(Debug, Deserialize)]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(rename = "crossOrigin", default)]
    cross_origin: bool,
}

/// Makes a challenge, good once.
pub(crate) fn challenge(challenges: &mut HashMap<String, i64>, now: i64) -> String {
    let challenge = id::opaque();
    challenges.insert(challenge.clone(), now + CHALLENGE_SECONDS);
    challenge
}

/// Returns the options of `navigator.credentials.get` for a person with these devices, or None if they have no passkey.
pub(crate) fn request_options<'a>(
    devices: impl Iterator<Item = &'a Device>,
    challenges: &mut HashMap<String, i64>,
    now: i64,
) -> Option<Value> {
    let keys: Vec<Value> = devices
        .filter_map(|device| device.passkey.as_ref())
        .map(|key| json!({ "type": "public-key", "id": base64url(&key.id) }))
        .collect();
    (!keys.is_empty()).then(|| {
        json!({
            "challenge": challenge(challenges, now),
            "rpId": RELYING_PARTY,
            "allowCredentials": keys,
            "userVerification": "preferred",
        })
    })
}

/// Checks an assertion with the passkeys of the user who signs in, and stores the counter.
pub(crate) fn check<'a>(
    assertion: &str,
    keys: impl Iterator<Item = &'a mut Passkey>,
    challenges: &mut HashMap<String, i64>,
    origin: &str,
    now: i64,
) -> Result<(), &'static str> {
    let assertion: Assertion = serde_json::from_str(assertion).map_err(|_| "what it sent cannot be read")?;
    let decoded = |text: &str| unbase64url(text).ok_or("what it sent is not base64url");
    let (client, data) = (decoded(&assertion.client_data)?, decoded(&assertion.authenticator_data)?);
    let (id, signature) = (decoded(&assertion.id)?, decoded(&assertion.signature)?);

    check_client(&client, "webauthn.get", challenges, origin, now)?;
    let key = keys.into_iter().find(|key| key.id == id).ok_or("it is not registered for this user")?;
    let count = check_data(&data)?;
    let signed = [&data[..], &Sha256::digest(&client)].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_ASN1, &key.public)
        .verify(&signed, &signature)
        .map_err(|_| "its signature is wrong")?;
    // A counter that does not grow means a copy of the key. A counter that is always zero has no meaning.
    if (count, key.count) != (0, 0) && count <= key.count {
        return Err("its counter went back: it may be a copy");
    }
    key.count = count;
    Ok(())
}

/// Checks what the browser says, and uses up the challenge.
pub(crate) fn check_client(
    client: &[u8],
    kind: &str,
    challenges: &mut HashMap<String, i64>,
    origin: &str,
    now: i64,
) -> Result<(), &'static str> {
    let client: ClientData =
        serde_json::from_slice(client).map_err(|_| "the browser's data cannot be read")?;
    if client.kind != kind {
        return Err("it was asked for something else");
    }
    let until =
        challenges.remove(&client.challenge).ok_or("its challenge was never given, or it was used")?;
    if until <= now {
        return Err("its challenge is too old");
    }
    if client.origin != origin || client.cross_origin {
        return Err("it was asked by another page");
    }
    Ok(())
}

/// Checks the authenticator's data, and returns its counter.
pub(crate) fn check_data(data: &[u8]) -> Result<u32, &'static str> {
    let (relying_party, rest) = data.split_at_checked(32).ok_or("its data is too short")?;
    if relying_party != Sha256::digest(RELYING_PARTY).as_slice() {
        return Err("it signed for another site");
    }
    let [flags, a, b, c, d] = *rest.first_chunk::<5>().ok_or("its data is too short")?;
    if flags & USER_PRESENT == 0 {
        return Err("nobody touched it");
    }
    Ok(u32::from_be_bytes([a, b, c, d]))
}
