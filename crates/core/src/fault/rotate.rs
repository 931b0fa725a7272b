//! The faults of the rotation of a long-term key.

use crate::name::{AccessKeyId, ProfileName, Shown, Typed};

/// The credentials that the calls of a rotation are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedBy {
    /// The key itself, which may be part of the rotation.
    Key,
    /// A session whose code was typed just now.
    NewSession,
    /// A session whose code may be too old for a policy.
    OldSession,
}

impl SignedBy {
    /// Returns the kind of a session, by the age of its MFA in seconds. A practical policy allows at least fifteen
    /// minutes.
    pub const fn session(mfa_age: Option<i64>) -> Self {
        match mfa_age {
            Some(0..900) => Self::NewSession,
            _ => Self::OldSession,
        }
    }
}

/// The reasons why a key is not replaced, or a rotation does not continue.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum RotateFault {
    /// The user has as many keys as AWS allows.
    #[error(
        "the user of profile `{profile}` has a second key, `{other}` ({}), and AWS allows only two",
        Shown(about)
    )]
    Full { other: AccessKeyId, about: String, profile: ProfileName },
    /// A key that is to make room, and is not there.
    #[error("the user of profile `{profile}` has no other key `{key}`")]
    NoSuchKey { key: AccessKeyId, profile: ProfileName },
    /// A key that is neither in a file nor in a store.
    #[error("the key `{key}` is in the environment, where awsesame cannot replace it")]
    InEnvironment { key: AccessKeyId },
    /// A key that a program gives.
    #[error(
        "the `credential_process` of profile `{profile}` gives its key, so it cannot be replaced from here"
    )]
    Printed { profile: ProfileName },
    /// AWS does not accept the key that should be replaced.
    #[error("AWS does not accept the key `{key}` of profile `{profile}`, so awsesame cannot rotate it")]
    OldDead { key: AccessKeyId, profile: ProfileName },
    /// AWS does not accept the key that replaced the old one.
    #[error(
        "AWS does not accept `{new}`, which replaced the key `{old}` of profile `{profile}`; nothing was deleted"
    )]
    NewDead { old: AccessKeyId, new: AccessKeyId, profile: ProfileName },
    /// A new key that does not work.
    #[error(
        "AWS created the key `{new}` for the user of profile `{profile}` but does not accept it: {}",
        Shown(why)
    )]
    Unproven { new: AccessKeyId, why: String, profile: ProfileName },
    /// The policies do not allow the user to rotate the key.
    #[error("AWS does not allow `iam:{operation}` for the user of profile `{profile}`: {}", Shown(why))]
    NotAllowed { operation: &'static str, why: String, signed: SignedBy, profile: ProfileName },
    /// There is no rotation to undo.
    #[error("no rotation of the key of profile `{profile}` can be undone: none is under way")]
    NothingToUndo { profile: ProfileName },
}

impl RotateFault {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Full { other, profile, .. } => format!(
                "if nothing needs it, delete it to make room: awsesame keys rotate --drop {}{}",
                Typed(other.as_str()),
                profile.flag()
            ),
            Self::NoSuchKey { .. } => "see which keys there are: awsesame keys list".into(),
            Self::Unproven { profile, .. } => {
                format!("the old key is in use again; try once more: awsesame keys rotate{}", profile.flag())
            }
            Self::Printed { profile } => {
                format!("add a key to a store first: awsesame keys add{}", profile.flag())
            }
            Self::InEnvironment { .. } => "store it for a profile: awsesame keys add -p NAME".into(),
            Self::OldDead { profile, .. } | Self::NewDead { profile, .. } => {
                format!("add a working key: awsesame keys add{}", profile.flag())
            }
            Self::NotAllowed { signed: SignedBy::Key, profile, .. } => {
                format!("if the policy requires MFA, enroll a device: awsesame mfa enroll{}", profile.flag())
            }
            Self::NotAllowed { signed: SignedBy::OldSession, profile, .. } => {
                format!(
                    "if the policy limits the age of MFA, get a new session: awsesame login --force{}",
                    profile.flag()
                )
            }
            Self::NotAllowed { signed: SignedBy::NewSession, .. } => {
                "to let users manage their own keys: awsesame policy show --for self-service".into()
            }
            Self::NothingToUndo { .. } => "list the keys: awsesame keys list".into(),
        }
    }
}
