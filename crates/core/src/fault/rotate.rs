//! What can go wrong with the rotation of a long-term key.

use crate::name::{AccessKeyId, ProfileName, Shown, Typed};

/// What the calls of a rotation are signed with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignedBy {
    /// A key, which may be part of the rotation.
    Key,
    /// A session whose code was given just now.
    NewSession,
    /// A session whose code was given so long ago that a policy may take it for too old.
    OldSession,
}

impl SignedBy {
    /// What a session is, by the age of its MFA in seconds. No policy that people can live
    /// with asks for less than a quarter of an hour.
    pub const fn session(mfa_age: Option<i64>) -> Self {
        match mfa_age {
            Some(0..900) => Self::NewSession,
            _ => Self::OldSession,
        }
    }
}

/// A key that is not replaced, or a rotation that cannot go on.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum RotateFault {
    /// The user has as many keys as AWS allows.
    #[error(
        "the user of profile `{profile}` has a second key, `{other}` ({}), and AWS allows no third",
        Shown(about)
    )]
    Full { other: AccessKeyId, about: String, profile: ProfileName },
    /// A key that is to make room, and is not there.
    #[error("`{key}` is no other key of the user of profile `{profile}`")]
    NoSuchKey { key: AccessKeyId, profile: ProfileName },
    /// A key that is neither in a file nor in a store.
    #[error("the key `{key}` stands in the environment, where it cannot be replaced")]
    InEnvironment { key: AccessKeyId },
    /// The key that was to be replaced is dead.
    #[error(
        "AWS does not take the key `{key}` of profile `{profile}`, so it cannot be replaced by another one"
    )]
    OldDead { key: AccessKeyId, profile: ProfileName },
    /// The key that replaced it is dead.
    #[error(
        "AWS does not take `{new}`, which replaced the key `{old}` of profile `{profile}`; nothing is deleted"
    )]
    NewDead { old: AccessKeyId, new: AccessKeyId, profile: ProfileName },
    /// A new key that does not work.
    #[error("AWS gave the user of profile `{profile}` the key `{new}` and does not take it: {}", Shown(why))]
    Unproven { new: AccessKeyId, why: String, profile: ProfileName },
    /// Policies that do not let a user rotate.
    #[error("AWS does not allow the user of profile `{profile}` `iam:{operation}`: {}", Shown(why))]
    NotAllowed { operation: &'static str, why: String, signed: SignedBy, profile: ProfileName },
    /// Nothing to be undone.
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
            Self::NoSuchKey { profile, .. } => format!("awsesame keys rotate{}", profile.flag()),
            Self::Unproven { profile, .. } => {
                format!("the old one is in its place; try it again: awsesame keys rotate{}", profile.flag())
            }
            Self::InEnvironment { .. } => "give it to a profile: awsesame keys add -p NAME".into(),
            Self::OldDead { profile, .. } | Self::NewDead { profile, .. } => {
                format!("put one there that it takes: awsesame keys add{}", profile.flag())
            }
            Self::NotAllowed { signed: SignedBy::Key, profile, .. } => {
                format!("if the policy demands MFA, a device helps: awsesame mfa enroll{}", profile.flag())
            }
            Self::NotAllowed { signed: SignedBy::OldSession, profile, .. } => {
                format!(
                    "if the policy limits the age of MFA, a new session helps: awsesame login --force{}",
                    profile.flag()
                )
            }
            Self::NotAllowed { signed: SignedBy::NewSession, .. } => {
                "a policy that lets users keep their own keys: awsesame policy show --for self-service".into()
            }
            Self::NothingToUndo { .. } => "see which there are: awsesame keys list".into(),
        }
    }
}
