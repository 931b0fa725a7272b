//! The reasons why a client stops before it has credentials, each with its sentence.

use awsesame_core::name::{ProfileName, Shown};
use thiserror::Error;

use super::place::Place;

/// The reasons why a client stops before it has credentials.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[expect(missing_docs, reason = "the fields are what the message names")]
pub enum Failure {
    /// No file has the profile.
    #[error("there is no profile `{profile}`{}", by.map_or_else(String::new, |by| format!(" ({by})")))]
    UnknownProfile { profile: ProfileName, by: Option<&'static str> },
    /// The environment has half a key.
    #[error("{missing} is not set, only the other half is")]
    HalfKey { missing: &'static str },
    /// The profile has half a key.
    #[error("profile `{profile}` has half a key at {place}")]
    HalfProfileKey { profile: ProfileName, place: Place },
    /// A role, and nothing to assume it with.
    #[error("the role of profile `{profile}` has no source_profile or credential_source ({place})")]
    RoleWithoutSource { profile: ProfileName, place: Place },
    /// The role has two sources, or what the client counts as two.
    #[error("profile `{profile}` has more than one source of credentials: {what}")]
    TwoSources { profile: ProfileName, what: &'static str },
    /// No file has the source profile.
    #[error("the source of profile `{profile}`, `{source_profile}`, is in neither file")]
    SourceMissing { profile: ProfileName, source_profile: ProfileName },
    /// The source profile has no credentials.
    #[error("profile `{profile}` has no credentials to give")]
    SourceEmpty { profile: ProfileName },
    /// The source profiles form a circle.
    #[error("the sources of profile `{profile}` go round in a circle")]
    SourceLoop { profile: ProfileName },
    /// The name of the source is unknown, or the source is not available.
    #[error("credential_source of profile `{profile}` is `{}`, and there is none", Shown(word))]
    NoSuchSource { profile: ProfileName, word: String },
    /// The role needs a code, and the client asks nobody.
    #[error("profile `{profile}` wants an MFA code for its role ({place}), and this SDK cannot ask")]
    AsksNobody { profile: ProfileName, place: Place },
    /// A web identity without a role.
    #[error("a web identity's token is there, but no role for it")]
    WebIdentityWithoutRole,
    /// A source without a role to assume with it.
    #[error("profile `{profile}` has a source of credentials, but no role_arn")]
    NoRole { profile: ProfileName },
    /// A process whose command is empty.
    #[error("the credential_process of profile `{profile}` is empty ({place})")]
    EmptyProcess { profile: ProfileName, place: Place },
    /// A file that the client does not read at all, for one line of it.
    #[error("it refuses the whole file because of {place}: {why}")]
    FileRefused { place: Place, why: String },
    /// The client finds no credentials.
    #[error("there are no credentials anywhere")]
    Nothing,
}
