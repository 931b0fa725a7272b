//! Tests DPoP proofs: each part of a proof is checked, and each proof is accepted once.

use serde_json::json;

use super::Testbed;
use super::sign_in::{Client, Proof, is_invalid, redemption};
use crate::wire::encoding::base64url;

/// Makes a proof wrong in one way.
type Spoil = fn(&mut Proof);

#[test]
fn proof_is_refused_where_any_part_of_it_is_not_right() {
    let mut bed = Testbed::browser();
    let client = Client::new();
    let (now, code) = (bed.now, bed.authorization_code("grace"));
    let body = redemption(&code).to_string();
    let cases: [(&str, Spoil); 14] = [
        ("typ", |proof| proof.header["typ"] = json!("jwt")),
        ("typ", |proof| proof.header["alg"] = json!("HS256")),
        ("jwk", |proof| proof.header["jwk"]["kty"] = json!("RSA")),
        ("jwk", |proof| proof.header["jwk"]["crv"] = json!("P-384")),
        ("jwk", |proof| proof.header["jwk"]["d"] = json!("AAAA")),
        ("32 bytes", |proof| proof.header["jwk"]["x"] = json!(base64url(&[1; 31]))),
        ("signature is wrong", |proof| proof.header["jwk"]["x"] = json!(base64url(&[1; 32]))),
        ("header lacks", |proof| proof.header = json!({})),
        ("claims lack", |proof| proof.claims = json!({ "htm": "POST" })),
        ("htm", |proof| proof.claims["htm"] = json!("GET")),
        ("htu", |proof| proof.claims["htu"] = json!("http://127.0.0.1:39407/v1/token?x")),
        ("htu", |proof| proof.claims["htu"] = json!("http://127.0.0.1/v1/token")),
        ("htu", |proof| proof.claims["htu"] = json!("https://us-east-1.signin.aws.amazon.com/v1/token")),
        ("jti", |proof| proof.claims["jti"] = json!("")),
    ];
    for (words, spoil) in cases {
        let mut proof = client.proof(now);
        spoil(&mut proof);
        let reply = bed.plain("POST", "/v1/token", &[("dpop", &client.signed(&proof))], &body);
        is_invalid(&reply, words);
    }
    for iat in [now - 301, now + 301, i64::MIN] {
        let proof = client.signed(&client.proof(iat));
        is_invalid(&bed.plain("POST", "/v1/token", &[("dpop", &proof)], &body), "iat");
    }
    let proof = client.signed(&client.proof(now));
    let other = Client::new().signed(&client.proof(now));
    is_invalid(&bed.plain("POST", "/v1/token", &[("dpop", &other)], &body), "signature is wrong");
    is_invalid(&bed.plain("POST", "/v1/token", &[], &body), "one DPoP header");
    is_invalid(
        &bed.plain("POST", "/v1/token", &[("dpop", &proof), ("dpop", &proof)], &body),
        "one DPoP header",
    );
    is_invalid(&bed.plain("POST", "/v1/token", &[("dpop", "a.b")], &body), "three parts");
    is_invalid(&bed.plain("POST", "/v1/token", &[("dpop", "!.!.!")], &body), "base64url");
    // The code was not touched by any of them.
    bed.plain("POST", "/v1/token", &[("dpop", &proof)], &body).is_ok();
    is_invalid(&bed.plain("POST", "/v1/token", &[("dpop", &proof)], &body), "jti used before");
}
