//! Faults that tests order: what goes wrong, and with which action. Carried out by `server`.

use std::time::Duration;

/// Something that goes wrong with the next call of an action.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fault {
    /// Refused with this HTTP status, AWS error code and message; the call has no effect.
    Status(u16, String, String),
    /// Answered only after this long. The call takes effect first, so that a client that gives up
    /// has still spent its code.
    Hang(Duration),
    /// The connection is closed without an answer; the call has no effect.
    CloseConnection,
    /// The call takes effect, then the connection is closed without an answer.
    LoseAnswer,
    /// Refused as AWS does when calls come too fast.
    Throttle,
}

/// The faults that are waiting for their call.
#[derive(Debug, Default)]
pub(crate) struct Faults(Vec<(String, Fault)>);

impl Faults {
    pub(crate) fn order(&mut self, action: &str, fault: Fault) {
        self.0.push((action.to_owned(), fault));
    }

    /// Takes the oldest fault for `action`, or for any action (`*`).
    pub(crate) fn take(&mut self, action: &str) -> Option<Fault> {
        let at = self.0.iter().position(|(wanted, _)| wanted == action || wanted == "*")?;
        Some(self.0.remove(at).1)
    }
}
