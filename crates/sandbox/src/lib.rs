//! A local AWS that enforces MFA: enough of STS, IAM, Organizations and S3, on loopback, to test against and to
//! practise on, with AWS's own rules and wording.
//!
//! Of this workspace it uses only the policy crate: signature check and TOTP are its own, so that
//! a mistake shared with the program cannot hide. Nothing here may call out: the sandbox only
//! answers.

mod answer;
mod authenticate;
mod authorize;
mod call;
mod caller;
mod clock;
mod encoding;
mod fault;
mod fixture;
mod iam;
mod id;
mod log;
mod organizations;
mod payload;
mod practice;
#[cfg(test)]
mod rules;
mod s3;
mod sandbox;
mod server;
mod service;
mod signin;
mod sigv4;
mod sts;
mod totp;
mod world;
mod xml;

pub use fault::{Fault, Meeting};
pub use fixture::{Company, Fixture, FixtureError, RoleTour};
pub use log::LogEntry;
pub use sandbox::{Options, Sandbox};
