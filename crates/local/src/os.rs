//! The operating system: the environment, the clock, files of our own, and hardening. Nothing here knows a
//! profile's session.

pub mod clock;
pub mod context;
pub mod environment;
pub mod file;
pub mod hardening;
pub mod zone;
