//! Faults of the way to AWS.

use super::{Context, Unreached, UnreachedKind};
use crate::fault::Fault;

pub(super) fn unreached(unreached: &Unreached, context: &Context) -> Fault {
    let endpoint = unreached.endpoint.clone();
    let why = one_line(&unreached.words);
    match unreached.kind {
        UnreachedKind::Timeout(seconds) => Fault::Timeout { endpoint, seconds },
        UnreachedKind::Tls => Fault::Tls { endpoint, why },
        UnreachedKind::Proxy => {
            Fault::Proxy { proxy: context.proxy.clone().unwrap_or_else(|| "HTTPS_PROXY".to_owned()), why }
        }
        UnreachedKind::Dns => Fault::NoNetwork { endpoint, why: format!("its name has no address ({why})") },
        // With a proxy between, a connection that fails is one to the proxy.
        UnreachedKind::Connect => match &context.proxy {
            Some(proxy) => Fault::Proxy { proxy: proxy.clone(), why },
            None => Fault::NoNetwork { endpoint, why },
        },
        UnreachedKind::Other => Fault::NoNetwork { endpoint, why },
    }
}

/// An error's words fit for the end of a message: one line, no full stop.
pub(super) fn one_line(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches('.');
    if line.is_empty() { "no reason was given".to_owned() } else { line.to_owned() }
}
