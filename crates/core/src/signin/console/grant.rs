//! The sealed record of a sign-in: the tokens, the key to which they are bound, and their Region. Its text is one JSON
//! object. New members need no new version number, and unknown members are ignored.

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::Answer;
use super::answer::Identity;
use crate::name::secret::Secret;
use crate::session::Credentials;
use crate::signin::dpop::DpopKey;

/// The remaining time at which credentials are refreshed, in seconds.
pub const REFRESH_BEFORE: i64 = 5 * 60;
/// The longest console session, in seconds: nothing refreshes beyond it.
pub const SESSION_MOST: i64 = 12 * 60 * 60;

/// The stored record of one sign-in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The ARN of who signed in.
    pub arn: String,
    /// The Region of the login, the only one that refreshes it.
    pub region: String,
    /// The endpoint that was set instead of AWS's own at the login.
    pub endpoint: Option<String>,
    /// The client that asked, one of the two.
    pub client_id: String,
    /// The time at which the browser returned, in Unix seconds.
    pub signed_in: i64,
    /// The credentials that calls are signed with.
    pub credentials: Credentials,
    /// The time when they were obtained, in unix seconds.
    pub obtained: i64,
    /// The time when they expire, in unix seconds.
    pub expires: i64,
    /// The token that gets the next credentials.
    pub refresh_token: Secret,
    /// The key to which the refresh token is bound.
    pub key: DpopKey,
    /// The id token, for the files of other tools.
    pub id_token: Option<Secret>,
    /// True if other tools have a copy in the clear, which must be updated too.
    pub published: bool,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Written<'a> {
    arn: &'a str,
    region: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    endpoint: Option<&'a str>,
    client_id: &'a str,
    signed_in: i64,
    access_key_id: &'a str,
    secret_access_key: &'a str,
    session_token: &'a str,
    obtained: i64,
    expires: i64,
    refresh_token: &'a str,
    dpop_key: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    id_token: Option<&'a str>,
    published: bool,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    arn: String,
    region: String,
    endpoint: Option<String>,
    client_id: String,
    signed_in: i64,
    access_key_id: String,
    secret_access_key: Secret,
    session_token: Secret,
    obtained: i64,
    expires: i64,
    refresh_token: Secret,
    dpop_key: Secret,
    id_token: Option<Secret>,
    #[serde(default)]
    published: bool,
}

impl Grant {
    /// Returns true if it is time for new credentials. Short lifetimes (a test server's) keep a margin in proportion.
    pub fn wants_refresh(&self, now: i64) -> bool {
        let life = self.expires.saturating_sub(self.obtained).max(0);
        self.expires.saturating_sub(now) <= REFRESH_BEFORE.min(life / 3)
    }

    /// Returns true if the credentials are still valid.
    pub fn lives(&self, now: i64) -> bool {
        self.expires > now
    }

    /// Returns the time when the session ends at the latest, in unix seconds.
    pub fn ends(&self) -> i64 {
        self.signed_in.saturating_add(SESSION_MOST)
    }

    /// Returns the record after a refresh.
    #[must_use]
    pub fn refreshed(&self, answer: Answer, now: i64) -> Self {
        let id_token = answer.identity.map(|Identity { token, .. }| token).or_else(|| self.id_token.clone());
        Self {
            credentials: answer.credentials,
            obtained: now,
            expires: now.saturating_add(answer.seconds),
            refresh_token: answer.refresh_token,
            id_token,
            ..self.clone()
        }
    }

    /// Writes it as the text that is sealed.
    ///
    /// # Panics
    /// Never: strings and numbers are JSON.
    pub fn to_text(&self) -> Zeroizing<String> {
        let dpop_key = self.key.to_pem();
        let written = Written {
            arn: &self.arn,
            region: &self.region,
            endpoint: self.endpoint.as_deref(),
            client_id: &self.client_id,
            signed_in: self.signed_in,
            access_key_id: &self.credentials.access_key_id,
            secret_access_key: self.credentials.secret_access_key.expose(),
            session_token: self.credentials.session_token.expose(),
            obtained: self.obtained,
            expires: self.expires,
            refresh_token: self.refresh_token.expose(),
            dpop_key: dpop_key.expose(),
            id_token: self.id_token.as_ref().map(Secret::expose),
            published: self.published,
        };
        Zeroizing::new(serde_json::to_string(&written).expect("strings and numbers are JSON"))
    }

    /// Reads it back; None for a text that no version wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        let read: Read = serde_json::from_str(text).ok()?;
        Some(Self {
            arn: read.arn,
            region: read.region,
            endpoint: read.endpoint,
            client_id: read.client_id,
            signed_in: read.signed_in,
            credentials: Credentials {
                access_key_id: read.access_key_id,
                secret_access_key: read.secret_access_key,
                session_token: read.session_token,
            },
            obtained: read.obtained,
            expires: read.expires,
            refresh_token: read.refresh_token,
            key: DpopKey::from_pem(read.dpop_key.expose())?,
            id_token: read.id_token,
            published: read.published,
        })
    }
}

#[cfg(test)]
pub(crate) fn fixture() -> Grant {
    Grant {
        arn: "arn:aws:sts::012345678910:assumed-role/Admin/admin".into(),
        region: "eu-central-1".into(),
        endpoint: None,
        client_id: super::SAME_DEVICE.into(),
        signed_in: 1_000_000,
        credentials: crate::fixture::credentials(),
        obtained: 1_000_000,
        expires: 1_000_900,
        refresh_token: Secret::new("refresh"),
        key: DpopKey::of(&[7; 32]).unwrap(),
        id_token: Some(Secret::new("e30.e30.c2ln")),
        published: false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grant_survives_being_written() {
        for grant in
            [fixture(), Grant { endpoint: Some("http://127.0.0.1:1".into()), id_token: None, ..fixture() }]
        {
            assert_eq!(Grant::from_text(&grant.to_text()), Some(grant));
        }
        let newer = fixture().to_text().replacen('{', r#"{"unknown":1,"#, 1);
        assert_eq!(Grant::from_text(&newer), Some(fixture()));
        for broken in ["", "{}", "null"] {
            assert_eq!(Grant::from_text(broken), None);
        }
        assert!(!format!("{:?}", fixture()).contains("refresh\""));
    }

    #[test]
    fn it_is_refreshed_in_the_last_five_minutes_and_ends_after_twelve_hours() {
        let grant = fixture();
        for (now, due) in [(1_000_000, false), (1_000_599, false), (1_000_600, true), (1_001_000, true)] {
            assert_eq!(grant.wants_refresh(now), due, "{now}");
        }
        assert_eq!(grant.ends(), 1_043_200);
    }

    #[test]
    fn a_refresh_keeps_the_key_the_region_and_the_time_of_the_login() {
        let answer = Answer {
            credentials: Credentials { access_key_id: "ASIANEW".into(), ..crate::fixture::credentials() },
            seconds: 900,
            refresh_token: Secret::new("next"),
            identity: None,
        };
        let next = fixture().refreshed(answer, 1_000_700);
        assert_eq!((next.expires, next.signed_in), (1_001_600, 1_000_000));
        assert_eq!(next.refresh_token, Secret::new("next"));
        assert_eq!(next.credentials.access_key_id, "ASIANEW");
        let unchanged = Grant {
            credentials: fixture().credentials,
            refresh_token: fixture().refresh_token,
            obtained: fixture().obtained,
            expires: fixture().expires,
            ..next
        };
        assert_eq!(unchanged, fixture());
    }
}
