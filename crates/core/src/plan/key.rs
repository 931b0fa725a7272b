//! Finds the long-term access key in a profile or in the environment. Half a key is an error, and so is the key of a
//! session: AWS issues sessions for long-term keys only.

use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};

use super::request::EnvironmentFacts;
use crate::aws_files::profile::Settings;
use crate::fault::Fault;
use crate::name::secret::Secret;
use crate::name::{AccessKeyId, ProfileName, Subject};

/// A long-term access key and the place of its secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LongTermKey {
    /// The ID of the key.
    pub id: AccessKeyId,
    /// The secret, or its place.
    pub secret: Half,
    /// The holder of the key: the profile at the end of the chain, or the environment.
    pub holder: Subject,
}

/// The secret half of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Half {
    /// The secret is known: it comes from a file or a variable.
    Here(Secret),
    /// The secret is in a store, which is opened only when a call has to be signed.
    InStore {
        /// The name of the store.
        store: String,
        /// The profile for which the store is asked.
        profile: ProfileName,
    },
    /// The key is printed by a program, as by a `credential_process`, which is run only when a call has to be signed.
    /// Until then even the ID of the key is unknown, and a name that is derived from the command line represents it.
    Printed {
        /// The command line of the program.
        command: Secret,
        /// The profile with the command.
        profile: ProfileName,
    },
}

impl LongTermKey {
    /// Returns the key that the `credential_process` of a profile prints.
    pub(super) fn printed(profile: &ProfileName, command: &Secret) -> Self {
        let mut id = "credential_process-".to_owned();
        for byte in Sha256::digest(command.expose().as_bytes()).iter().take(8) {
            write!(id, "{byte:02x}").expect("a string takes whatever is written");
        }
        Self {
            id: AccessKeyId::new(id),
            secret: Half::Printed { command: command.clone(), profile: profile.clone() },
            holder: Subject::Profile(profile.clone()),
        }
    }
}

impl fmt::Display for LongTermKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.secret {
            Half::Here(_) | Half::InStore { .. } => {
                write!(f, "long-term key `{}` of {}", self.id, self.holder)
            }
            Half::Printed { .. } => {
                write!(f, "the long-term key that the `credential_process` of {} gives", self.holder)
            }
        }
    }
}

/// Returns the key of a profile. A key in a store takes precedence over a key in a file.
pub fn key_of_profile(profile: &ProfileName, settings: &Settings) -> Result<Option<LongTermKey>, Fault> {
    if let Some(stored) = settings.stored() {
        return Ok(Some(LongTermKey {
            id: stored.id.clone(),
            secret: Half::InStore { store: stored.store.clone(), profile: profile.clone() },
            holder: Subject::Profile(profile.clone()),
        }));
    }
    let half = |missing| Err(Fault::HalfKey { profile: profile.clone(), missing });
    match (settings.get("aws_access_key_id"), settings.secret("aws_secret_access_key")) {
        (None, None) => Ok(None),
        (Some(_), None) => half("aws_secret_access_key"),
        (None, Some(_)) => half("aws_access_key_id"),
        (Some(id), Some(_))
            if settings.has("aws_session_token")
                || settings.has("aws_security_token")
                || AccessKeyId::new(id).is_of_session() =>
        {
            Err(Fault::SessionCredentials {
                holder: format!("profile `{profile}`"),
                profile: Some(profile.clone()),
            })
        }
        (Some(id), Some(secret)) => Ok(Some(LongTermKey {
            id: AccessKeyId::new(id),
            secret: Half::Here(secret.clone()),
            holder: Subject::Profile(profile.clone()),
        })),
    }
}

/// Returns the key of `MASTER_AWS_ACCESS_KEY_ID` and `MASTER_AWS_SECRET_ACCESS_KEY`.
pub(super) fn master_key(environment: &EnvironmentFacts) -> Result<Option<LongTermKey>, Fault> {
    environment_key(
        (environment.master_key_id.as_ref(), "MASTER_AWS_ACCESS_KEY_ID"),
        (environment.master_secret.as_ref(), "MASTER_AWS_SECRET_ACCESS_KEY"),
    )
}

/// Returns the key of `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, which must not be a session's.
pub(super) fn plain_key(environment: &EnvironmentFacts) -> Result<Option<LongTermKey>, Fault> {
    let key = environment_key(
        (environment.key_id.as_ref(), "AWS_ACCESS_KEY_ID"),
        (environment.secret.as_ref(), "AWS_SECRET_ACCESS_KEY"),
    )?;
    if key.as_ref().is_some_and(|key| environment.session_token || key.id.is_of_session()) {
        return Err(Fault::SessionCredentials { holder: "the environment".to_owned(), profile: None });
    }
    Ok(key)
}

fn environment_key(
    (id, id_variable): (Option<&AccessKeyId>, &'static str),
    (secret, secret_variable): (Option<&Secret>, &'static str),
) -> Result<Option<LongTermKey>, Fault> {
    let id = id.filter(|id| !id.as_str().is_empty());
    let secret = secret.filter(|secret| !secret.expose().is_empty());
    match (id, secret) {
        (None, None) => Ok(None),
        (Some(_), None) => Err(Fault::HalfEnvironmentKey { missing: secret_variable }),
        (None, Some(_)) => Err(Fault::HalfEnvironmentKey { missing: id_variable }),
        (Some(id), Some(secret)) => Ok(Some(LongTermKey {
            id: id.clone(),
            secret: Half::Here(secret.clone()),
            holder: Subject::Environment(id.clone()),
        })),
    }
}
