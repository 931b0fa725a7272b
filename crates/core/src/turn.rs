//! Decides which process waits for which, and how every wait ends.
//!
//! There are two locks. The *question* is held while a person is asked; the *call* is held while a code is spent. A
//! caller that needs no person takes only the call, so a caller that already has a code never waits for a person who
//! types one. The holder of a lock shows a sign of life every second. A holder that shows none (because it is stopped,
//! frozen or hung) loses its lock, and finds that out when it wakes, before it spends a code.
//!
//! No clock is read and no lock is taken here: one observation comes in, and the next step comes out. `tests.rs`
//! explores every order of steps of three callers.

#[cfg(test)]
mod tests;

use std::time::Duration;

/// The interval between two signs of life of a holder.
pub const BEAT: Duration = Duration::from_secs(1);

/// The maximum time without a sign of life before a lock is replaced. It is several beats long, so that a busy machine
/// does not look like a stopped process.
pub const SILENCE: Duration = Duration::from_secs(6);

/// The longest pause between two looks.
const LONGEST_PAUSE: Duration = Duration::from_millis(40);

/// One observation of the lock that a caller wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sight {
    /// The lock was free, and is ours now.
    pub taken: bool,
    /// The holder that we waited for gave up without a session.
    pub gave_up: bool,
    /// A session that serves us is there.
    pub served: bool,
    /// The time since the holder last showed a sign of life, as far as we watched.
    pub silent: Duration,
    /// The time since we came.
    pub waited: Duration,
}

/// The terms on which a caller waits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The end of waiting. The user sets it with `AWSESAME_PROMPT_TIMEOUT`.
    pub limit: Duration,
    /// True if a holder that gives up speaks for us too: a hundred callers must not become a hundred questions.
    pub resigns: bool,
}

/// The next step of a caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Next {
    /// The lock is ours, and the caller may continue.
    Go,
    /// There is a session already, so no question and no code are needed.
    Served,
    /// The one who asked gave up, and so do we.
    Resign,
    /// The holder shows no sign of life: its lock is replaced by ours.
    PassOver,
    /// Look again after this pause.
    Wait(Duration),
    /// The caller has waited as long as it may.
    TimeUp,
}

/// Returns the next step after one observation. An existing session takes precedence over everything, so the last look
/// before the limit can still succeed.
pub fn next(sight: Sight, terms: Terms) -> Next {
    if sight.served {
        return Next::Served;
    }
    if sight.taken {
        return if terms.resigns && sight.gave_up { Next::Resign } else { Next::Go };
    }
    if sight.silent >= SILENCE {
        return Next::PassOver;
    }
    if sight.waited >= terms.limit {
        return Next::TimeUp;
    }
    // The pause is short at first, because most calls take milliseconds.
    let pause = (sight.waited / 4).clamp(Duration::from_millis(2), LONGEST_PAUSE);
    Next::Wait(pause.min(terms.limit.saturating_sub(sight.waited)))
}
