//! Translates failures on the way to AWS to faults.

use super::{Context, Proxy, Unreached, UnreachedKind};
use crate::fault::Fault;

pub(super) fn unreached(unreached: &Unreached, context: &Context) -> Fault {
    let endpoint = unreached.endpoint.clone();
    let why = one_line(&unreached.words);
    let unknown = || Proxy { address: "unknown".to_owned(), variable: "HTTPS_PROXY" };
    let proxy = || context.proxy.clone().unwrap_or_else(unknown);
    let silent = |Proxy { address, variable }: Proxy, why| Fault::Proxy { proxy: address, variable, why };
    match unreached.kind {
        // After the connection is made, the proxy or a host behind it is what does not answer.
        UnreachedKind::Timeout(seconds) => match &context.proxy {
            Some(proxy) => silent(proxy.clone(), format!("no answer within {seconds} s")),
            None => Fault::Timeout { endpoint, seconds },
        },
        UnreachedKind::Tls => Fault::Tls { endpoint, why: certificate_words(&why) },
        UnreachedKind::NoTls => Fault::NoTls { endpoint },
        UnreachedKind::ProxyLogin => {
            let Proxy { address, variable } = proxy();
            Fault::ProxyLogin { proxy: address, variable }
        }
        UnreachedKind::Proxy => silent(proxy(), why),
        UnreachedKind::Dns => Fault::NoNetwork { endpoint, why: format!("its name has no address ({why})") },
        // With a proxy between, a connection that fails is one to the proxy.
        UnreachedKind::Connect => match &context.proxy {
            Some(proxy) => silent(proxy.clone(), why),
            None => Fault::NoNetwork { endpoint, why },
        },
        UnreachedKind::Other => Fault::NoNetwork { endpoint, why },
    }
}

/// Returns what rustls finds wrong with a certificate, in words for people.
fn certificate_words(words: &str) -> String {
    const KNOWN: [(&str, &str); 6] = [
        ("UnknownIssuer", "nobody here knows who issued it"),
        ("not valid for", "it is another server's"),
        ("NotValidForName", "it is another server's"),
        ("NotValidYet", "it is not valid yet; is this machine's clock right"),
        ("Expired", "it has expired"),
        ("CaUsedAsEndEntity", "it is an issuer's own, not a server's"),
    ];
    let known = KNOWN.into_iter().find(|(mark, _)| words.contains(mark));
    known.map_or_else(|| words.to_owned(), |(_, plain)| plain.to_owned())
}

/// The maximum number of characters of an error's words that are shown. AWS's longest explanations have some 500.
const MOST_CHARACTERS: usize = 600;

/// Returns an error's words fit for the end of a message: one line, not longer than a person reads, no full stop.
pub(super) fn one_line(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = line.trim_end_matches('.');
    match line.char_indices().nth(MOST_CHARACTERS) {
        _ if line.is_empty() => "no reason was given".to_owned(),
        Some((end, _)) => format!("{}...", &line[..end]),
        None => line.to_owned(),
    }
}
