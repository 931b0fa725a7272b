//! Deliveries that need nothing but a session: to a program that takes our place, and to direnv.

pub mod direnv;
pub mod exec;
