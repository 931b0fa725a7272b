//! The plan: how the credentials of a profile are obtained, as a plain value that a table test can compare. Other
//! modules carry it out; nothing here calls AWS.
//!
//! Every plan is one of these:
//! - a long-term key, an MFA session, then roles in order (`Root::Session`);
//! - a long-term key, a role assumed directly with the code because it wants more
//!   than the hour AWS gives to chained roles, then roles (`Root::Direct`);
//! - a sign-in by browser, then roles (`Root::SignIn`);
//! - a role assumed with the token of a web identity, then roles (`Root::WebIdentity`);
//! - a session that a program prints, then roles (`Root::Program`);
//! - credentials of the container or instance, then roles (`Root::Ambient`).

mod chain;
mod client;
mod device;
mod duration;
mod hop;
mod id;
mod key;
mod request;
mod sign_in;
mod terms;
#[cfg(test)]
mod tests;
mod unattended;

pub use chain::OurProcess;
pub use client::{ClientSettings, Exports};
pub use device::{DeviceKind, Devices, ListedDevice, choose_devices, is_serial};
pub use hop::Hop;
pub use key::{Half, LongTermKey, key_of_profile};
pub use request::{EnvironmentFacts, Request};
pub use sign_in::SignIn;
pub use terms::{SessionPolicy, Terms};
pub use unattended::{PrintedSession, TokenSource, WebIdentity};

use crate::fault::Fault;
use crate::name::{AccessKeyId, Serial, Subject};

/// The seconds that AWS gives to roles assumed through another session, at most.
pub const CHAINED_MAX: u32 = 3600;
/// The least that AWS gives to any session, in seconds.
pub const SHORTEST: u32 = 900;
/// The maximum duration that AWS allows for a role session, in seconds.
pub const ROLE_MAX: u32 = 43_200;
/// The default duration of an MFA session in seconds, as in AWS.
pub const SESSION_DEFAULT: u32 = 43_200;
/// The maximum duration that AWS allows for an MFA session, in seconds.
pub const SESSION_MAX: u32 = 129_600;

/// The way in which the credentials of one subject are obtained.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The subject that the credentials are for.
    pub subject: Subject,
    /// The beginning of the chain.
    pub root: Root,
    /// The roles to assume after the root, in order; the last one is what is delivered.
    pub roles: Vec<Hop>,
    /// The settings with which AWS is reached.
    pub client: ClientSettings,
    /// The settings that the shell is given besides the keys.
    pub exports: Exports,
}

/// The beginning of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Root {
    /// `GetSessionToken` is called with a code.
    Session {
        /// The long-term key that asks.
        key: LongTermKey,
        /// The devices to try, in the order configured; empty: ask `iam:ListMFADevices`.
        serials: Vec<Serial>,
        /// The time for which the session is to last, in seconds.
        seconds: u32,
    },
    /// `AssumeRole` is called with the long-term key and a code.
    Direct {
        /// The long-term key that asks.
        key: LongTermKey,
        /// The devices to try, in the order configured; empty: ask `iam:ListMFADevices`.
        serials: Vec<Serial>,
        /// The role that is assumed.
        role: Box<Hop>,
        /// The time for which the role session is to last, in seconds.
        seconds: u32,
    },
    /// A person signs in by browser.
    SignIn(SignIn),
    /// `AssumeRoleWithWebIdentity` is called with a token from a file or a program.
    WebIdentity(Box<WebIdentity>),
    /// A session that a program prints.
    Program(PrintedSession),
    /// The credentials of a container or instance. There is no code and no MFA session.
    Ambient(Ambient),
}

/// The source of a machine's credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ambient {
    /// `credential_source = EcsContainer`: the endpoint of a container.
    Container,
    /// `credential_source = Ec2InstanceMetadata`: the metadata of an instance.
    Instance,
}

impl Ambient {
    /// Returns the value for it in `credential_source`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Container => "EcsContainer",
            Self::Instance => "Ec2InstanceMetadata",
        }
    }
}

impl Plan {
    /// Decides how the credentials are obtained.
    pub fn resolve(request: &Request<'_>) -> Result<Self, Fault> {
        let chain = chain::follow(request)?;
        let client = client::settings(request, &chain)?;
        let exports = client::exports(request, &chain)?;
        let (root, roles) =
            duration::share_out(chain.start, chain.serials, chain.hops, request.duration, &chain.subject)?;
        Ok(Self { subject: chain.subject, root, roles, client, exports })
    }

    /// Replaces the file names of session policies with the text of the files. `read` is called for each file. A plan
    /// can be carried out only after this.
    pub fn read_policies(
        &mut self,
        mut read: impl FnMut(&str) -> Result<String, Fault>,
    ) -> Result<(), Fault> {
        let first = match &mut self.root {
            Root::Direct { role, .. } => Some(&mut **role),
            Root::WebIdentity(web) => Some(&mut web.role),
            Root::Session { .. } | Root::SignIn(_) | Root::Program(_) | Root::Ambient(_) => None,
        };
        for role in first.into_iter().chain(&mut self.roles) {
            if let Some(SessionPolicy::File(path)) = &role.terms.policy {
                let text = terms::compact(&read(path)?).map_err(|why| Fault::BadPolicy {
                    profile: role.profile.clone(),
                    place: path.clone(),
                    why,
                })?;
                role.terms.policy = Some(SessionPolicy::Text(text));
            }
        }
        Ok(())
    }

    /// Returns the long-term key, unless the credentials are the machine's own.
    pub fn key(&self) -> Option<&LongTermKey> {
        match &self.root {
            Root::Session { key, .. } | Root::Direct { key, .. } => Some(key),
            Root::SignIn(_) | Root::WebIdentity(_) | Root::Program(_) | Root::Ambient(_) => None,
        }
    }

    /// Returns true if a profile defines the source of the credentials, so that every reader of the files can use it. A
    /// key or a web identity of this environment, and the credentials of the machine, are not available to every
    /// reader.
    pub fn begins_in_a_profile(&self) -> bool {
        match &self.root {
            Root::Session { key, .. } | Root::Direct { key, .. } => key.holder.profile().is_some(),
            Root::WebIdentity(_) => !self.is_of_environments_web_identity(),
            Root::SignIn(_) | Root::Program(_) => true,
            Root::Ambient(_) => false,
        }
    }

    /// Returns true if the plan begins with a web identity that the environment defines; the profile does not matter
    /// then.
    pub fn is_of_environments_web_identity(&self) -> bool {
        matches!(&self.root, Root::WebIdentity(web) if matches!(web.token, TokenSource::Variable(_)))
    }

    /// Returns the setting that provides credentials without a long-term key. None if there is a key.
    pub fn instead_of_a_key(&self) -> Option<&'static str> {
        match &self.root {
            Root::Session { .. } | Root::Direct { .. } => None,
            Root::SignIn(SignIn::Console(_)) => Some("login_session"),
            Root::SignIn(SignIn::Portal(portal, _)) if portal.session.is_some() => Some("sso_session"),
            Root::SignIn(SignIn::Portal(..)) => Some("sso_start_url"),
            Root::WebIdentity(web) => Some(web.token.setting()),
            Root::Program(_) => Some("credential_process"),
            Root::Ambient(_) => Some("credential_source"),
        }
    }

    /// Returns the same plan for another key of the same user, for the names of its files and locks. The secret is
    /// still that of the old key, so the plan must not be carried out.
    #[must_use]
    pub fn named_for(&self, id: &AccessKeyId) -> Self {
        let mut plan = self.clone();
        match &mut plan.root {
            Root::Session { key, .. } | Root::Direct { key, .. } => key.id = id.clone(),
            Root::SignIn(_) | Root::WebIdentity(_) | Root::Program(_) | Root::Ambient(_) => {}
        }
        plan
    }

    /// Returns the devices to try, in the order configured.
    pub fn serials(&self) -> &[Serial] {
        match &self.root {
            Root::Session { serials, .. } | Root::Direct { serials, .. } => serials,
            Root::SignIn(_) | Root::WebIdentity(_) | Root::Program(_) | Root::Ambient(_) => &[],
        }
    }

    /// Returns the role whose credentials are delivered, if the plan has roles.
    pub fn last_role(&self) -> Option<&Hop> {
        self.roles.last().or(match &self.root {
            Root::Direct { role, .. } => Some(role),
            Root::WebIdentity(web) => Some(&web.role),
            Root::Session { .. } | Root::SignIn(_) | Root::Program(_) | Root::Ambient(_) => None,
        })
    }
}
