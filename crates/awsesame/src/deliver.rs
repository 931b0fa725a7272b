//! Deliveries: how credentials reach a program. Plain functions over a session;
//! where it came from is decided elsewhere.

pub mod broker;
pub mod generated;

pub use awsesame_local::deliver::{direnv, exec};
