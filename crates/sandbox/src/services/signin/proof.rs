//! Checks DPoP proofs (RFC 9449): the sender of a token request must have the key to which its tokens are bound.

use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::wire::call::Call;
use crate::wire::encoding::{base64url, unbase64url};

/// The largest difference allowed in a proof's time, in seconds.
const SKEW: i64 = 300;
/// The time for which the `jti` of a proof must be remembered, in seconds. After that, the proof is refused because of
/// its age.
pub(super) const PROOF_SECONDS: i64 = 2 * SKEW + 1;

#[derive(Debug, Deserialize)]
struct Header {
    typ: String,
    alg: String,
    jwk: Jwk,
}

#[derive(Debug, Deserialize)]
struct Jwk {
    kty: String,
    crv: String,
    x: String,
    y: String,
    /// The private half, which must not be sent.
    d: Option<String>,
}

#[derive(Debug, Deserialize)]
struct Claims {
    htm: String,
    htu: String,
    iat: i64,
    jti: String,
}

/// A proof that was found good.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Proof {
    /// The thumbprint of the key (RFC 7638).
    pub(super) key: String,
    pub(super) jti: String,
}

/// Reads and checks the proof in the `DPoP` header, apart from whether it was used before.
pub(super) fn read(call: &Call, now: i64) -> Result<Proof, &'static str> {
    let mut headers = call.headers.iter().filter(|(name, _)| name == "dpop");
    let (Some((_, text)), None) = (headers.next(), headers.next()) else {
        return Err("one DPoP header is needed");
    };
    let parts: Vec<&str> = text.split('.').collect();
    let [header, claims, signature] = parts[..] else { return Err("DPoP: not three parts") };
    let decoded = |part: &str| unbase64url(part).ok_or("DPoP: not base64url");
    let head: Header =
        serde_json::from_slice(&decoded(header)?).map_err(|_| "DPoP: the header lacks a member")?;
    let said: Claims =
        serde_json::from_slice(&decoded(claims)?).map_err(|_| "DPoP: the claims lack a member")?;

    if head.typ != "dpop+jwt" || head.alg != "ES256" {
        return Err("DPoP: typ must be dpop+jwt and alg ES256");
    }
    let key = &head.jwk;
    if key.kty != "EC" || key.crv != "P-256" || key.d.is_some() {
        return Err("DPoP: jwk must be a public key on P-256");
    }
    // RFC 7518, 6.2.1.2: the full size of a coordinate, a leading zero byte too.
    let coordinate = |text: &str| unbase64url(text).filter(|bytes| bytes.len() == 32);
    let (Some(x), Some(y)) = (coordinate(&key.x), coordinate(&key.y)) else {
        return Err("DPoP: x and y must have 32 bytes each");
    };
    // The signature is its two numbers side by side. A point that is not on the curve is refused here too.
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, [&[4], &x[..], &y[..]].concat())
        .verify(format!("{header}.{claims}").as_bytes(), &decoded(signature)?)
        .map_err(|_| "DPoP: the signature is wrong")?;

    if said.htm != call.method {
        return Err("DPoP: htm is another method");
    }
    if !is_this_endpoint(&said.htu, call) {
        return Err("DPoP: htu is another address");
    }
    if said.iat.abs_diff(now) > SKEW.unsigned_abs() {
        return Err("DPoP: iat is too far from now");
    }
    if said.jti.is_empty() || said.jti.len() > 255 {
        return Err("DPoP: jti is missing or too long");
    }
    let canonical = json!({ "crv": "P-256", "kty": "EC", "x": base64url(&x), "y": base64url(&y) });
    Ok(Proof { key: base64url(&Sha256::digest(canonical.to_string())), jti: said.jti })
}

/// Returns the `jti` that a request claims, without a check.
pub(super) fn claimed_jti(call: &Call) -> Option<String> {
    let claims = call.header("dpop")?.split('.').nth(1)?;
    let claims: Claims = serde_json::from_slice(&unbase64url(claims)?).ok()?;
    Some(claims.jti)
}

/// Compares by scheme, host, port and path. Some clients leave the port out of `Host`, so it is not asked.
fn is_this_endpoint(htu: &str, call: &Call) -> bool {
    ["127.0.0.1", "localhost"].iter().any(|host| htu == format!("http://{host}:{}{}", call.port, call.path))
}
