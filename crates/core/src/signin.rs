//! Signing in by browser: AWS Sign-In (`aws login`) and IAM Identity Center. This module decides what is sent, what an
//! answer means, and what the AWS CLI's files hold. Nothing here opens a socket, a browser or a file, and nothing is
//! random: the edge brings the bytes.

pub mod authorize;
pub mod callback;
pub mod console;
pub mod dpop;
pub mod identity_center;
pub mod login_cache;
pub mod pause;
pub mod pkce;
mod valid;
#[cfg(test)]
mod vectors;

pub use valid::Unacceptable;
