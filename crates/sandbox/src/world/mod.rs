//! Everything that the sandbox remembers: accounts, keys, sessions and buckets, in memory. Holds
//! and finds; who may do what is decided elsewhere.

mod account;
mod device;

pub(crate) use account::{
    Account, Document, Grants, Group, Managed, Role, User, boundary, documents, user_policies,
};
pub(crate) use device::Device;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use crate::caller::Session;
use crate::fixture::Fixture;
use crate::s3::Bucket;

/// A long-term access key.
#[derive(Debug)]
pub(crate) struct AccessKey {
    pub(crate) account: String,
    pub(crate) user: String,
    pub(crate) secret: String,
    pub(crate) active: bool,
    pub(crate) created: i64,
    /// When, and on which service and region, it was last used.
    pub(crate) last_used: Option<(i64, &'static str, String)>,
    /// So many calls are still refused as if there were no such key: IAM is consistent in a while.
    pub(crate) unknown_for: u32,
}

/// The whole state.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) keys: BTreeMap<String, AccessKey>,
    pub(crate) sessions: HashMap<String, Arc<Session>>,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// The most seconds that a session is given, whatever was asked for. AWS has no such thing;
    /// it lets tests see sessions end.
    pub(crate) lifetime: Option<u32>,
    /// How many calls with a new key are refused at first.
    pub(crate) key_lag: u32,
}

/// So many sessions are remembered; of the older ones the expired go.
const MAX_SESSIONS: usize = 100_000;

impl World {
    pub(crate) fn new(fixture: &Fixture, now: i64) -> Self {
        let home = fixture.home_account();
        let mut accounts: BTreeMap<String, Account> =
            fixture.account.iter().map(|entry| (entry.id.clone(), Account::new(entry))).collect();
        for (id, account) in &mut accounts {
            account.fill(fixture, |named| named.as_deref().unwrap_or(home) == id, now);
        }
        let mut keys = BTreeMap::new();
        for user in &fixture.user {
            if let Some(key) = &user.access_key {
                let entry = AccessKey {
                    account: user.account.as_deref().unwrap_or(home).to_owned(),
                    user: user.name.clone(),
                    secret: key.secret.clone(),
                    active: true,
                    created: now,
                    last_used: None,
                    unknown_for: 0,
                };
                keys.insert(key.id.clone(), entry);
            }
        }
        let buckets = fixture
            .bucket
            .iter()
            .map(|entry| {
                let owner = entry.account.as_deref().unwrap_or(home);
                (entry.name.clone(), Bucket::from_entry(entry, owner, now))
            })
            .collect();
        Self { accounts, keys, sessions: HashMap::new(), buckets, lifetime: None, key_lag: 0 }
    }

    pub(crate) fn user(&self, account: &str, name: &str) -> Option<&User> {
        self.accounts.get(account)?.users.get(name)
    }

    /// The account and name in a role's ARN, if there is such a role.
    pub(crate) fn role_by_arn(&self, arn: &str) -> Option<(&Account, &Role)> {
        let (id, name) = arn.strip_prefix("arn:aws:iam::")?.split_once(":role/")?;
        let account = self.accounts.get(id)?;
        Some((account, account.roles.get(name)?))
    }

    /// The device that `who` means: a serial number, or a user, whose first device that gives
    /// codes is taken.
    pub(crate) fn device(&self, who: &str) -> Option<&Device> {
        self.accounts.values().find_map(|account| {
            account.devices.get(who).or_else(|| {
                account
                    .devices
                    .values()
                    .filter(|device| device.user.as_deref() == Some(who) && device.gives_codes())
                    .min_by_key(|device| device.order)
            })
        })
    }

    pub(crate) fn remember(&mut self, session: Session, now: i64) -> Arc<Session> {
        if self.sessions.len() >= MAX_SESSIONS {
            self.sessions.retain(|_, session| session.expires > now);
        }
        let session = Arc::new(session);
        self.sessions.insert(session.access_key.clone(), Arc::clone(&session));
        session
    }
}
