//! The two public clients of AWS Sign-In, and the requirements for their authorization requests.

use super::CONFIRMATION;
use crate::wire::call::Call;
use crate::wire::encoding::unbase64url;

/// The clients that AWS knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Client {
    /// The browser is on this machine.
    SameDevice,
    /// The browser is elsewhere, and the person carries the code over.
    CrossDevice,
}

impl Client {
    pub(super) fn named(id: &str) -> Option<Self> {
        match id {
            "arn:aws:signin:::devtools/same-device" => Some(Self::SameDevice),
            "arn:aws:signin:::devtools/cross-device" => Some(Self::CrossDevice),
            _ => None,
        }
    }

    /// Returns the name of the resource in IAM policies.
    pub(super) fn resource(self, region: &str, account: &str) -> String {
        let name = match self {
            Self::SameDevice => "localhost",
            Self::CrossDevice => "remote",
        };
        format!("arn:aws:signin:{region}:{account}:oauth2/public-client/{name}")
    }

    /// Returns true if the browser may be redirected there: to a listener on this machine, or to this service's own
    /// page.
    fn may_redirect_to(self, uri: &str, call: &Call) -> bool {
        match self {
            Self::SameDevice => loopback_port(uri, "/oauth/callback").is_some(),
            Self::CrossDevice => ["127.0.0.1", "localhost"]
                .iter()
                .any(|host| uri == format!("http://{host}:{}{CONFIRMATION}", call.port)),
        }
    }
}

/// Returns the port of `http://127.0.0.1:PORT/PATH`, if `uri` is that.
pub(crate) fn loopback_port(uri: &str, path: &str) -> Option<u16> {
    let port = uri.strip_prefix("http://127.0.0.1:")?.strip_suffix(path)?;
    port.parse().ok().filter(|port| *port != 0)
}

/// An authorization request that is in order.
#[derive(Debug)]
pub(super) struct Asked {
    pub(super) client_id: String,
    pub(super) client: Client,
    pub(super) redirect: String,
    pub(super) state: String,
    pub(super) challenge: String,
}

impl Asked {
    /// Parses the query, or returns what is wrong with it. An invalid request is never redirected.
    pub(super) fn read(call: &Call) -> Result<Self, String> {
        let query = call.browser_query();
        let text = |name: &str| query.given(name).ok_or_else(|| format!("{name} is missing"));
        let exactly = |name: &str, wanted: &str| match text(name)? {
            given if given == wanted => Ok(()),
            given => Err(format!("{name} is {given}, not {wanted}")),
        };
        exactly("response_type", "code")?;
        let client_id = text("client_id")?;
        let client = Client::named(client_id).ok_or_else(|| format!("there is no client {client_id}"))?;
        // AWS requires this spelling, and not S256 as RFC 7636.
        exactly("code_challenge_method", "SHA-256")?;
        let challenge = text("code_challenge")?;
        if unbase64url(challenge).is_none_or(|hash| hash.len() != 32) {
            return Err("code_challenge is not the base64url of a SHA-256".to_owned());
        }
        if !text("scope")?.split(' ').any(|scope| scope == "openid") {
            return Err("scope lacks openid".to_owned());
        }
        let redirect = text("redirect_uri")?;
        if !client.may_redirect_to(redirect, call) {
            return Err(format!("redirect_uri {redirect} is not one of this client's"));
        }
        Ok(Self {
            client_id: client_id.to_owned(),
            client,
            redirect: redirect.to_owned(),
            state: text("state")?.to_owned(),
            challenge: challenge.to_owned(),
        })
    }
}
