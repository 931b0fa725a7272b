//! The state of the sandbox in memory: accounts, keys, sessions and buckets. It stores and finds things; the services
//! decide who may do what.

mod access_key;
mod account;
pub(crate) mod bucket;
pub(crate) mod caller;
pub(crate) mod center;
mod credential_report;
mod device;
mod document;
pub(crate) mod fixture;
pub(crate) mod id;
mod passkey;
mod password;
pub(crate) mod sign_in;
mod signin_token;
pub(crate) mod totp;

pub(crate) use access_key::AccessKey;
pub(crate) use account::{Account, Grants, Group, Managed, Role, User, boundary, documents, user_policies};
pub(crate) use bucket::{Bucket, Checksum};
pub(crate) use credential_report::{CredentialReport, Progress};
pub(crate) use device::Device;
pub(crate) use document::Document;
pub(crate) use passkey::Passkey;
pub(crate) use password::Password;
pub(crate) use signin_token::SigninToken;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use caller::Session;
use center::Center;
use fixture::Fixture;
use sign_in::SignIns;

/// The whole state of the sandbox.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) accounts: BTreeMap<String, Account>,
    pub(crate) keys: BTreeMap<String, AccessKey>,
    pub(crate) sessions: HashMap<String, Arc<Session>>,
    pub(crate) buckets: BTreeMap<String, Bucket>,
    /// The maximum lifetime of a session in seconds, whatever is requested. AWS has no such limit; it allows tests to
    /// see sessions expire.
    pub(crate) lifetime: Option<u32>,
    /// The number of calls with a new key that are refused at first.
    pub(crate) key_lag: u32,
    /// The number of seconds for which a credential report is in the making; `None` is forever.
    pub(crate) report_delay: Option<u32>,
    /// The account that manages the others, where they are an organization.
    pub(crate) management: Option<String>,
    /// The tokens that were given for signing in to the console.
    pub(crate) signin_tokens: HashMap<String, SigninToken>,
    /// The state of AWS Sign-In.
    pub(crate) sign_ins: SignIns,
    /// IAM Identity Center, if the fixture has it.
    pub(crate) center: Option<Center>,
}

/// The number of sessions that are remembered. Above it, expired sessions are removed.
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
            let account = user.account.as_deref().unwrap_or(home);
            for key in user.access_key.iter().chain(&user.other_key) {
                keys.insert(key.id.clone(), AccessKey::from_entry(key, account, &user.name, now));
            }
        }
        let center = Center::new(fixture, &mut accounts, now);
        let buckets = fixture
            .bucket
            .iter()
            .map(|entry| {
                let owner = entry.account.as_deref().unwrap_or(home);
                (entry.name.clone(), Bucket::from_entry(entry, owner, now))
            })
            .collect();
        Self {
            accounts,
            keys,
            sessions: HashMap::new(),
            buckets,
            lifetime: None,
            key_lag: 0,
            report_delay: Some(0),
            management: fixture.management.clone(),
            signin_tokens: HashMap::new(),
            sign_ins: SignIns::new(),
            center,
        }
    }

    pub(crate) fn user(&self, account: &str, name: &str) -> Option<&User> {
        self.accounts.get(account)?.users.get(name)
    }

    /// Returns the password of a user of IAM or of Identity Center.
    pub(crate) fn password_mut(&mut self, user: &str) -> Option<&mut Password> {
        let users = self.accounts.values_mut().filter_map(|account| account.users.get_mut(user));
        let people = self.center.iter_mut().filter_map(|center| center.people.get_mut(user));
        let passwords = users.filter_map(|user| user.password.as_mut());
        passwords.chain(people.filter_map(|person| person.password.as_mut())).next()
    }

    /// Returns the account and the name in a role's ARN, if the role exists.
    pub(crate) fn role_by_arn(&self, arn: &str) -> Option<(&Account, &Role)> {
        let (id, name) = arn.strip_prefix("arn:aws:iam::")?.split_once(":role/")?;
        let account = self.accounts.get(id)?;
        Some((account, account.roles.get(name)?))
    }

    /// Returns the device that `who` names: a serial number, or a user, whose first device that gives codes is used.
    pub(crate) fn device(&self, who: &str) -> Option<&Device> {
        let of_accounts = self.accounts.values().find_map(|account| {
            account.devices.get(who).or_else(|| {
                account
                    .devices
                    .values()
                    .filter(|device| device.user.as_deref() == Some(who) && device.gives_codes())
                    .min_by_key(|device| device.order)
            })
        });
        of_accounts.or_else(|| {
            let person = self.center.as_ref()?.people.get(who)?;
            person.devices.iter().find(|device| device.gives_codes())
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
