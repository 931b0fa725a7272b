//! A local AWS that enforces MFA: enough of STS, IAM, Organizations and S3, on loopback, to test against and to
//! practise on, with AWS's own rules and wording.
//!
//! Of this workspace it uses only the policy crate: signature check and TOTP are its own, so that
//! a mistake shared with the program cannot hide. Nothing here may call out: the sandbox only
//! answers.

mod clock;
mod http;
mod log;
#[cfg(test)]
mod rules;
mod sandbox;
mod services;
mod sign_in;
mod wire;
mod world;

pub use http::fault::{Fault, Meeting};
pub use log::LogEntry;
pub use sandbox::{Options, Sandbox};
pub use sign_in::FormAnswer;
pub use world::fixture::{Company, Fixture, FixtureError, RoleTour};
