//! The operating system: the environment, the clock, files of our own, and hardening. Nothing here knows a
//! profile's session.

pub mod clock;
pub mod context;
pub mod environment;
mod error;
pub mod file;
pub mod folder;
pub mod hardening;
pub mod lock_holder;
pub mod zone;
