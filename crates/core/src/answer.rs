//! Answers of AWS and of the machine's own credential services: their refusals in our words, and the values they
//! must hold before anything believes them.

pub mod ambient;
pub mod enroll;
pub mod organization;
pub mod process;
pub mod proof;
pub mod translate;
pub mod valid;
pub mod web_identity;
