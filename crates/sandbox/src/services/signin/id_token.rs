//! The identity token: who signed in, for the client to read. It is signed, though no client can ask for the key.

use p256::ecdsa::signature::Signer as _;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::json;

use crate::wire::encoding::base64url;
use crate::world::sign_in::ConsoleSession;

/// A JSON Web Token about `session` for `client`, valid until `until`.
pub(super) fn id_token(
    key: &[u8; 32],
    session: &ConsoleSession,
    client: &str,
    now: i64,
    until: i64,
) -> String {
    let key = SigningKey::from_slice(key).expect("the world's key is below the order of the curve");
    let header = json!({ "alg": "ES256", "typ": "JWT", "kid": "sandbox" });
    let claims = json!({
        "sub": session.caller.arn,
        "aud": client,
        "iss": "https://signin.aws.amazon.com/signin",
        "session_arn": session.arn,
        "iat": now,
        "exp": until,
    });
    let [header, claims] = [header, claims].map(|part| base64url(part.to_string().as_bytes()));
    let signature: Signature = key.sign(format!("{header}.{claims}").as_bytes());
    format!("{header}.{claims}.{}", base64url(&signature.to_bytes()))
}
