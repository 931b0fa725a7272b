//! Builds the address to which the browser is sent. The two services use different names for three parameters, and AWS
//! Sign-In calls its challenge method `SHA-256`, which OAuth calls `S256`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// The characters that are escaped in a query: all except those that OAuth leaves unescaped.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// The parameters of one authorization request.
#[derive(Debug, Clone, Copy)]
pub struct Authorization<'a> {
    /// The id of the client that asks.
    pub client_id: &'a str,
    /// The address that the answer is sent to.
    pub redirect_uri: &'a str,
    /// The value that the answer must contain.
    pub state: &'a str,
    /// The PKCE challenge of this sign-in.
    pub challenge: &'a str,
}

impl Authorization<'_> {
    /// Returns the page of AWS Sign-In. `base` is its origin.
    pub fn console(&self, base: &str) -> String {
        let query = query(&[
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("state", self.state),
            ("code_challenge_method", "SHA-256"),
            ("scope", "openid"),
            ("redirect_uri", self.redirect_uri),
            ("code_challenge", self.challenge),
        ]);
        format!("{base}/v1/authorize?{query}")
    }

    /// Returns the page of an Identity Center. `base` is the origin of its OIDC service.
    pub fn identity_center(&self, base: &str, scopes: &[String]) -> String {
        let query = query(&[
            ("response_type", "code"),
            ("client_id", self.client_id),
            ("redirect_uri", self.redirect_uri),
            ("state", self.state),
            ("code_challenge_method", "S256"),
            ("scopes", &scopes.join(" ")),
            ("code_challenge", self.challenge),
        ]);
        format!("{base}/authorize?{query}")
    }
}

/// Returns the loopback address to which the browser is sent back. It is a literal address, because `localhost` may be
/// another one.
pub fn redirect_uri(port: u16) -> String {
    format!("http://127.0.0.1:{port}{}", super::callback::PATH)
}

/// Writes the pairs of a query, escaped.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, QUERY));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::signin::vectors::{exchanges, text};

    /// Returns the members of a recorded query, unescaped.
    fn member(query: &str, name: &str) -> String {
        let value = query.split('&').find_map(|pair| pair.strip_prefix(&format!("{name}="))).unwrap();
        percent_encoding::percent_decode_str(value).decode_utf8().unwrap().into_owned()
    }

    #[test]
    fn the_browser_is_sent_where_the_aws_cli_sends_it() {
        for (path, scopes) in [("/v1/authorize", "scope"), ("/authorize", "scopes")] {
            for (step, exchange) in exchanges(path) {
                let recorded = text(&exchange["request"]["query"]);
                let (client_id, redirect_uri) =
                    (member(recorded, "client_id"), member(recorded, "redirect_uri"));
                let (state, challenge) = (member(recorded, "state"), member(recorded, "code_challenge"));
                let ours = Authorization {
                    client_id: &client_id,
                    redirect_uri: &redirect_uri,
                    state: &state,
                    challenge: &challenge,
                };
                let url = if path == "/v1/authorize" {
                    ours.console("http://127.0.0.1:1")
                } else {
                    ours.identity_center("http://127.0.0.1:1", &[member(recorded, scopes)])
                };
                assert_eq!(url, format!("http://127.0.0.1:1{path}?{recorded}"), "{step}");
            }
        }
    }

    #[test]
    fn the_way_back_is_a_literal_address_and_one_path() {
        assert_eq!(redirect_uri(8042), "http://127.0.0.1:8042/oauth/callback");
    }
}
