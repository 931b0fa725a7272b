//! Ensures a sufficient stack. The limit `ulimit -s` applies only to the main thread, which the kernel ends by a signal
//! at its edge.

use std::sync::{Mutex, PoisonError};
use std::thread;

use rustix::process::{Resource, getrlimit};

/// The stack that we use at most, with room to spare. A debug build uses some hundred kilobytes.
const ENOUGH: usize = 2 * 1024 * 1024;

/// Runs the work on this thread, or on a thread with a larger stack if the limit is too low.
pub fn with_enough<T: Send>(work: impl FnOnce() -> T + Send) -> Option<T> {
    let limit = getrlimit(Resource::Stack).current;
    if limit.is_none_or(|limit| limit >= ENOUGH as u64) {
        return Some(work());
    }
    let work = Mutex::new(Some(work));
    let take = || work.lock().unwrap_or_else(PoisonError::into_inner).take();
    thread::scope(|scope| {
        match thread::Builder::new().stack_size(ENOUGH).spawn_scoped(scope, || take().map(|work| work())) {
            Ok(running) => running.join().ok().flatten(),
            // If no thread can be started, the small stack may still be sufficient.
            Err(_) => take().map(|work| work()),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_work_is_done_once() {
        assert_eq!(with_enough(|| 7), Some(7));
    }
}
