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

#[cfg(test)]
mod tests {
    use super::*;

    /// Lets every task that was sent away end.
    async fn settle() {
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }

    #[tokio::test]
    async fn when_there_are_too_many_the_oldest_stranger_goes_and_none_who_may_ask() {
        let guests = Guests::default();
        let enter = |known: bool| {
            let task = tokio::spawn(std::future::pending::<()>());
            guests.enter(task.abort_handle(), Arc::new(AtomicBool::new(known)));
            task
        };
        let friends = [enter(true), enter(true)];
        let strangers: Vec<_> = (0..MOST + 10).map(|_| enter(false)).collect();
        settle().await;
        assert_eq!(guests.count(), MOST);
        assert!(friends.iter().all(|friend| !friend.is_finished()));
        let gone = strangers.iter().take_while(|stranger| stranger.is_finished()).count();
        assert_eq!(gone, 12, "the oldest of them, each for one that came");
        // Where all may ask, it is the oldest of these.
        let more: Vec<_> = (0..MOST).map(|_| enter(true)).collect();
        settle().await;
        assert_eq!(guests.count(), MOST);
        assert!(friends.iter().all(tokio::task::JoinHandle::is_finished) && !more[0].is_finished());
    }
}
