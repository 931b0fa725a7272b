//! The decisions of awsesame: values in, values out.
//!
//! Nothing here may read the environment, a file, the network, the clock or the
//! terminal; `clippy.toml` bans the calls. Whatever a decision needs comes in as
//! an argument, so that every rule can be held against a table.

pub mod access_key;
pub mod assuan;
pub mod audit;
pub mod aws_file;
pub mod checkup;
pub mod config;
pub mod console;
pub mod endpoint;
pub mod enrol;
pub mod fault;
#[cfg(test)]
mod fixture;
pub mod generated;
mod header;
mod hint;
pub mod key_index;
pub mod ledger;
pub mod machine;
pub mod name;
pub mod nearest;
pub mod new_profile;
pub mod oath;
pub mod organization;
pub mod own_block;
pub mod pin;
pub mod plan;
pub mod printed;
pub mod profile;
pub mod proof;
pub mod provenance;
pub mod quote;
pub mod render;
pub mod rotation;
pub mod seal;
pub mod secret;
pub mod session;
pub mod template;
pub mod totp;
pub mod translate;
pub mod typed_line;
pub mod unit;
pub mod watches;
