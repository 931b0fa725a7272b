//! The state that all connections share.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::fault::Faults;
use crate::clock::Clock;
use crate::log::Log;
use crate::world::World;

/// The state that all connections share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) world: Mutex<World>,
    pub(crate) clock: Clock,
    pub(crate) faults: Mutex<Faults>,
    pub(crate) log: Mutex<Log>,
    pub(crate) min_duration: u32,
    /// The region of every port that is listened on.
    pub(crate) regions: Mutex<HashMap<u16, String>>,
}

/// Locks a mutex, even after a panic in another thread, so that a failed test shows its own reason.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
