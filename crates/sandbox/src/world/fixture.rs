//! The fixture file: users, keys, devices, policies, roles and buckets as TOML. Only its shape;
//! what it means is `world`'s business.

mod company;
#[cfg(test)]
mod tests;
mod tour;

pub use company::Company;
pub use tour::RoleTour;

use std::collections::BTreeMap;

use awsesame_policy::Policy;
use serde::Deserialize;
use thiserror::Error;

use crate::wire::encoding::unbase32;

/// The world that a sandbox starts with.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fixture {
    pub(crate) account: Vec<AccountEntry>,
    /// The account that manages the others, where they are an organization.
    pub(crate) management: Option<String>,
    #[serde(default)]
    pub(crate) policy: Vec<PolicyEntry>,
    #[serde(default)]
    pub(crate) group: Vec<GroupEntry>,
    #[serde(default)]
    pub(crate) user: Vec<UserEntry>,
    #[serde(default)]
    pub(crate) role: Vec<RoleEntry>,
    #[serde(default)]
    pub(crate) bucket: Vec<BucketEntry>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountEntry {
    pub(crate) id: String,
    pub(crate) alias: Option<String>,
    /// Service control policies of the organization that it is in.
    #[serde(default)]
    pub(crate) control: Vec<String>,
    /// What the organization calls it.
    pub(crate) name: Option<String>,
    /// Closed, but still listed.
    #[serde(default)]
    pub(crate) suspended: bool,
}

/// A managed policy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PolicyEntry {
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    pub(crate) document: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct GroupEntry {
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    #[serde(default)]
    pub(crate) policies: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) attached: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UserEntry {
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    /// The account's root user: every permission, and sessions of at most an hour.
    #[serde(default)]
    pub(crate) root: bool,
    #[serde(default)]
    pub(crate) groups: Vec<String>,
    pub(crate) access_key: Option<KeyEntry>,
    pub(crate) other_key: Option<KeyEntry>,
    /// The console's.
    pub(crate) password: Option<PasswordEntry>,
    /// How long before the start the user was made.
    #[serde(default)]
    pub(crate) age_days: u32,
    #[serde(default)]
    pub(crate) devices: Vec<DeviceEntry>,
    #[serde(default)]
    pub(crate) policies: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) attached: Vec<String>,
    /// The managed policy that limits the others.
    pub(crate) boundary: Option<String>,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeyEntry {
    pub(crate) id: String,
    pub(crate) secret: String,
    #[serde(default)]
    pub(crate) inactive: bool,
    /// How long before the start it was made.
    #[serde(default)]
    pub(crate) age_days: u32,
    pub(crate) used: Option<UseEntry>,
}

/// The last use of a key before the sandbox was started.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UseEntry {
    pub(crate) days_ago: u32,
    pub(crate) service: String,
    pub(crate) region: String,
}

/// A password for the console.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PasswordEntry {
    /// How long before the start it was set.
    #[serde(default)]
    pub(crate) age_days: u32,
    /// How long before the start it was last used, if it ever was.
    pub(crate) used_days_ago: Option<u32>,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum DeviceKind {
    #[default]
    Virtual,
    Hardware,
    /// A security key or passkey, which cannot give codes.
    Fido,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeviceEntry {
    pub(crate) serial: String,
    #[serde(default)]
    pub(crate) kind: DeviceKind,
    /// Base32.
    #[serde(default)]
    pub(crate) seed: String,
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct RoleEntry {
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    #[serde(default = "hour")]
    pub(crate) max_session: u32,
    pub(crate) trust: String,
    #[serde(default)]
    pub(crate) policies: BTreeMap<String, String>,
    #[serde(default)]
    pub(crate) attached: Vec<String>,
    /// The managed policy that limits the others.
    pub(crate) boundary: Option<String>,
}

fn hour() -> u32 {
    3600
}

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BucketEntry {
    pub(crate) name: String,
    pub(crate) account: Option<String>,
    #[serde(default)]
    pub(crate) objects: BTreeMap<String, String>,
}

/// Why a fixture was not taken.
#[derive(Debug, Error)]
pub enum FixtureError {
    /// No TOML, or TOML of another shape; the message names line and column.
    #[error("{0}")]
    Toml(#[from] toml::de::Error),
    /// A policy that does not parse.
    #[error("policy of {place}: {reason}")]
    Policy {
        /// Whose policy.
        place: String,
        /// What the policy parser said.
        reason: String,
    },
    /// Something names what is not there.
    #[error("{place} names {what}, which the fixture does not have")]
    Dangling {
        /// Who names it.
        place: String,
        /// What is named.
        what: String,
    },
    /// A value that cannot be used.
    #[error("{place}: {reason}")]
    Value {
        /// Where it stands.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl Fixture {
    /// The built-in fixture's text.
    pub const BUILTIN: &str = include_str!("fixture/builtin.toml");

    /// The built-in fixture.
    ///
    /// # Panics
    /// Never: the built-in text is tested.
    pub fn builtin() -> Self {
        Self::parse(Self::BUILTIN).expect("the built-in fixture is valid")
    }

    /// Reads a fixture and checks everything in it.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn parse(text: &str) -> Result<Self, FixtureError> {
        let fixture: Self = toml::from_str(text)?;
        fixture.check()?;
        Ok(fixture)
    }

    /// The account that entries without one belong to.
    pub(crate) fn home_account(&self) -> &str {
        &self.account[0].id
    }

    fn check(&self) -> Result<(), FixtureError> {
        if self.account.is_empty() {
            return Err(value("account", "at least one is needed"));
        }
        for account in &self.account {
            if account.id.len() != 12 || !account.id.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(value(&format!("account {}", account.id), "an id has twelve digits"));
            }
            for document in &account.control {
                parsed(&format!("account {}, control", account.id), document)?;
            }
        }
        self.known_account("management", self.management.as_deref())?;
        for user in &self.user {
            self.check_user(user)?;
        }
        for group in &self.group {
            let place = format!("group {}", group.name);
            self.check_policies(&place, group.account.as_deref(), &group.policies, &group.attached)?;
        }
        for role in &self.role {
            let place = format!("role {}", role.name);
            parsed(&place, &role.trust)?;
            self.check_policies(&place, role.account.as_deref(), &role.policies, &role.attached)?;
            self.check_managed(&place, role.account.as_deref(), role.boundary.as_slice())?;
        }
        for policy in &self.policy {
            self.known_account(&format!("policy {}", policy.name), policy.account.as_deref())?;
            parsed(&format!("policy {}", policy.name), &policy.document)?;
        }
        for bucket in &self.bucket {
            self.known_account(&format!("bucket {}", bucket.name), bucket.account.as_deref())?;
        }
        Ok(())
    }

    fn check_user(&self, user: &UserEntry) -> Result<(), FixtureError> {
        let place = format!("user {}", user.name);
        self.check_policies(&place, user.account.as_deref(), &user.policies, &user.attached)?;
        self.check_managed(&place, user.account.as_deref(), user.boundary.as_slice())?;
        for name in &user.groups {
            if !self.group.iter().any(|group| group.name == *name && group.account == user.account) {
                return Err(dangling(&place, &format!("group {name}")));
            }
        }
        let mut keys = user.access_key.iter().chain(&user.other_key);
        if keys.any(|key| !(16..=128).contains(&key.id.len())) {
            return Err(value(&place, "an access key id has 16 to 128 characters"));
        }
        for device in &user.devices {
            let seed = unbase32(&device.seed);
            if device.kind != DeviceKind::Fido && seed.is_none_or(|seed| seed.len() < 10) {
                return Err(value(
                    &place,
                    &format!("device {} needs a base32 seed of at least 16 characters", device.serial),
                ));
            }
        }
        Ok(())
    }

    fn check_policies(
        &self,
        place: &str,
        account: Option<&str>,
        inline: &BTreeMap<String, String>,
        attached: &[String],
    ) -> Result<(), FixtureError> {
        self.known_account(place, account)?;
        for (name, document) in inline {
            parsed(&format!("{place}, {name}"), document)?;
        }
        self.check_managed(place, account, attached)
    }

    fn check_managed(
        &self,
        place: &str,
        account: Option<&str>,
        names: &[String],
    ) -> Result<(), FixtureError> {
        for name in names {
            if !self.policy.iter().any(|policy| policy.name == *name && policy.account.as_deref() == account)
            {
                return Err(dangling(place, &format!("policy {name}")));
            }
        }
        Ok(())
    }

    fn known_account(&self, place: &str, account: Option<&str>) -> Result<(), FixtureError> {
        match account {
            Some(id) if !self.account.iter().any(|account| account.id == id) => {
                Err(dangling(place, &format!("account {id}")))
            }
            _ => Ok(()),
        }
    }
}

fn parsed(place: &str, document: &str) -> Result<(), FixtureError> {
    match Policy::parse(document) {
        Ok(_) => Ok(()),
        Err(error) => Err(FixtureError::Policy { place: place.to_owned(), reason: error.to_string() }),
    }
}

fn value(place: &str, reason: &str) -> FixtureError {
    FixtureError::Value { place: place.to_owned(), reason: reason.to_owned() }
}

fn dangling(place: &str, what: &str) -> FixtureError {
    FixtureError::Dangling { place: place.to_owned(), what: what.to_owned() }
}
