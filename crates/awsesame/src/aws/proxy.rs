//! Finds the proxy between awsesame and an endpoint: which variable names it, and which endpoints need none. The HTTP
//! client reads the same variables, but it does not support `NO_PROXY=host:port`, so that is decided here.

use aws_smithy_http_client::proxy::ProxyConfig;
use awsesame_core::answer::translate::Proxy;
use awsesame_core::fault::Fault;
use awsesame_core::plan::ClientSettings;

use crate::os::context::Context;

const HTTPS: [&str; 2] = ["HTTPS_PROXY", "https_proxy"];
const HTTP: [&str; 2] = ["HTTP_PROXY", "http_proxy"];
const ALL: [&str; 2] = ["ALL_PROXY", "all_proxy"];
const NONE: [&str; 2] = ["NO_PROXY", "no_proxy"];

/// Returns the proxy of an endpoint, for messages: its password taken out.
pub fn of(endpoint: &str, context: Context) -> Option<Proxy> {
    let (variable, url) = named(endpoint, context)?;
    if is_excluded(endpoint, &excluded(context)) {
        return None;
    }
    let address = match url.rsplit_once('@') {
        Some((before, host)) => {
            let scheme = before.split_once("://").map_or("http", |(scheme, _)| scheme);
            format!("{scheme}://{host}")
        }
        None => url,
    };
    Some(Proxy { address, variable })
}

/// Refuses an invalid proxy address, because the HTTP client would silently ignore it.
pub fn check(endpoint: &str, context: Context) -> Result<(), Fault> {
    let Some((setting, url)) = named(endpoint, context) else { return Ok(()) };
    let host = url.rsplit_once('@').map_or(url.as_str(), |(_, host)| host);
    if authority(host).is_some_and(|(host, port)| !host.is_empty() && port != Some(0)) {
        return Ok(());
    }
    let expected = "an address, as `http://HOST:PORT`".to_owned();
    Err(Fault::BadValue { setting, value: host.to_owned(), expected })
}

/// Returns the proxy configuration of the HTTP client. The client reads the variables itself, except for a `NO_PROXY`
/// with ports in it, and for `*`.
pub fn config(endpoints: &[&str], context: Context) -> ProxyConfig {
    let excluded = excluded(context);
    // The client would not apply it to an address that is a number.
    if excluded.iter().any(|entry| entry.host == "*" && entry.port.is_none()) {
        return ProxyConfig::disabled();
    }
    let (Some(first), true) = (endpoints.first(), excluded.iter().any(|entry| entry.port.is_some())) else {
        return ProxyConfig::from_env();
    };
    let Some((_, url)) = named(first, context) else { return ProxyConfig::from_env() };
    let left_out =
        |entry: &&Entry| entry.port.is_none() || endpoints.iter().any(|endpoint| entry.holds(endpoint));
    let hosts: Vec<&str> = excluded.iter().filter(left_out).map(|entry| entry.host.as_str()).collect();
    match ProxyConfig::all(url) {
        Ok(config) => config.no_proxy(hosts.join(",")),
        Err(_) => ProxyConfig::from_env(),
    }
}

/// Returns the endpoints to which the calls of a plan are sent.
pub fn endpoints(settings: &ClientSettings) -> Vec<&str> {
    let set = [&settings.sts_endpoint, &settings.iam_endpoint, &settings.s3_endpoint];
    let all: Vec<&str> = set.into_iter().flatten().map(String::as_str).collect();
    // AWS's own, as far as `NO_PROXY` can mean it.
    if all.is_empty() { vec!["https://sts.amazonaws.com"] } else { all }
}

/// Returns the variable that applies to an endpoint, and its value.
fn named(endpoint: &str, context: Context) -> Option<(&'static str, String)> {
    let own = if endpoint.starts_with("http://") { HTTP } else { HTTPS };
    own.into_iter().chain(ALL).find_map(|name| Some((name, context.var(name)?)))
}

/// One entry of the variable `NO_PROXY`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    host: String,
    port: Option<u16>,
}

impl Entry {
    /// Returns true if it leaves an endpoint out: the host itself, or one below it.
    fn holds(&self, endpoint: &str) -> bool {
        let Some((host, port)) = authority(endpoint) else { return false };
        let port = port.unwrap_or(if endpoint.starts_with("http://") { 80 } else { 443 });
        if self.port.is_some_and(|own| own != port) {
            return false;
        }
        let own = self.host.trim_start_matches("*.").trim_start_matches('.').to_ascii_lowercase();
        let below = || host.strip_suffix(own.as_str()).is_some_and(|rest| rest.ends_with('.'));
        self.host == "*" || host == own || below()
    }
}

fn excluded(context: Context) -> Vec<Entry> {
    let text = NONE.into_iter().find_map(|name| context.var(name)).unwrap_or_default();
    entries(&text)
}

fn entries(text: &str) -> Vec<Entry> {
    let entry = |word: &str| match word.rsplit_once(':') {
        // An IPv6 address contains colons itself.
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => {
            let host = host.trim_matches(['[', ']']).to_owned();
            port.parse().ok().map(|port| Entry { host, port: Some(port) })
        }
        _ => Some(Entry { host: word.to_owned(), port: None }),
    };
    text.split(',').map(str::trim).filter(|word| !word.is_empty()).filter_map(entry).collect()
}

fn is_excluded(endpoint: &str, excluded: &[Entry]) -> bool {
    excluded.iter().any(|entry| entry.holds(endpoint))
}

/// Returns the host and the port of a URL. Returns None if the port is not a number.
fn authority(url: &str) -> Option<(String, Option<u16>)> {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let text = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !host.contains(':') || host.ends_with(']') => (host, Some(port.parse().ok()?)),
        _ => (text, None),
    };
    Some((host.trim_matches(['[', ']']).to_ascii_lowercase(), port))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_leaves_out_hosts_and_ports_as_the_aws_cli_reads_it() {
        for (text, endpoint, out) in [
            ("127.0.0.1", "http://127.0.0.1:4566", true),
            ("127.0.0.1:4566", "http://127.0.0.1:4566", true),
            ("127.0.0.1:4567", "http://127.0.0.1:4566", false),
            ("a, localhost:80", "http://localhost", true),
            ("localhost:443", "http://localhost", false),
            (".corp.example", "https://sts.corp.example", true),
            ("corp.example:443", "https://sts.corp.example/x", true),
            ("corp.example", "https://notcorp.example", false),
            ("*", "https://sts.eu-west-1.amazonaws.com", true),
            ("[::1]:8080", "http://[::1]:8080", true),
            ("::1", "http://[::1]:8080", true),
            ("", "http://127.0.0.1", false),
        ] {
            assert_eq!(is_excluded(endpoint, &entries(text)), out, "{text} for {endpoint}");
        }
    }

    #[test]
    fn proxy_address_with_an_invalid_port_is_refused() {
        for (url, expected) in [
            ("http://proxy:3128", Some(("proxy".to_owned(), Some(3128)))),
            ("proxy:3128/", Some(("proxy".to_owned(), Some(3128)))),
            ("http://proxy", Some(("proxy".to_owned(), None))),
            ("http://proxy:99999", None),
            ("http://proxy:port", None),
            ("http://[::1]:1", Some(("::1".to_owned(), Some(1)))),
        ] {
            assert_eq!(authority(url), expected, "{url}");
        }
    }
}
