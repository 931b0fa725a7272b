//! Signs in without a browser. It fills in the form from the facts about a user, with a code or a passkey if there is a
//! device, and sends it as a browser would.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::code::{Code, code};
use super::route::{self, Target};
use super::shared::{Shared, lock};
use crate::services::browser::passkey::RELYING_PARTY;
use crate::wire::answer::Answer;
use crate::wire::call::Call;
use crate::wire::encoding::{base64url, percent};
use crate::world::{Passkey, World};

/// The flags of an authenticator that a person has touched and unlocked.
const PRESENT_AND_VERIFIED: u8 = 0b101;

/// Sends `fields` to the page of `url`, as its form does.
pub(crate) fn send(shared: &Shared, url: &str, region: &str, fields: &[(&str, &str)]) -> Answer {
    let (authority, path, query) = parts(url);
    let pairs: Vec<String> =
        fields.iter().map(|(name, value)| format!("{name}={}", percent(value.as_bytes(), b""))).collect();
    let call = Call {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: query.to_owned(),
        headers: vec![("host".to_owned(), authority.to_owned())],
        body: pairs.join("&").into(),
        peer: std::net::Ipv4Addr::LOCALHOST.into(),
        region: region.to_owned(),
        port: authority.rsplit_once(':').and_then(|(_, port)| port.parse().ok()).unwrap_or(80),
    };
    let (now, target) = (shared.clock.now(), Target::of(&call));
    let (answer, entry) = route::serve(&mut lock(&shared.world), &call, &target, now, shared.min_duration);
    lock(&shared.log).push(entry);
    answer
}

/// Signs `user` in at the page of `url`, and allows the requested access.
pub(crate) fn sign_in(shared: &Shared, url: &str, region: &str, user: &str) -> Result<Answer, String> {
    let (password, passkey) = {
        let world = lock(&shared.world);
        let password = password_of(&world, user).ok_or_else(|| format!("`{user}` has no password"))?;
        (password, passkey_of(&world, user).cloned())
    };
    let (authority, path, query) = parts(url);
    let user_code = query.split('&').find_map(|pair| pair.strip_prefix("user_code=")).unwrap_or_default();
    let mut fields = vec![("user", user), ("password", password.as_str()), ("user_code", user_code)];
    let code = match code(shared, user, true) {
        Code::Good(code, _) => Some(code),
        Code::Wait(seconds) => return Err(format!("every code is used up for {seconds} s")),
        Code::Nobody => None,
    };
    if let Some(code) = &code {
        fields.push(("code", code));
    }
    let Some(passkey) = passkey.filter(|_| code.is_none()) else {
        return Ok(send(shared, url, region, &fields));
    };
    // As the page does: a passkey is for the name, not for the address.
    let port = authority.rsplit_once(':').map_or("80", |(_, port)| port);
    let origin = format!("http://{RELYING_PARTY}:{port}");
    let challenge = if path.starts_with("/v1/") { "/v1/challenge" } else { "/challenge" };
    let asked = send(shared, &format!("{origin}{challenge}"), region, &fields);
    let options: Value =
        serde_json::from_slice(&asked.body).map_err(|_| "no challenge was given".to_owned())?;
    let assertion = answer_of(&passkey, options["challenge"].as_str().unwrap_or_default(), &origin)
        .ok_or_else(|| format!("the passkey of `{user}` is on another device"))?;
    fields.push(("assertion", &assertion));
    Ok(send(shared, &format!("{origin}{path}?{query}"), region, &fields))
}

/// Returns the host with port, the path, and the query of an address.
fn parts(url: &str) -> (&str, &str, &str) {
    let rest = url.strip_prefix("http://").unwrap_or(url);
    let (authority, target) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    (authority, path, query)
}

fn password_of(world: &World, user: &str) -> Option<String> {
    let users = world.accounts.values().filter_map(|account| account.users.get(user)?.password.as_ref());
    let people = world.center.iter().filter_map(|center| center.people.get(user)?.password.as_ref());
    users.chain(people).find_map(|password| password.text.clone())
}

fn passkey_of<'a>(world: &'a World, user: &str) -> Option<&'a Passkey> {
    let devices = world.accounts.values().flat_map(|account| account.devices.values());
    let mut own = devices.filter(|device| device.user.as_deref() == Some(user));
    let people = world.center.iter().filter_map(|center| center.people.get(user));
    own.find_map(|device| device.passkey.as_ref())
        .or_else(|| people.flat_map(|person| &person.devices).find_map(|device| device.passkey.as_ref()))
}

/// Returns the answer of the passkey's authenticator to a challenge. Returns None if its private key is not here.
pub(crate) fn answer_of(passkey: &Passkey, challenge: &str, origin: &str) -> Option<String> {
    let key = SigningKey::from_slice(passkey.private.as_ref()?).ok()?;
    let client =
        json!({ "type": "webauthn.get", "challenge": challenge, "origin": origin, "crossOrigin": false });
    let client = client.to_string();
    let mut data = Sha256::digest(RELYING_PARTY).to_vec();
    data.push(PRESENT_AND_VERIFIED);
    // Passkeys that are kept in several places do not count.
    data.extend(0_u32.to_be_bytes());
    let signed = [&data[..], &Sha256::digest(&client)].concat();
    let signature: Signature = key.sign(&signed);
    Some(
        json!({
            "id": base64url(&passkey.id),
            "clientDataJSON": base64url(client.as_bytes()),
            "authenticatorData": base64url(&data),
            "signature": base64url(signature.to_der().as_bytes()),
        })
        .to_string(),
    )
}
