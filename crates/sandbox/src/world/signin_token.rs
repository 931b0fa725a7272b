//! A token for signing in to the console by federation.

/// A sign-in token that was given.
#[derive(Debug)]
pub(crate) struct SigninToken {
    pub(crate) principal: String,
    pub(crate) until: i64,
}
