//! The parts of our state that only the full program uses: locks, the ledger, and other small records. The state folder
//! itself is in `awsesame_local`, because the front uses it too.

pub mod dismissed;
pub mod ledger;
pub mod lock;
pub mod picks;

pub use awsesame_local::state::{Read, State};
