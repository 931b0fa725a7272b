//! Obtains sessions: a fresh one if there is one, or else by a plan, a lock, a code and a call to AWS. [`story`]
//! contains the steps in order.

pub mod locks;
pub mod login;
pub mod place;
pub mod story;
mod unattended;
