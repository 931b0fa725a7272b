//! The content of one account: users, groups, roles, policies, devices. It is plain data.

use std::collections::BTreeMap;

use awsesame_policy::Policy;

use super::credential_report::CredentialReport;
use super::device::Device;
use super::document::Document;
use super::fixture::{AccountEntry, Fixture};
use super::id;
use super::password::Password;
use crate::clock::days_before;

/// A managed policy of the account.
#[derive(Debug)]
pub(crate) struct Managed {
    pub(crate) arn: String,
    pub(crate) name: String,
    pub(crate) document: Document,
    pub(crate) created: i64,
}

/// The policies of a user, group or role.
#[derive(Debug, Default)]
pub(crate) struct Grants {
    pub(crate) inline: BTreeMap<String, Document>,
    /// The names of the managed policies that are attached.
    pub(crate) attached: Vec<String>,
    /// The name of the managed policy that is the boundary.
    pub(crate) boundary: Option<String>,
}

#[derive(Debug)]
pub(crate) struct User {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) id: String,
    pub(crate) root: bool,
    pub(crate) groups: Vec<String>,
    pub(crate) grants: Grants,
    pub(crate) password: Option<Password>,
    pub(crate) created: i64,
}

#[derive(Debug)]
pub(crate) struct Group {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) grants: Grants,
    pub(crate) created: i64,
}

#[derive(Debug)]
pub(crate) struct Role {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) id: String,
    pub(crate) trust: Document,
    /// The longest session of the role, in seconds.
    pub(crate) max_session: u32,
    pub(crate) grants: Grants,
    pub(crate) created: i64,
}

#[derive(Debug)]
pub(crate) struct Account {
    pub(crate) id: String,
    pub(crate) alias: Option<String>,
    /// The organization's policies for it.
    pub(crate) control: Vec<Document>,
    /// The name that the organization gives it.
    pub(crate) name: Option<String>,
    pub(crate) suspended: bool,
    pub(crate) users: BTreeMap<String, User>,
    pub(crate) groups: BTreeMap<String, Group>,
    pub(crate) roles: BTreeMap<String, Role>,
    pub(crate) policies: BTreeMap<String, Managed>,
    /// The devices by serial number, assigned or not.
    pub(crate) devices: BTreeMap<String, Device>,
    /// The OIDC providers by their address without `https://`, with the permitted audiences of their tokens.
    pub(crate) identity_providers: BTreeMap<String, Vec<String>>,
    /// The newest one, in the making or finished.
    pub(crate) credential_report: Option<CredentialReport>,
}

/// Returns the policies that `grants` give, with the managed ones looked up.
pub(crate) fn documents<'a>(account: &'a Account, grants: &'a Grants) -> impl Iterator<Item = &'a Policy> {
    let inline = grants.inline.values().map(|document| &document.policy);
    let managed = grants.attached.iter().filter_map(|name| account.policies.get(name));
    inline.chain(managed.map(|managed| &managed.document.policy))
}

/// Returns all identity policies of a user: its own and its groups'.
pub(crate) fn user_policies<'a>(account: &'a Account, user: &'a User) -> Vec<&'a Policy> {
    let groups = user.groups.iter().filter_map(|name| account.groups.get(name));
    documents(account, &user.grants)
        .chain(groups.flat_map(|group| documents(account, &group.grants)))
        .collect()
}

/// Returns the permissions boundary of `grants`.
pub(crate) fn boundary<'a>(account: &'a Account, grants: &Grants) -> Option<&'a Policy> {
    let managed = account.policies.get(grants.boundary.as_ref()?)?;
    Some(&managed.document.policy)
}

fn grants(inline: &BTreeMap<String, String>, attached: &[String], boundary: Option<&String>) -> Grants {
    Grants {
        inline: inline.iter().map(|(name, text)| (name.clone(), Document::checked(text))).collect(),
        attached: attached.to_vec(),
        boundary: boundary.cloned(),
    }
}

impl Account {
    pub(super) fn new(entry: &AccountEntry) -> Self {
        Self {
            id: entry.id.clone(),
            alias: entry.alias.clone(),
            control: entry.control.iter().map(|text| Document::checked(text)).collect(),
            name: entry.name.clone(),
            suspended: entry.suspended,
            users: BTreeMap::new(),
            groups: BTreeMap::new(),
            roles: BTreeMap::new(),
            policies: BTreeMap::new(),
            devices: BTreeMap::new(),
            identity_providers: BTreeMap::new(),
            credential_report: None,
        }
    }

    /// Returns the managed policy of this ARN.
    pub(crate) fn managed(&self, arn: &str) -> Option<&Managed> {
        self.policies.values().find(|policy| policy.arn == arn)
    }

    /// Returns an ARN of the form `arn:aws:iam::ACCOUNT:KIND/NAME`.
    pub(crate) fn arn(&self, kind: &str, name: &str) -> String {
        format!("arn:aws:iam::{}:{kind}/{name}", self.id)
    }

    /// Copies everything in the fixture for which `mine` is true.
    pub(super) fn fill(&mut self, fixture: &Fixture, mine: impl Fn(&Option<String>) -> bool, now: i64) {
        for entry in fixture.policy.iter().filter(|entry| mine(&entry.account)) {
            let managed = Managed {
                arn: self.arn("policy", &entry.name),
                name: entry.name.clone(),
                document: Document::checked(&entry.document),
                created: now,
            };
            self.policies.insert(entry.name.clone(), managed);
        }
        for entry in fixture.group.iter().filter(|entry| mine(&entry.account)) {
            let group = Group {
                name: entry.name.clone(),
                arn: self.arn("group", &entry.name),
                grants: grants(&entry.policies, &entry.attached, None),
                created: now,
            };
            self.groups.insert(entry.name.clone(), group);
        }
        for entry in fixture.identity_provider.iter().filter(|entry| mine(&entry.account)) {
            self.identity_providers.insert(entry.url.clone(), entry.audiences.clone());
        }
        for entry in fixture.role.iter().filter(|entry| mine(&entry.account)) {
            let arn = self.arn("role", &entry.name);
            let role = Role {
                name: entry.name.clone(),
                id: id::stable("AROA", &arn),
                arn,
                trust: Document::checked(&entry.trust),
                max_session: entry.max_session,
                grants: grants(&entry.policies, &entry.attached, entry.boundary.as_ref()),
                created: now,
            };
            self.roles.insert(entry.name.clone(), role);
        }
        for entry in fixture.user.iter().filter(|entry| mine(&entry.account)) {
            let (arn, id) = if entry.root {
                (format!("arn:aws:iam::{}:root", self.id), self.id.clone())
            } else {
                let arn = self.arn("user", &entry.name);
                let id = id::stable("AIDA", &arn);
                (arn, id)
            };
            for device in &entry.devices {
                let order = self.devices.len();
                self.devices
                    .insert(device.serial.clone(), Device::from_entry(device, &entry.name, order, now));
            }
            let user = User {
                name: entry.name.clone(),
                arn,
                id,
                root: entry.root,
                groups: entry.groups.clone(),
                grants: grants(&entry.policies, &entry.attached, entry.boundary.as_ref()),
                password: entry.password.as_ref().map(|password| Password::from_entry(password, now)),
                created: days_before(now, entry.age_days),
            };
            self.users.insert(entry.name.clone(), user);
        }
    }
}
