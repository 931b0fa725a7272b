//! The decisions of awsesame: values in, values out.
//!
//! Nothing here may read the environment, a file, the network, the clock or the
//! terminal; `clippy.toml` bans the calls. Whatever a decision needs comes in as
//! an argument, so that every rule can be held against a table.

pub mod fault;
mod hint;
pub mod name;
pub mod secret;
