//! The broker: a per-user local endpoint in AWS's container credentials protocol, so that a running program has fresh
//! credentials after a login elsewhere.
//!
//! It serves the sealed sessions of our state, which it reads again for each request, and keeps no session of its own.
//! Short-lived child processes do the work that needs AWS, so the broker stays small and nothing that can block delays
//! an answer to a client. `endpoint.rs` in core decides which requests are allowed.

pub mod address;
pub mod answer;
pub mod away;
pub mod call;
pub mod connections;
pub mod given;
pub mod lease;
pub mod log;
pub mod look;
pub mod news;
pub mod place;
pub mod pointed;
pub mod renew;
pub mod server;
pub mod socket;
pub mod start;
