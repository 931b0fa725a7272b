//! The decision whether a request to the broker may be answered, and the parser of what it asks for. Both use the
//! request's head alone: nothing is looked up here, and no body is ever read.
//!
//! A web page can make a browser send requests to loopback. It cannot send a GET with our token. Several signs, each
//! sufficient, refuse the requests that it can send: the token, the method, a `Host` that is not ours (a DNS name of
//! the page's that points here), and the headers that browsers add to the requests of a page.

mod path;
mod refusal;
#[cfg(test)]
mod tests;
mod unserved;

use subtle::ConstantTimeEq;

pub use path::{SESSIONS, STATUS, changes_path, credentials_path, session_path};
pub use refusal::Refusal;
pub use unserved::{UNSERVED, Unserved};

use crate::name::ProfileName;
use crate::name::secret::Secret;
use crate::session::pin::Pin;

/// The part of a request that comes before its body.
#[derive(Debug)]
pub struct Head<'a> {
    /// The method, which is usually `GET`.
    pub method: &'a str,
    /// The target of the request, such as `/v1/credentials/prod/account=123456789012`.
    pub target: &'a str,
    /// Every header; names in lower case.
    pub headers: Vec<(&'a str, &'a [u8])>,
}

/// The way by which a request came in.
#[derive(Debug, Clone, Copy)]
pub enum Channel<'a> {
    /// The loopback address, which every program and every web page here can reach.
    Loopback {
        /// The port of the endpoint.
        port: u16,
        /// The token that a client must know.
        token: &'a Secret,
    },
    /// The unix socket. The kernel has confirmed the user of the program at the other end.
    Socket,
}

/// A request that is allowed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// The credentials in the format of AWS's SDKs.
    Credentials(ProfileName, Pin),
    /// The credentials with the facts about the session, for our own commands.
    Session(ProfileName, Pin),
    /// The sessions that are ready, without any secret.
    Sessions,
    /// A notice when something has changed since the given mark. Without a mark it is sent at once.
    Changes(Option<String>),
    /// The state of the broker.
    Status,
}

/// Decides whether a request may be answered, and returns what it asks for.
pub fn judge(head: &Head<'_>, channel: Channel<'_>) -> Result<Asked, Refusal> {
    if head.method != "GET" {
        return Err(Refusal::Method);
    }
    if let Channel::Loopback { port, token } = channel {
        // A header that is there twice is read by one as the first, by another as the last.
        let host = head.only("host").ok_or(Refusal::Host)?;
        // AWS's common runtime (CRT) sends an address without the port. A page's own name is refused either way.
        let ours = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), "127.0.0.1".to_owned()];
        if !ours.iter().any(|name| name.as_bytes() == host) {
            return Err(Refusal::Host);
        }
        let by_a_page = head.headers.iter().any(|(name, value)| match *name {
            "origin" | "referer" => true,
            name => name.starts_with("sec-fetch-") && *value != b"none",
        });
        if by_a_page {
            return Err(Refusal::Page);
        }
        if !head.headers.iter().any(|(name, _)| *name == "authorization") {
            return Err(Refusal::NoToken);
        }
        let given = head.only("authorization").unwrap_or_default();
        if !bool::from(given.ct_eq(token.expose().as_bytes())) {
            return Err(Refusal::Token);
        }
    }
    path::asked(head.target, channel).ok_or(Refusal::Target)
}

impl<'a> Head<'a> {
    /// Returns the value of a header that occurs exactly once.
    fn only(&self, name: &str) -> Option<&'a [u8]> {
        let mut found = self.headers.iter().filter(|(known, _)| *known == name).map(|(_, value)| *value);
        let first = found.next()?;
        found.next().is_none().then_some(first)
    }
}
