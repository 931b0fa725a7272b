//! The operating system: files, processes, the terminal, watches, hardening, and the environment and clock of this run.
//! Nothing here knows a profile, a session or AWS.

pub use awsesame_local::os::{
    aws_files, clock, context, environment, file, folder, folders, hardening, keyring, lasting, limits,
    lock_holder, zone,
};

pub mod client;
pub mod file_size;
mod job;
pub mod loopback;
pub mod memory;
pub mod named_file;
#[cfg(target_os = "linux")]
pub mod peer;
pub mod process;
pub mod screen;
pub(crate) mod signals;
pub mod socket_owner;
pub mod stack;
pub mod terminal;
pub mod threads;
pub mod watch;
