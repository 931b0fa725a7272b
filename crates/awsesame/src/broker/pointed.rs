//! The check for an environment that points at our broker while none runs: its clients would ask nobody.

use awsesame_core::fault::{BrokerFault, Fault};

use super::address;
use super::lease::Lease;
use super::place::BrokerPaths;

/// Refuses an environment that uses our broker as its container endpoint while no broker runs. `url` is the value of
/// `AWS_CONTAINER_CREDENTIALS_FULL_URI`.
pub fn check(place: &BrokerPaths, url: Option<&str>) -> Result<(), Fault> {
    let Some(url) = url else { return Ok(()) };
    let Some(port) = address::port(place)? else { return Ok(()) };
    let ours = url.starts_with(&format!("http://127.0.0.1:{port}/v1/credentials/"));
    if ours && Lease::holder(place)?.is_none() { Err(BrokerFault::Stopped.into()) } else { Ok(()) }
}
