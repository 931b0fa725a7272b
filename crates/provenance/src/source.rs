//! The source of a client's credentials, as a value, and the reasons why there are none.

use std::fmt;

use super::place::Place;
use awsesame_core::name::{AccessKeyId, ProfileName, Shown, arn_field};
use awsesame_core::plan::OurProcess;

/// The source of a client's credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// Keys in the environment variables.
    Variables {
        /// The ID of the access key.
        key: AccessKeyId,
        /// The variable with the key.
        name: &'static str,
        /// The variable that holds the session token of the key.
        token: Option<&'static str>,
    },
    /// Keys in one of the two files.
    Keys {
        /// The profile with the key.
        profile: ProfileName,
        /// The ID of the access key.
        key: AccessKeyId,
        /// True if a session token belongs to it.
        token: bool,
        /// The place of the public half.
        place: Place,
    },
    /// A role that the client assumes itself.
    Role {
        /// The profile with the role.
        profile: ProfileName,
        /// The ARN of the role.
        arn: String,
        /// The serial number of the MFA device that the role needs a code from.
        mfa: Option<String>,
        /// The place in the files where `role_arn` is set.
        place: Place,
        /// The source that it is assumed with.
        base: Box<Source>,
    },
    /// A program that `credential_process` names.
    Process {
        /// The profile with the process.
        profile: ProfileName,
        /// The request that the program makes to awsesame. None if it is another program.
        asks_us: Option<OurProcess>,
        /// The place at which it is written.
        place: Place,
    },
    /// A role of IAM Identity Center.
    Sso {
        /// The profile with the role of Identity Center.
        profile: ProfileName,
        /// The place of its first setting.
        place: Place,
    },
    /// A sign-in by `aws login`.
    Login {
        /// The profile with the sign-in.
        profile: ProfileName,
        /// The place at which it is written.
        place: Place,
    },
    /// A role that is assumed with the token of a web identity.
    WebIdentity {
        /// The profile that names the token's file; none: the environment does.
        profile: Option<ProfileName>,
        /// The ARN of the role.
        arn: String,
        /// The place at which the file is named, if that is in a profile.
        place: Option<Place>,
    },
    /// An endpoint, as containers have one.
    Container {
        /// The variable that says where.
        name: &'static str,
        /// The value of that variable.
        url: String,
    },
    /// The metadata of the instance, which is asked if there is no other source.
    Instance,
}

impl Source {
    /// Returns the profile in which the source is set.
    pub fn profile(&self) -> Option<&ProfileName> {
        match self {
            Self::Keys { profile, .. }
            | Self::Role { profile, .. }
            | Self::Process { profile, .. }
            | Self::Sso { profile, .. }
            | Self::Login { profile, .. } => Some(profile),
            Self::WebIdentity { profile, .. } => profile.as_ref(),
            Self::Variables { .. } | Self::Container { .. } | Self::Instance => None,
        }
    }

    /// Returns the place at which it is written, None if that is not in a file.
    pub fn place(&self) -> Option<&Place> {
        match self {
            Self::Keys { place, .. }
            | Self::Role { place, .. }
            | Self::Process { place, .. }
            | Self::Sso { place, .. }
            | Self::Login { place, .. } => Some(place),
            Self::WebIdentity { place, .. } => place.as_ref(),
            Self::Variables { .. } | Self::Container { .. } | Self::Instance => None,
        }
    }

    /// Returns the ID of the key that signs the calls, or that signs the first call of the roles. None if it is not
    /// known before a call.
    pub fn key(&self) -> Option<&AccessKeyId> {
        match self {
            Self::Variables { key, .. } | Self::Keys { key, .. } => Some(key),
            Self::Role { base, .. } => base.key(),
            _ => None,
        }
    }

    /// Returns the name that programs use for its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Variables { .. } => "environment",
            Self::Keys { .. } => "keys",
            Self::Role { .. } => "role",
            Self::Process { .. } => "process",
            Self::Sso { .. } => "sso",
            Self::Login { .. } => "login",
            Self::WebIdentity { .. } => "web-identity",
            Self::Container { .. } => "container",
            Self::Instance => "instance",
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Variables { key, name, .. } => write!(f, "key `{key}` of {name}"),
            Self::Keys { profile, key, place, .. } => {
                write!(f, "key `{key}` of profile `{profile}` ({place})")
            }
            Self::Role { profile, arn, mfa, place, base } => {
                write!(f, "{} of profile `{profile}` ({place})", role_words(arn))?;
                if let Some(serial) = mfa {
                    write!(f, ", for which it asks a code of `{}`", Shown(serial))?;
                }
                // The base of a role that is ignored is not looked up.
                if **base == Self::Instance { Ok(()) } else { write!(f, ", assumed with {base}") }
            }
            Self::Process { profile, asks_us: Some(asked), place } => {
                let asked = match asked {
                    OurProcess::Profile(asked) => asked,
                    OurProcess::InForce => profile,
                };
                write!(f, "awsesame for profile `{asked}`, asked by profile `{profile}` ({place})")
            }
            Self::Process { profile, asks_us: None, place } => {
                write!(f, "the credential_process of profile `{profile}` ({place})")
            }
            Self::Sso { profile, place } => write!(f, "Identity Center, by profile `{profile}` ({place})"),
            Self::Login { profile, place } => write!(f, "`aws login`, by profile `{profile}` ({place})"),
            Self::WebIdentity { profile: Some(profile), arn, place: Some(place) } => {
                write!(f, "a web identity for {}, by profile `{profile}` ({place})", role_words(arn))
            }
            Self::WebIdentity { arn, .. } => {
                write!(f, "a web identity for {}, by AWS_WEB_IDENTITY_TOKEN_FILE", role_words(arn))
            }
            Self::Container { name, url } => write!(f, "the endpoint `{}` ({name})", Shown(url)),
            Self::Instance => f.write_str("what this machine's metadata has, if it has any (EC2)"),
        }
    }
}

/// Returns text such as `role deploy of account 123456789012`, or the ARN if it is not that of a role.
fn role_words(arn: &str) -> String {
    match (arn_field(arn, 4), arn_field(arn, 5).and_then(|resource| resource.strip_prefix("role/"))) {
        (Some(account), Some(role)) => format!("role `{}` of account {}", Shown(role), Shown(account)),
        _ => format!("role `{}`", Shown(arn)),
    }
}
