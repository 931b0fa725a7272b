//! The open connections of the broker. Other users of this machine can open many connections; they must not prevent
//! this user's programs from connecting, so their number is limited.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::AbortHandle;

/// The maximum number of open connections.
const MOST: usize = 256;
/// The maximum number of connections of other users. A connection with the token is served even among them.
const MOST_FOREIGN: usize = 16;
/// The number of descriptors that the broker needs for other purposes.
const KEPT: u64 = 48;
/// The lowest useful limit.
const LEAST: usize = 16;

/// The open connections, the oldest first.
#[derive(Debug)]
pub struct Connections {
    open: Mutex<VecDeque<OpenConnection>>,
    most: usize,
    foreign: Arc<AtomicUsize>,
}

/// The place of another user's connection among the few of them. Dropped, it is free.
#[derive(Debug)]
pub struct ForeignPlace(Arc<AtomicUsize>);

impl Drop for ForeignPlace {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Debug)]
struct OpenConnection {
    task: AbortHandle,
    known: Arc<AtomicBool>,
}

impl Connections {
    /// Returns a limit that fits the number of open files that this process may have, after raising that number as far
    /// as possible.
    pub fn within_limits() -> Self {
        let mut limit = getrlimit(Resource::Nofile);
        if limit.current != limit.maximum {
            let _ = setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, maximum: limit.maximum });
            limit = getrlimit(Resource::Nofile);
        }
        let files = limit.current.unwrap_or(u64::MAX).saturating_sub(KEPT);
        Self::new(usize::try_from(files).unwrap_or(MOST).clamp(LEAST, MOST))
    }

    fn new(most: usize) -> Self {
        Self { open: Mutex::default(), most, foreign: Arc::default() }
    }

    /// Returns a place for a connection of another user. Returns None if there are enough of them. The others are
    /// closed at once, so that this user's programs never have to wait.
    pub fn foreign(&self) -> Option<ForeignPlace> {
        let taken = self.foreign.fetch_add(1, Ordering::Relaxed);
        let place = ForeignPlace(Arc::clone(&self.foreign));
        (taken < MOST_FOREIGN).then_some(place)
    }

    /// Adds a connection. If there are too many, the oldest one that has not shown a token is closed; if all have shown
    /// it, the oldest of all.
    pub fn enter(&self, task: AbortHandle, known: Arc<AtomicBool>) {
        let mut connections = self.lock();
        connections.retain(|one| !one.task.is_finished());
        if connections.len() >= self.most {
            let stranger = connections.iter().position(|one| !one.known.load(Ordering::Relaxed));
            if let Some(one) = connections.remove(stranger.unwrap_or(0)) {
                one.task.abort();
            }
        }
        connections.push_back(OpenConnection { task, known });
    }

    /// Returns the number of open connections.
    pub fn count(&self) -> usize {
        self.lock().iter().filter(|one| !one.task.is_finished()).count()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<OpenConnection>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
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

    #[test]
    fn other_users_have_a_few_places_and_each_is_free_again() {
        let connections = Connections::new(MOST);
        let places: Vec<_> = (0..100).filter_map(|_| connections.foreign()).collect();
        assert_eq!(places.len(), MOST_FOREIGN);
        drop(places);
        assert!(connections.foreign().is_some());
    }

    #[tokio::test]
    async fn with_too_many_connections_the_oldest_unauthorized_one_is_closed() {
        let connections = Connections::new(MOST);
        let enter = |known: bool| {
            let task = tokio::spawn(std::future::pending::<()>());
            connections.enter(task.abort_handle(), Arc::new(AtomicBool::new(known)));
            task
        };
        let friends = [enter(true), enter(true)];
        let strangers: Vec<_> = (0..MOST + 10).map(|_| enter(false)).collect();
        settle().await;
        assert_eq!(connections.count(), MOST);
        assert!(friends.iter().all(|friend| !friend.is_finished()));
        let gone = strangers.iter().take_while(|stranger| stranger.is_finished()).count();
        assert_eq!(gone, 12, "the oldest of them, each for one that came");
        // If every connection has shown a token, the oldest one is closed.
        let more: Vec<_> = (0..MOST).map(|_| enter(true)).collect();
        settle().await;
        assert_eq!(connections.count(), MOST);
        assert!(friends.iter().all(tokio::task::JoinHandle::is_finished) && !more[0].is_finished());
    }
}
