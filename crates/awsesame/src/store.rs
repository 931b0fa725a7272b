//! Stores: where secrets rest. One trait, one file a store, one conformance
//! suite that all pass. "Nothing stored" is `Ok(None)`; a store that is locked or
//! broken is an error, never a miss.

pub mod file;
pub mod kernel;

use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use crate::state::State;

/// The item under which the data key rests.
pub const DATA_KEY: &str = "data-key";

/// A place where secrets rest, each under a name.
pub trait Store {
    /// The name by which a user asks for it.
    fn name(&self) -> &'static str;
    /// What rests under a name.
    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault>;
    /// Lays a secret down, over an older one of the same name. `seconds` is how
    /// long it will be of use; a store that can forget by itself then does.
    fn put(&self, item: &str, secret: &[u8], seconds: Option<u64>) -> Result<(), Fault>;
    /// Takes a secret away; whether there was one.
    fn delete(&self, item: &str) -> Result<bool, Fault>;
}

/// Every store by its name.
pub const NAMES: [&str; 2] = [kernel::NAME, file::NAME];

/// The store of a name.
pub fn open(name: &str, state: &State) -> Result<Box<dyn Store>, Fault> {
    match name {
        kernel::NAME => Ok(Box::new(kernel::Kernel::open(state)?)),
        file::NAME => Ok(Box::new(file::Folder::open(state))),
        _ => Err(Fault::UnknownStore { name: name.to_owned(), nearest: nearest(name) }),
    }
}

fn nearest(name: &str) -> Option<String> {
    let close = |known: &&str| {
        name.len().abs_diff(known.len()) <= 2 && known.chars().next() == name.to_lowercase().chars().next()
    };
    NAMES.into_iter().find(close).map(str::to_owned)
}
