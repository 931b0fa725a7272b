//! Our folder of state, which is `awsesame_local`'s, and the locks in it.

pub mod lock;

pub use awsesame_local::state::{Read, State};
