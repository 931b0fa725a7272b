//! Our folder of state, which is `awsesame_local`'s, and what only the full program does in it: locks and the ledger.

pub mod dismissed;
pub mod ledger;
pub mod lock;
pub mod picks;

pub use awsesame_local::state::{Read, State};
