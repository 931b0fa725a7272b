//! The stores that never ask a person: `kernel` and `file`, and the copies of the other stores' data keys in the kernel
//! keyring. "Nothing stored" is `Ok(None)`; a locked or broken store is an error, and never "nothing stored".

pub mod file;
pub mod kernel;
pub mod named;

use awsesame_core::fault::Fault;
use awsesame_core::session::seal::{DataKey, KEY_BYTES};
use zeroize::Zeroizing;

use crate::state::State;
use named::Named;

/// The name of the item that contains the data key.
pub const DATA_KEY: &str = "data-key";

/// A store for secrets, each under a name.
pub trait Store {
    /// Returns the name by which users select it.
    fn name(&self) -> &'static str;
    /// Returns the secret that is stored under a name, None if there is none.
    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault>;
    /// Stores a secret, and replaces an older one of the same name. `seconds` is the time for which it is needed; a
    /// store that supports expiry deletes it after that.
    fn put(&self, item: &str, secret: &[u8], seconds: Option<u64>) -> Result<(), Fault>;
    /// Deletes a secret. Returns true if there was one.
    fn delete(&self, item: &str) -> Result<bool, Fault>;
    /// Returns true if only the user can have written the content. A file that is encrypted to a public key without a
    /// signature can come from anybody who can write it.
    fn authenticates(&self) -> bool {
        true
    }
    /// Returns the names of all items, sorted.
    fn list(&self) -> Result<Vec<String>, Fault>;
}

/// The name of the store that only Linux has.
pub const SECRET_SERVICE: &str = "secret-service";
/// The name of the store that only macOS has.
pub const KEYCHAIN: &str = "keychain";
/// The name of the store that is any command of the user's.
pub const COMMAND: &str = "command";
/// The name of the store that `age` encrypts.
pub const AGE: &str = "age";
/// The name of the store that `gpg` encrypts.
pub const GPG: &str = "gpg";
/// The name of the store of the password manager `pass`.
pub const PASS: &str = "pass";
/// The name of the store in Keybase's private folder.
pub const KEYBASE: &str = "keybase";

/// Every store by its name.
pub const NAMES: [&str; 9] =
    [kernel::NAME, file::NAME, SECRET_SERVICE, KEYCHAIN, COMMAND, AGE, GPG, PASS, KEYBASE];

/// Opens the part of a store that never asks a person: a fast store itself, or for any other store the copy in the
/// kernel keyring, which is there while the store is unlocked.
pub fn open(name: &str, state: &State) -> Result<Box<dyn Store>, Fault> {
    match NAMES.into_iter().find(|known| *known == name) {
        Some(kernel::NAME) => Ok(Box::new(Named(kernel::Kernel::open(state)?))),
        Some(file::NAME) => Ok(Box::new(Named(file::Folder::open(state)))),
        Some(slow) => Ok(Box::new(Named(kernel::Kernel::copy_of(slow, state)?))),
        None => Err(unknown(name)),
    }
}

/// Returns the fault for an unknown name of a store.
pub fn unknown(name: &str) -> Fault {
    let nearest = awsesame_core::text::nearest::nearest(name, NAMES).map(str::to_owned);
    Fault::UnknownStore { name: name.to_owned(), nearest }
}

/// Returns the data key in a store, or None if it has none.
pub fn key_in(store: &dyn Store) -> Result<Option<DataKey>, Fault> {
    store.get(DATA_KEY)?.map(|bytes| data_key(store.name(), &bytes)).transpose()
}

/// Converts the bytes from a store to a data key.
pub fn data_key(store: &'static str, bytes: &[u8]) -> Result<DataKey, Fault> {
    DataKey::from_slice(bytes).ok_or_else(|| Fault::StoreBroken { store, why: wrong_length(bytes) })
}

/// Says what is wrong with a data key of another length.
pub fn wrong_length(bytes: &[u8]) -> String {
    format!("the data key there has {} bytes instead of {KEY_BYTES}", bytes.len())
}
