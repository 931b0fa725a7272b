//! The broker: a per-user local endpoint in AWS's container credentials protocol, so
//! that a running program has fresh credentials after a login elsewhere.
//!
//! It serves what lies sealed in our state, read anew for each request, and keeps no
//! session of its own. What needs AWS is done by short-lived children; so this process
//! stays small, and nothing that can block stands between a client and its answer.
//! Who may ask, and for what, is core's to say (`endpoint.rs`).

pub mod address;
pub mod answer;
pub mod away;
pub mod call;
pub mod given;
pub mod guests;
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
