//! Verifies Signature Version 4. It knows neither users nor sessions: the caller passes the secret, and learns whether
//! the signature was made with it.

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
