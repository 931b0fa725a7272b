//! Signature Version 4, from the verifier's side. Knows neither users nor sessions: it is given
//! the secret, and says whether the signature was made with it.

mod canonical;
pub(crate) mod chunked;
mod presented;
mod signature;
#[cfg(test)]
mod vectors;

pub(crate) use canonical::{Paths, canonical_request};
pub(crate) use presented::{Origin, Presented, Unsigned};
#[cfg(test)]
pub(crate) use signature::{EMPTY_HASH, sign};
pub(crate) use signature::{hash, signed, signing_key, string_to_sign};
