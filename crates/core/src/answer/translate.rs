//! Translates an answer of AWS, or a failure on the way to AWS, to a fault that says what to do.
//!
//! The caller passes plain values: no type of the SDK is known here. Nothing is retried or looked up; facts that only
//! the ledger or the clock knows come with the context.

mod reached;
mod skew;
#[cfg(test)]
mod tests;
mod unreached;

use crate::fault::Fault;
use crate::name::{AccessKeyId, RoleArn, Serial, Subject};

/// The failure of a call, as the edge saw it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// AWS answered with a refusal.
    Refused(Refusal),
    /// AWS did not answer.
    Unreached(Unreached),
}

impl Answer {
    /// Returns the words of the answer, in one piece, for a place among others of its kind.
    pub fn words(&self) -> String {
        match self {
            Self::Refused(refusal) if is_denial(&refusal.code) => refusal.message.clone(),
            Self::Refused(refusal) if refusal.code == NOT_AWS => {
                format!("{}: what answers is not AWS: {}", refusal.operation, refusal.message)
            }
            Self::Refused(refusal) if refusal.code.is_empty() => {
                format!("{}: HTTP {}, not in AWS's format", refusal.operation, refusal.status)
            }
            Self::Refused(refusal) => format!("{}: {}: {}", refusal.operation, refusal.code, refusal.message),
            Self::Unreached(unreached) => match unreached.kind {
                UnreachedKind::Timeout(seconds) => {
                    format!("{} did not answer within {seconds} s", unreached.endpoint)
                }
                _ => format!("{} was not reached: {}", unreached.endpoint, unreached.words),
            },
        }
    }
}

/// The code of an answer that AWS cannot have given.
const NOT_AWS: &str = "awsesame:NotAws";

impl Answer {
    /// Returns the answer for a response that cannot come from AWS, with the reason.
    pub fn not_aws(operation: &'static str, why: impl Into<String>) -> Self {
        let (code, message) = (NOT_AWS.to_owned(), why.into());
        Self::Refused(Refusal { operation, status: 200, code, message, date: None })
    }
}

/// Returns true if a refusal's words name the call and the caller by themselves.
fn is_denial(code: &str) -> bool {
    matches!(code, "AccessDenied" | "AccessDeniedException")
}

/// A refusal by AWS.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The operation, such as `GetSessionToken`.
    pub operation: &'static str,
    /// The status code of the HTTP response.
    pub status: u16,
    /// AWS's error code, such as `AccessDenied`. Empty if the answer contains none.
    pub code: String,
    /// The message that AWS sent.
    pub message: String,
    /// The `Date` header of the answer, in seconds since 1970.
    pub date: Option<i64>,
}

/// The failure of a call that got no answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreached {
    /// The operation, such as `GetSessionToken`.
    pub operation: &'static str,
    /// The kind of the failure on the way.
    pub kind: UnreachedKind,
    /// The message of the library that noticed the failure.
    pub words: String,
    /// The endpoint that the call went to.
    pub endpoint: String,
}

/// The kind of a failure on the way to AWS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnreachedKind {
    /// No connection was made.
    Connect,
    /// The name has no address.
    Dns,
    /// There was no answer within this many seconds.
    Timeout(u64),
    /// A certificate that is not trusted.
    Tls,
    /// The peer answered, but does not speak TLS.
    NoTls,
    /// The proxy refused the connection.
    Proxy,
    /// The proxy requires a user name and a password.
    ProxyLogin,
    /// Any other failure.
    Other,
}

/// A proxy, and what names it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proxy {
    /// The address of the proxy, without a password.
    pub address: String,
    /// The variable that is in force.
    pub variable: &'static str,
}

/// The call, the caller, and what else is known here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// The subject that the credentials are for.
    pub subject: Subject,
    /// The access key that signed the call, if it is the user's: a long-term key, or the key of a session that another
    /// tool made. None if a session of ours signed, or if the call has no signature.
    pub key: Option<AccessKeyId>,
    /// The device whose code was sent, if there was one.
    pub serial: Option<Serial>,
    /// The role asked for, if one was.
    pub role: Option<RoleArn>,
    /// The seconds asked for, if any were.
    pub seconds: Option<u32>,
    /// The time of this machine, in Unix seconds.
    pub now: i64,
    /// The endpoint that the call went to.
    pub endpoint: String,
    /// The proxy that the call went through.
    pub proxy: Option<Proxy>,
    /// The last step that the ledger knows as spent for the device; see
    /// [`crate::session::ledger::step`].
    pub spent: Option<i64>,
}

/// Returns the fault that describes the answer.
pub fn translate(answer: &Answer, context: &Context) -> Fault {
    match answer {
        Answer::Refused(refusal) => reached::refused(refusal, context),
        Answer::Unreached(unreached) => unreached::unreached(unreached, context),
    }
}
