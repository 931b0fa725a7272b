//! Reads AWS's files as botocore does, edits them line by line, and writes our own parts of them. Only text is handled
//! here: [`crate::plan`] decides what a profile means.

pub mod access_key;
pub mod edit;
mod few;
pub mod generated;
pub mod key_index;
mod lines;
pub mod new_profile;
pub mod own_block;
pub mod profile;
pub mod reading;
pub mod words;
