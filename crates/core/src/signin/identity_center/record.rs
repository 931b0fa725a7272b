//! The sealed record of an access portal: the registrations of this client, and the token while there is one.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::oidc::Tokens;
use super::registration::{Flow, Registration};
use crate::name::secret::Secret;
use crate::signin::valid::exposed;

/// The remaining time at which a token is refreshed, in seconds.
const REFRESH_BEFORE: i64 = 5 * 60;
/// A token that can be refreshed is kept this long after its last use, in seconds: as long as
/// the longest session of AWS's. How long the portal refreshes it, only AWS knows.
const KEPT: i64 = 36 * 60 * 60;

/// The record of one portal.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Record {
    /// The client that signs in by browser.
    pub browser: Option<Registration>,
    /// The client that signs in by device code.
    pub device: Option<Registration>,
    /// The token; None after a logout.
    pub token: Option<Token>,
    /// True if other tools have a copy in the clear, which must be updated too.
    #[serde(default)]
    pub published: bool,
}

/// A token of the portal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// The token that the portal accepts.
    #[serde(serialize_with = "exposed")]
    pub access: Secret,
    /// The time when it expires, in unix seconds.
    pub expires: i64,
    /// The token that gets the next access token.
    #[serde(serialize_with = "exposed_option")]
    pub refresh: Option<Secret>,
    /// True if it came by device code, which also decides which client refreshes it.
    pub by_device: bool,
    /// The time at which the person signed in, in Unix seconds.
    pub signed_in: i64,
    /// The time when it was obtained, in unix seconds.
    pub obtained: i64,
}

#[expect(clippy::ref_option, reason = "serde hands over the field")]
fn exposed_option<S: serde::Serializer>(secret: &Option<Secret>, text: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => text.serialize_some(secret.expose()),
        None => text.serialize_none(),
    }
}

impl Token {
    /// Returns true if it is time for a new one. Short lifetimes (a test server's) keep a margin in proportion.
    pub fn wants_refresh(&self, now: i64) -> bool {
        let life = self.expires.saturating_sub(self.obtained).max(0);
        self.expires.saturating_sub(now) <= REFRESH_BEFORE.min(life / 3)
    }

    /// Returns true if the token is still valid.
    pub fn lives(&self, now: i64) -> bool {
        self.expires > now
    }
}

impl Record {
    /// Returns the client of a flow.
    pub fn client_of(&self, flow: Flow) -> Option<&Registration> {
        match flow {
            Flow::Browser => self.browser.as_ref(),
            Flow::DeviceCode => self.device.as_ref(),
        }
    }

    /// Returns the client that the token belongs to.
    pub fn client(&self) -> Option<&Registration> {
        let by_device = self.token.as_ref()?.by_device;
        self.client_of(if by_device { Flow::DeviceCode } else { Flow::Browser })
    }

    /// Stores the registration of a client.
    pub fn register(&mut self, flow: Flow, client: Registration) {
        match flow {
            Flow::Browser => self.browser = Some(client),
            Flow::DeviceCode => self.device = Some(client),
        }
    }

    /// Stores the first tokens of a sign-in.
    pub fn signed_in(&mut self, flow: Flow, tokens: Tokens, now: i64) {
        self.token = Some(Token {
            access: tokens.access,
            expires: now.saturating_add(tokens.seconds),
            refresh: tokens.refresh,
            by_device: flow == Flow::DeviceCode,
            signed_in: now,
            obtained: now,
        });
    }

    /// Stores the result of a refresh. Without a refresh token in the answer, the old one stays valid.
    pub fn refreshed(&mut self, tokens: Tokens, now: i64) {
        if let Some(token) = &mut self.token {
            token.access = tokens.access;
            token.expires = now.saturating_add(tokens.seconds);
            token.obtained = now;
            if tokens.refresh.is_some() {
                token.refresh = tokens.refresh;
            }
        }
    }

    /// Returns how long it is worth keeping, unix seconds.
    pub fn ends(&self, now: i64) -> i64 {
        match &self.token {
            Some(token) if token.refresh.is_some() => token.expires.max(token.obtained.saturating_add(KEPT)),
            Some(token) => token.expires,
            None => now.saturating_add(1),
        }
    }

    /// Writes it as the text that is sealed.
    ///
    /// # Panics
    /// Never: strings and numbers are JSON.
    pub fn to_text(&self) -> Zeroizing<String> {
        Zeroizing::new(serde_json::to_string(self).expect("strings and numbers are JSON"))
    }

    /// Reads it back; None for a text that no version wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }
}

#[cfg(test)]
pub(super) fn fixture() -> Record {
    let client = Registration {
        client_id: "client".into(),
        client_secret: Secret::new("clientsecret"),
        expires: 8_000_000,
        scopes: vec![super::registration::SCOPE.into()],
    };
    let mut record = Record::default();
    record.register(Flow::Browser, client);
    let tokens =
        Tokens { access: Secret::new("access"), seconds: 3600, refresh: Some(Secret::new("refresh")) };
    record.signed_in(Flow::Browser, tokens, 1_000_000);
    record
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_survives_being_written() {
        for record in [fixture(), Record::default(), Record { token: None, ..fixture() }] {
            assert_eq!(Record::from_text(&record.to_text()), Some(record));
        }
        assert_eq!(Record::from_text("[]"), None);
        assert!(!format!("{:?}", fixture()).contains("clientsecret"));
    }

    #[test]
    fn an_answer_without_a_refresh_token_leaves_the_old_one_in_force() {
        let mut record = fixture();
        record.refreshed(Tokens { access: Secret::new("next"), seconds: 3600, refresh: None }, 1_003_500);
        let token = record.token.clone().unwrap();
        assert_eq!((token.access.expose(), token.expires), ("next", 1_007_100));
        assert_eq!(token.refresh, Some(Secret::new("refresh")));
        assert_eq!(token.signed_in, 1_000_000);
        let rotated = Tokens { access: Secret::new("a"), seconds: 1, refresh: Some(Secret::new("rotated")) };
        record.refreshed(rotated, 1_003_600);
        assert_eq!(record.token.unwrap().refresh, Some(Secret::new("rotated")));
    }

    #[test]
    fn a_token_is_refreshed_in_its_last_five_minutes_by_the_client_that_it_belongs_to() {
        let record = fixture();
        let token = record.token.as_ref().unwrap();
        assert!(!token.wants_refresh(1_003_299) && token.wants_refresh(1_003_300));
        assert!(token.lives(1_003_599) && !token.lives(1_003_600));
        assert_eq!(record.client().map(|client| client.client_id.as_str()), Some("client"));
        let by_device = Record { token: Some(Token { by_device: true, ..token.clone() }), ..record.clone() };
        assert_eq!(by_device.client(), None);
        assert_eq!(record.ends(1_000_000), 1_000_000 + KEPT);
        let without = Record { token: Some(Token { refresh: None, ..token.clone() }), ..record };
        assert_eq!(without.ends(1_000_000), 1_003_600);
    }
}
