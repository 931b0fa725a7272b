//! Reads the answers of AWS and of the credential services of containers and instances. It words their refusals, and it
//! checks their values before other code uses them. No call is made here.

pub mod ambient;
pub mod enroll;
pub mod organization;
pub mod process;
pub mod proof;
pub mod translate;
pub mod valid;
pub mod web_identity;
