//! Tests the sandbox over HTTP with real clients: boto3, the AWS CLI, Terraform, and plain sockets where a client would
//! hide the tested detail.

#![expect(clippy::unwrap_used, reason = "this is all test code, helpers included")]

mod boto;
mod browser;
mod cli;
mod faults;
mod outside;
mod program;
mod signed_in;
mod terraform;

use awsesame_sandbox::{Fixture, Options, Sandbox};

/// Returns a sandbox with the built-in fixture.
fn sandbox() -> Sandbox {
    Sandbox::start(Fixture::builtin(), Options::default()).unwrap()
}
