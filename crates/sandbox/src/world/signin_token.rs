//! A token for signing in to the console by federation.

use super::caller::Caller;

/// A sign-in token that was given.
#[derive(Debug)]
pub(crate) struct SigninToken {
    /// The role session that signs in with it.
    pub(crate) caller: Caller,
    pub(crate) until: i64,
}
