//! The request log that tests read: who called which action, and the result. It contains no secret.

use std::collections::VecDeque;

use serde::Serialize;

/// The maximum number of entries. Above it, the oldest ones are removed.
const MAX_ENTRIES: usize = 100_000;

/// A request that was answered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// The time by the server's clock, in Unix seconds.
    pub time: i64,
    /// The service, as in credential scopes, such as `sts`.
    pub service: String,
    /// The operation, such as `GetSessionToken`.
    pub action: String,
    /// The caller's ARN, where the signature was good.
    pub principal: Option<String>,
    /// The access key id that the request presented, believed or not.
    pub access_key: Option<String>,
    /// The `User-Agent` header of the request.
    pub user_agent: Option<String>,
    /// The HTTP status of the answer; 0 where the connection was closed instead.
    pub status: u16,
    /// AWS's error code, if the call was refused.
    pub error_code: Option<String>,
}

/// The log of requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Log(VecDeque<LogEntry>);

impl Log {
    pub(crate) fn push(&mut self, entry: LogEntry) {
        if self.0.len() == MAX_ENTRIES {
            self.0.pop_front();
        }
        self.0.push_back(entry);
    }

    pub(crate) fn entries(&self) -> Vec<LogEntry> {
        self.0.iter().cloned().collect()
    }

    pub(crate) fn count(&self, action: &str) -> usize {
        self.0.iter().filter(|entry| entry.action == action).count()
    }
}
