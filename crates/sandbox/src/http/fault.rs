//! Faults that a test orders for the next calls of an action. The module `server` carries them out.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Barrier;

/// A fault of the next call of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// The call is refused with this HTTP status, AWS error code and message, and has no effect.
    Status(u16, String, String),
    /// The call is answered after this time. It takes effect first, so that a client that gives up has still spent its
    /// code.
    Hang(Duration),
    /// The connection is closed without an answer; the call has no effect.
    CloseConnection,
    /// The call takes effect, then the connection is closed without an answer.
    LoseAnswer,
    /// The call is answered as usual, so that the next ordered fault applies to the call after this one.
    Pass,
    /// The call is throttled, as AWS does.
    Throttle,
    /// The call is refused with this HTTP status and the header `Retry-After` with this number of seconds.
    Busy(u16, u32),
    /// The call is answered when all calls of a meeting have arrived.
    Meet(Meeting),
}

/// Calls that must be made at the same time: none is answered before the last has arrived, and all connections are
/// closed if it does not.
#[derive(Debug, Clone)]
pub struct Meeting(Arc<Barrier>);

impl Meeting {
    /// Creates a meeting of this many calls.
    pub fn of(calls: usize) -> Self {
        Self(Arc::new(Barrier::new(calls)))
    }

    /// Waits for the others; false if they did not come.
    pub(crate) async fn is_full(&self) -> bool {
        const PATIENCE: Duration = Duration::from_secs(10);
        tokio::time::timeout(PATIENCE, self.0.wait()).await.is_ok()
    }
}

impl PartialEq for Meeting {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

impl Eq for Meeting {}

/// The faults that are waiting for their call.
#[derive(Debug, Default)]
pub(crate) struct Faults {
    ordered: Vec<(String, Fault)>,
    /// One of this many calls is throttled; 0 means none.
    throttled: u32,
    /// The number of calls since the last that was throttled.
    calls: u32,
}

impl Faults {
    pub(crate) fn order(&mut self, action: &str, fault: Fault) {
        self.ordered.push((action.to_owned(), fault));
    }

    /// Throttles every `n`th call of IAM, STS and Organizations from now on; 0 ends the throttling.
    pub(crate) fn throttle_every(&mut self, n: u32) {
        (self.throttled, self.calls) = (n, 0);
    }

    /// Counts a call, and says whether it is one too many.
    pub(crate) fn is_too_many(&mut self) -> bool {
        if self.throttled == 0 {
            return false;
        }
        self.calls = (self.calls + 1) % self.throttled;
        self.calls == 0
    }

    /// Removes and returns the oldest fault for `action`, or for any action (`*`).
    pub(crate) fn take(&mut self, action: &str) -> Option<Fault> {
        let at = self.ordered.iter().position(|(wanted, _)| wanted == action || wanted == "*")?;
        Some(self.ordered.remove(at).1)
    }
}
