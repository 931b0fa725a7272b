//! The operating system: the environment, the clock, our own files, and hardening. Nothing here knows a profile's
//! session.

mod account;
pub mod aws_files;
pub mod clock;
pub mod context;
pub mod environment;
mod error;
pub mod file;
pub mod folder;
pub mod folders;
pub mod hardening;
pub mod keyring;
pub mod lasting;
pub mod limits;
pub mod lock_holder;
pub mod zone;
