//! Threads that save time and are not necessary: if the system starts no more of them, the calling thread does their
//! work. `std` panics instead.

use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, Scope, ScopedJoinHandle};

/// A piece of work that was given away, or that is already done.
pub enum Work<'scope, T> {
    /// A thread does it.
    Running(ScopedJoinHandle<'scope, Option<T>>),
    /// The calling thread has done it. None never occurs here.
    Done(Option<T>),
}

impl<T> Work<'_, T> {
    /// Waits for the result. Returns None if the thread panicked.
    pub fn join(self) -> Option<T> {
        match self {
            Self::Running(thread) => thread.join().ok().flatten(),
            Self::Done(result) => result,
        }
    }
}

/// Starts a piece of work on a thread of its own, or does it now.
pub fn start<'scope, T, F>(scope: &'scope Scope<'scope, '_>, work: F) -> Work<'scope, T>
where
    T: Send + 'scope,
    F: FnOnce() -> T + Send + 'scope,
{
    start_with(scope, Builder::new(), work)
}

fn start_with<'scope, T, F>(scope: &'scope Scope<'scope, '_>, builder: Builder, work: F) -> Work<'scope, T>
where
    T: Send + 'scope,
    F: FnOnce() -> T + Send + 'scope,
{
    let work = Arc::new(Mutex::new(Some(work)));
    let take = |work: &Mutex<Option<F>>| work.lock().unwrap_or_else(PoisonError::into_inner).take();
    let theirs = Arc::clone(&work);
    match builder.spawn_scoped(scope, move || take(&theirs).map(|work| work())) {
        Ok(thread) => Work::Running(thread),
        Err(_) => Work::Done(take(&work).map(|work| work())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_that_no_thread_can_do_is_done_here() {
        // No address space has room for such a stack.
        let impossible = || Builder::new().stack_size(usize::MAX / 4);
        std::thread::scope(|scope| {
            let here = std::thread::current().id();
            let work = start_with(scope, impossible(), || std::thread::current().id());
            assert_eq!(work.join(), Some(here));
            let work = start(scope, || std::thread::current().id());
            assert!(work.join().is_some_and(|there| there != here));
        });
    }
}
