//! A session as a value: its header, which is stored in the clear, and its sealed credentials. The modules below decide
//! whether it may be served, what a project pins, and which codes are spent. No file is read here.

mod credentials;
mod data_key;
pub mod exported;
mod file_name;
mod header;
mod key_id;
mod keyring;
pub mod ledger;
pub mod opening;
pub mod pin;
mod resolved_from;
pub mod seal;
pub mod selection;
pub mod servable;
pub mod standing;
mod whole;
mod written;

pub use credentials::Credentials;
pub use file_name::{file_named, file_safe, file_stem, short_id};
pub use header::{Header, Kind};
pub use key_id::KeyId;
pub(crate) use key_id::hex;
pub use keyring::Keyring;
pub use resolved_from::{FileStamp, FileState, Inputs};
pub use whole::Session;
