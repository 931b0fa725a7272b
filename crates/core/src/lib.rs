//! The decisions of awsesame: values come in, and values go out.
//!
//! Nothing here may read the environment, a file, the network, the clock or the terminal; `clippy.toml` bans the calls.
//! A decision gets everything as arguments, so that each rule can be tested in a table.

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
