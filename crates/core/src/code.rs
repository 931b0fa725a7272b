//! Token codes: computed from a seed, or read from the output of the programs that compute or ask for them.

pub mod assuan;
pub mod oath;
pub mod printed;
pub mod totp;
