//! The state of IAM Identity Center: its people, their assignments, the clients that registered, and the codes and
//! tokens that they were given.

use std::collections::{BTreeMap, HashMap};

use sha2::{Digest, Sha256};

use super::account::{Account, Grants, Role};
use super::device::Device;
use super::document::Document;
use super::fixture::{AssignmentEntry, CenterEntry, Fixture, PermissionSetEntry};
use super::id;
use super::password::Password;
use crate::wire::encoding::hex;

/// The trust policy of the roles that Identity Center creates. Nobody can assume them with AssumeRole.
const TRUST: &str = r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Federated":"arn:aws:iam::{A}:saml-provider/AWSSSO_DO_NOT_DELETE"},"Action":["sts:AssumeRoleWithSAML","sts:TagSession"],"Condition":{"StringEquals":{"SAML:aud":"https://signin.aws.amazon.com/saml"}}}}"#;

/// A person who can sign in at the portal.
#[derive(Debug)]
pub(crate) struct Person {
    pub(crate) password: Option<Password>,
    pub(crate) devices: Vec<Device>,
    /// The names of permission sets, by account.
    pub(crate) assignments: BTreeMap<String, Vec<String>>,
}

/// A permission set, and the name of the role that it is in every account.
#[derive(Debug)]
pub(crate) struct PermissionSet {
    pub(crate) role: String,
    /// The length of its sessions in seconds.
    pub(crate) session: u32,
}

/// A client, as it registered.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    pub(crate) secret: String,
    pub(crate) until: i64,
    pub(crate) scopes: Vec<String>,
    /// The grant types. Empty for a client of device codes that named none.
    pub(crate) grants: Vec<String>,
    pub(crate) redirects: Vec<String>,
}

/// A code that came by redirect, good once.
#[derive(Debug, Clone)]
pub(crate) struct PortalCode {
    pub(crate) client: String,
    pub(crate) person: String,
    pub(crate) redirect: String,
    pub(crate) challenge: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) until: i64,
}

/// The answer that a device code was given at the consent page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Consent {
    Pending,
    Denied,
    /// This person has given consent.
    Given(String),
    /// The client has fetched the token.
    Spent,
}

/// A device code that a client polls with.
#[derive(Debug, Clone)]
pub(crate) struct DeviceGrant {
    pub(crate) client: String,
    /// The code that the person types, such as `BCDF-GHJK`.
    pub(crate) user_code: String,
    pub(crate) consent: Consent,
    pub(crate) until: i64,
    /// The interval of the polls in seconds. It grows with every `slow_down`.
    pub(crate) interval: i64,
    pub(crate) polls: u32,
    pub(crate) polled: i64,
}

/// A portal session, to which access and refresh tokens belong.
#[derive(Debug, Clone)]
pub(crate) struct PortalSession {
    pub(crate) person: String,
    pub(crate) client: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) until: i64,
}

/// The state of IAM Identity Center.
#[derive(Debug)]
pub(crate) struct Center {
    pub(crate) settings: CenterEntry,
    pub(crate) people: BTreeMap<String, Person>,
    pub(crate) permission_sets: BTreeMap<String, PermissionSet>,
    pub(crate) clients: HashMap<String, Client>,
    pub(crate) codes: HashMap<String, PortalCode>,
    pub(crate) devices: HashMap<String, DeviceGrant>,
    pub(crate) sessions: HashMap<String, PortalSession>,
    /// The session and the end of each access token.
    pub(crate) access_tokens: HashMap<String, (String, i64)>,
    /// The session of each refresh token.
    pub(crate) refresh_tokens: HashMap<String, String>,
}

impl Center {
    /// Creates the portal that the fixture describes, and a role in every account in which a person has one.
    pub(super) fn new(fixture: &Fixture, accounts: &mut BTreeMap<String, Account>, now: i64) -> Option<Self> {
        let settings = fixture.identity_center.clone()?;
        let mut permission_sets = BTreeMap::new();
        for entry in &fixture.permission_set {
            let hash = hex(&Sha256::digest(format!("{}/{}", settings.start_url, entry.name)));
            let role = format!("AWSReservedSSO_{}_{}", entry.name, &hash[..16]);
            permission_sets.insert(entry.name.clone(), PermissionSet { role, session: entry.session });
        }
        let mut people = BTreeMap::new();
        for entry in &fixture.person {
            let device = |(order, device)| Device::from_entry(device, &entry.name, order, now);
            let assignments = assignments(&entry.assignments, accounts);
            for (account, names) in &assignments {
                let account = accounts.get_mut(account).expect("assignments name accounts of the fixture");
                for set in fixture.permission_set.iter().filter(|set| names.contains(&set.name)) {
                    add_role(account, set, &permission_sets[&set.name].role, now);
                }
            }
            let person = Person {
                password: entry.password.as_ref().map(|password| Password::from_entry(password, now)),
                devices: entry.devices.iter().enumerate().map(device).collect(),
                assignments,
            };
            people.insert(entry.name.clone(), person);
        }
        Some(Self {
            settings,
            people,
            permission_sets,
            clients: HashMap::new(),
            codes: HashMap::new(),
            devices: HashMap::new(),
            sessions: HashMap::new(),
            access_tokens: HashMap::new(),
            refresh_tokens: HashMap::new(),
        })
    }

    /// Deletes codes, sessions and tokens that have expired.
    pub(crate) fn forget_ended(&mut self, now: i64) {
        self.codes.retain(|_, code| code.until > now);
        self.sessions.retain(|_, session| session.until > now);
        let sessions = &self.sessions;
        self.access_tokens.retain(|_, (session, until)| *until > now && sessions.contains_key(session));
        self.refresh_tokens.retain(|_, session| sessions.contains_key(session));
    }
}

fn assignments(
    entries: &[AssignmentEntry],
    accounts: &BTreeMap<String, Account>,
) -> BTreeMap<String, Vec<String>> {
    let mut all: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for entry in entries {
        for account in accounts.keys().filter(|id| entry.account == "*" || entry.account == **id) {
            let names = all.entry(account.clone()).or_default();
            names.extend(entry.permission_sets.iter().cloned());
            names.sort();
            names.dedup();
        }
    }
    all
}

fn add_role(account: &mut Account, set: &PermissionSetEntry, name: &str, now: i64) {
    let arn = account.arn("role", name);
    let inline = set.policies.iter().map(|(name, text)| (name.clone(), Document::checked(text))).collect();
    let role = Role {
        name: name.to_owned(),
        id: id::stable("AROA", &arn),
        trust: Document::checked(&TRUST.replace("{A}", &account.id)),
        arn,
        max_session: set.session,
        grants: Grants { inline, ..Grants::default() },
        created: now,
    };
    account.roles.insert(name.to_owned(), role);
}
