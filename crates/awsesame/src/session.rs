//! The way to a session: a fresh one, or a plan, a lock, a code and AWS's answer. [`story`] tells it in order.

pub mod login;
pub mod place;
pub mod story;
pub mod turns;
mod unattended;
