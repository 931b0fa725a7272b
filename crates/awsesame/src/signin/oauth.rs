//! The part of OAuth that both services share: the listener that the browser returns to, and random values.

pub mod listener;
mod page;

use awsesame_core::fault::Fault;
use awsesame_core::signin::pkce::{Pkce, VERIFIER_BYTES, uuid};

/// Returns random bytes.
pub(super) fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::Bug { what: format!("the system has no randomness to give: {error}") })?;
    Ok(bytes)
}

/// Returns a new PKCE pair.
pub(super) fn pkce() -> Result<Pkce, Fault> {
    let bytes = zeroize::Zeroizing::new(random::<VERIFIER_BYTES>()?);
    Ok(Pkce::new(&bytes))
}

/// Returns a new random name.
pub(super) fn name() -> Result<String, Fault> {
    Ok(uuid(random()?))
}
