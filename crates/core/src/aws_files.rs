//! AWS's files as text and as profiles: reading them as botocore does, editing them by lines, and the parts of them
//! that are ours. A profile's meaning is decided in [`crate::plan`].

pub mod access_key;
pub mod edit;
pub mod generated;
pub mod key_index;
mod lines;
pub mod new_profile;
pub mod own_block;
pub mod profile;
pub mod reading;
pub mod words;
