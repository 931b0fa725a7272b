//! Computes the canonical form of a request. It needs no key.

use super::presented::{Origin, Presented};
use crate::wire::call::Call;
use crate::wire::encoding::{percent, unpercent};

/// The way in which a service canonicalizes its paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Paths {
    /// Dots and doubled slashes are removed, and the path is encoded once more: for all services except S3.
    Normalized,
    /// The path is encoded once more, as it is. Only the published test suite has such paths.
    #[cfg(test)]
    Verbatim,
    /// The path is decoded and encoded once, and nothing is removed: for S3, where keys may contain dots and slashes.
    Plain,
}

/// Returns the canonical request, whose hash is signed.
pub(crate) fn canonical_request(call: &Call, presented: &Presented, paths: Paths, payload: &str) -> String {
    let mut out = String::with_capacity(512);
    out.push_str(&call.method);
    out.push('\n');
    out.push_str(&canonical_path(&call.path, paths));
    out.push('\n');
    out.push_str(&canonical_query(&call.query, presented.origin));
    out.push('\n');
    for name in &presented.signed_headers {
        out.push_str(name);
        out.push(':');
        let mut first = true;
        for (_, value) in call.headers.iter().filter(|(key, _)| key == name) {
            if !first {
                out.push(',');
            }
            first = false;
            for (index, word) in value.split_ascii_whitespace().enumerate() {
                if index > 0 {
                    out.push(' ');
                }
                out.push_str(word);
            }
        }
        out.push('\n');
    }
    out.push('\n');
    out.push_str(&presented.signed_headers.join(";"));
    out.push('\n');
    out.push_str(payload);
    out
}

fn canonical_path(path: &str, paths: Paths) -> String {
    match paths {
        Paths::Plain => percent(&unpercent(path), b"/"),
        #[cfg(test)]
        Paths::Verbatim => percent(path.as_bytes(), b"/"),
        Paths::Normalized => {
            let mut kept: Vec<&str> = Vec::new();
            for segment in path.split('/') {
                match segment {
                    "" | "." => {}
                    ".." => {
                        kept.pop();
                    }
                    other => kept.push(other),
                }
            }
            let mut normal = format!("/{}", kept.join("/"));
            let directory = path.ends_with('/') || path.ends_with("/.") || path.ends_with("/..");
            if directory && !kept.is_empty() {
                normal.push('/');
            }
            percent(normal.as_bytes(), b"/")
        }
    }
}

fn canonical_query(query: &str, origin: Origin) -> String {
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (percent(&unpercent(name), b""), percent(&unpercent(value), b""))
        })
        // A presigned request carries its signature where the query would be signed.
        .filter(|(name, _)| !(origin == Origin::Query && name == "X-Amz-Signature"))
        .collect();
    pairs.sort();
    let joined: Vec<String> = pairs.into_iter().map(|(name, value)| format!("{name}={value}")).collect();
    joined.join("&")
}
