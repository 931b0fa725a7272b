//! The decisions of awsesame: values in, values out.
//!
//! Nothing here may read the environment, a file, the network, the clock or the
//! terminal; `clippy.toml` bans the calls. Whatever a decision needs comes in as
//! an argument, so that every rule can be held against a table.

pub mod answer;
pub mod aws_files;
pub mod checkup;
pub mod code;
pub mod config;
pub mod endpoint;
pub mod fault;
#[cfg(test)]
mod fixture;
pub mod name;
pub mod plan;
pub mod render;
pub mod rotation;
pub mod session;
pub mod signin;
pub mod surroundings;
pub mod text;
pub mod turn;
