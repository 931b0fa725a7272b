//! The connections that are open. Other users of this machine can open as many as they
//! like; they must not keep those out who may come in.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

/// How many may be open at once.
pub const MOST: usize = 256;

/// Those that are open, the oldest first.
#[derive(Debug, Default)]
pub struct Guests(Mutex<VecDeque<Guest>>);

#[derive(Debug)]
struct Guest {
    task: AbortHandle,
    known: Arc<AtomicBool>,
}

impl Guests {
    /// Notes a new one. If there are too many, the oldest that has not shown a token
    /// has to go; if all have, the oldest of them.
    pub fn enter(&self, task: AbortHandle, known: Arc<AtomicBool>) {
        let mut guests = self.lock();
        guests.retain(|guest| !guest.task.is_finished());
        if guests.len() >= MOST {
            let stranger = guests.iter().position(|guest| !guest.known.load(Ordering::Relaxed));
            if let Some(guest) = guests.remove(stranger.unwrap_or(0)) {
                guest.task.abort();
            }
        }
        guests.push_back(Guest { task, known });
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.lock().iter().filter(|guest| !guest.task.is_finished()).count()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Guest>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
