//! The deliveries that need only a session: to a program that replaces this process, and to direnv.

pub mod direnv;
pub mod exec;
