//! A local AWS that enforces MFA: enough of STS, IAM, Organizations and S3, on loopback, for tests and for practice,
//! with AWS's own rules and wording.
//!
//! From this workspace it uses only the policy crate. The signature check and TOTP are its own, so that a mistake that
//! it would share with the program cannot stay hidden. Nothing here may open an outgoing connection: the sandbox only
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
