//! Token codes: they are computed from a seed, or read from the output of programs. No program is run here.

pub mod assuan;
pub mod oath;
pub mod printed;
pub mod totp;
