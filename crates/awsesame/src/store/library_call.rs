//! Runs library calls of a store on a separate thread. A library call cannot be killed as a program can, but it can be
//! abandoned. The store decides what is called.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use awsesame_core::fault::Fault;

use crate::os::file;

/// The time limits for a store: without a person, and with one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patience {
    pub(super) usual: Duration,
    pub(super) with_person: Duration,
}

/// The news of an errand.
enum News<T> {
    Asking,
    Answered,
    Done(Result<T, Fault>),
}

/// Gives a person who is asked during the call more time to answer.
pub(super) struct PersonTimer<'a>(&'a dyn Fn(bool));

impl PersonTimer<'_> {
    /// Runs a question to the person, with the longer time limit.
    pub(super) fn asked<R>(&self, question: impl FnOnce() -> R) -> R {
        (self.0)(true);
        let answer = question();
        (self.0)(false);
        answer
    }
}

/// Runs an errand, to its end or to that of our patience.
pub(super) fn run<T: Send + 'static>(
    store: &'static str,
    patience: Patience,
    look: &'static str,
    library_call: impl FnOnce(&PersonTimer<'_>) -> Result<T, Fault> + Send + 'static,
) -> Result<T, Fault> {
    let (sender, news): (Sender<News<T>>, Receiver<News<T>>) = channel();
    let thread = std::thread::Builder::new().spawn(move || {
        // The receiver of an abandoned call is gone.
        let tell = |asking| drop(sender.send(if asking { News::Asking } else { News::Answered }));
        let end = library_call(&PersonTimer(&tell));
        let _ = sender.send(News::Done(end));
    });
    // Without a thread, a call that hangs could not be given up.
    thread.map_err(|error| file::not_started(store.as_ref(), &error))?;
    let mut asking = false;
    loop {
        let wait = if asking { patience.with_person } else { patience.usual };
        match news.recv_timeout(wait) {
            Ok(News::Asking) => asking = true,
            Ok(News::Answered) => asking = false,
            Ok(News::Done(end)) => return end,
            Err(RecvTimeoutError::Timeout) if asking => {
                let why = format!("nobody answered its dialog within {} s", wait.as_secs());
                return Err(Fault::StoreLocked { store, why });
            }
            Err(RecvTimeoutError::Timeout) => {
                let why = format!("nothing came within {} s", wait.as_secs());
                return Err(Fault::StoreFailed { store, why, look });
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(Fault::Bug { what: format!("the {store} store's thread ended early") });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BRIEF: Patience =
        Patience { usual: Duration::from_millis(50), with_person: Duration::from_millis(100) };

    fn hang() -> u8 {
        std::thread::sleep(Duration::from_mins(10));
        0
    }

    #[test]
    fn errand_brings_what_it_was_sent_for() {
        let patience = Patience { usual: Duration::from_secs(20), ..BRIEF };
        assert_eq!(run("age", patience, "look", |_| Ok(7)), Ok(7));
        assert_eq!(run("age", patience, "look", |person| Ok(person.asked(|| 7))), Ok(7));
    }

    #[test]
    fn errand_that_hangs_is_given_up_and_a_person_who_does_not_answer_leaves_the_store_locked() {
        let hung = run("age", BRIEF, "look", |_| Ok(hang())).unwrap_err();
        assert_eq!(hung.to_string(), "the age store does not answer: nothing came within 0 s");
        let unanswered = run("age", BRIEF, "look", |person| Ok(person.asked(hang))).unwrap_err();
        assert_eq!(unanswered.to_string(), "the age store is locked: nobody answered its dialog within 0 s");
    }
}
