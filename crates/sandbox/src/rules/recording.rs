//! The recorded exchanges, as `tests/vectors/sign-in.json` has them.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

#[derive(Debug, Deserialize)]
pub(super) struct Vectors {
    pub(super) dpop_vectors: Vec<ProofVector>,
    pub(super) exchanges: Vec<Exchange>,
}

#[derive(Debug, Deserialize)]
pub(super) struct ProofVector {
    pub(super) note: String,
    pub(super) claims_json: String,
    pub(super) proof: String,
    pub(super) jwk_thumbprint_sha256: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Exchange {
    pub(super) step: String,
    pub(super) request: Request,
    pub(super) answer: Answered,
}

#[derive(Debug, Deserialize)]
pub(super) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body_raw: String,
    #[serde(default)]
    pub(super) dpop_decoded: Decoded,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Decoded {
    pub(super) claims_json: String,
    pub(super) jwk_thumbprint: String,
}

#[derive(Debug, Deserialize)]
pub(super) struct Answered {
    pub(super) status: u16,
    pub(super) headers: BTreeMap<String, String>,
    pub(super) body: Value,
}

/// Parses the recorded exchanges.
pub(super) fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../../tests/vectors/sign-in.json")).unwrap()
}
