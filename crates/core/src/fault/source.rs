//! The faults of credentials that need no person: those of a web identity, and those that a program prints.

use crate::fault::hint;
use crate::name::{ProfileName, RoleArn, Shown, Subject, Typed};

/// A source that gives no credentials.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum SourceFault {
    /// A web identity without a role that it could assume.
    #[error("profile `{profile}` has `{setting}`, but `role_arn` is not set")]
    NoRole { profile: ProfileName, setting: &'static str, path: String },
    /// A token that the environment names, without a role that it could be shown for.
    #[error("the environment has `AWS_WEB_IDENTITY_TOKEN_FILE`, but `AWS_ROLE_ARN` is not set")]
    NoRoleBesideToken,
    /// The settings of the role work only with `AssumeRole`.
    #[error("profile `{profile}` assumes its role with a web identity, which takes no `{term}`")]
    NoTerms { profile: ProfileName, term: &'static str },
    /// The file contains no token.
    #[error("`{}` has no token for {subject}: {}", Shown(path), Shown(why))]
    NoTokenInFile { subject: Subject, path: String, why: String },
    /// The program printed no token.
    #[error("the `web_identity_token_process` of {subject} gives no token: {}", Shown(why))]
    NoTokenPrinted { subject: Subject, why: String },
    /// AWS does not accept the token.
    #[error("AWS does not accept the web identity of {subject}: {}", Shown(why))]
    TokenRefused { subject: Subject, why: String },
    /// The role does not trust the token.
    #[error("the role `{role}` does not trust the web identity of {subject}, or does not exist")]
    NotTrusted { subject: Subject, role: RoleArn },
    /// A program that prints no session.
    #[error("the `credential_process` of profile `{profile}` gives no session: {}", Shown(why))]
    NoSessionPrinted { profile: ProfileName, why: String },
    /// A program that prints a long-term key, for which no device is named.
    #[error(
        "the `credential_process` of profile `{profile}` gives a long-term key, but `mfa_serial` is not set"
    )]
    KeyWithoutDevice { profile: ProfileName, path: String },
    /// A required age of MFA for a session whose age of MFA is unknown.
    #[error("{subject} gets its credentials from {source_name}, which does not say when MFA was used")]
    MfaUnknown { subject: Subject, source_name: &'static str },
}

impl SourceFault {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NoRole { path, .. } => format!("set `role_arn`: {}", hint::edit(path)),
            Self::NoRoleBesideToken => {
                "name the role: export AWS_ROLE_ARN=arn:aws:iam::ACCOUNT:role/NAME".to_owned()
            }
            Self::NoTerms { profile, .. } => {
                format!("see where it is set: awsesame config show -p {}", Typed(profile.as_str()))
            }
            Self::NoTokenInFile { path, .. } => {
                format!("see when it was written: ls -l {}", Typed(path))
            }
            Self::NoTokenPrinted { subject, .. } => {
                format!("see which command it is: awsesame explain{}", subject.flag())
            }
            Self::TokenRefused { subject, .. } => {
                format!("get a new token, then: {}", hint::login(subject))
            }
            Self::NotTrusted { role, .. } => {
                format!(
                    "compare its trust policy with the claims of the token: aws iam get-role --role-name {}",
                    Typed(role.role_name())
                )
            }
            Self::NoSessionPrinted { profile, .. } => {
                format!(
                    "see whether AWS's tools can use it: aws sts get-caller-identity --profile {}",
                    Typed(profile.as_str())
                )
            }
            Self::KeyWithoutDevice { path, .. } => format!("set `mfa_serial`: {}", hint::edit(path)),
            Self::MfaUnknown { subject, .. } => format!("leave out --max-age: {}", hint::login(subject)),
        }
    }
}
