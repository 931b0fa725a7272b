//! Sign-in by browser: AWS Sign-In (`aws login`) and IAM Identity Center. These modules decide what is sent, what an
//! answer means, and what the AWS CLI's files contain. Nothing here opens a socket, a browser or a file, and random
//! bytes come in as arguments.

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
