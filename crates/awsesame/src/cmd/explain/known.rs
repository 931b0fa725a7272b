//! Recognizes our own credentials in the environment: sessions by their key, and the broker by its port.

use awsesame_core::fault::Fault;
use awsesame_core::name::AccessKeyId;
use awsesame_core::session::Header;

use crate::broker::address;
use crate::broker::place::BrokerPaths;
use crate::os::context::Context;
use crate::state::State;
use crate::vault::Vault;

/// Our own credentials in the environment: sessions and the broker.
pub(super) struct OwnCredentials {
    sessions: Vec<(AccessKeyId, Header)>,
    port: Option<u16>,
    /// The time at which the keys in the environment expire, in Unix seconds, as the program that exported them
    /// recorded it.
    pub(super) variables_end: Option<i64>,
}

impl OwnCredentials {
    /// Reads every session that can be opened without asking anybody.
    pub(super) fn read(context: Context, state: &State, now: i64) -> Result<Self, Fault> {
        let mut sessions = Vec::new();
        for (_, sealed) in state.sessions()? {
            let Ok(sealed) = sealed else { continue };
            let header = sealed.header();
            // `doctor` reports a store that cannot be reached.
            let opened = header
                .store
                .as_deref()
                .map(|store| Vault::open(state, store).and_then(|vault| vault.session(&header.subject, now)));
            if let Some(Ok(Ok(session))) = opened {
                sessions.push((AccessKeyId::new(session.credentials.access_key_id), session.header));
            }
        }
        let end = context.var("AWS_CREDENTIAL_EXPIRATION");
        let variables_end =
            end.and_then(|end| end.parse::<jiff::Timestamp>().ok()).map(jiff::Timestamp::as_second);
        let port = address::port(&BrokerPaths::of(state)).unwrap_or_default();
        Ok(Self { sessions, port, variables_end })
    }

    /// Returns our session to which a key belongs.
    pub(super) fn session(&self, key: &AccessKeyId) -> Option<&Header> {
        self.sessions.iter().find(|(known, _)| known == key).map(|(_, header)| header)
    }

    /// Returns true if an address is our broker's.
    pub(super) fn is_broker(&self, url: &str) -> bool {
        self.port.is_some_and(|port| url.starts_with(&format!("http://127.0.0.1:{port}/")))
    }
}
