//! The credentials and settings that a client ignores, and the command that would make it use them.

use std::fmt;

use super::failure::Failure;
use super::source::Source;
use super::{Client, ClientSetup, botocore, javascript};
use awsesame_core::name::{AccessKeyId, ProfileName};

/// Something that exists but is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shadow {
    /// Credentials that the client ignores.
    Source(Source),
    /// A variable that names another profile.
    Profile {
        /// The name of the variable.
        name: &'static str,
        /// The profile that the variable names.
        profile: ProfileName,
        /// The setting that names the profile that counts; none: this client never reads the variable.
        by: Option<&'static str>,
    },
    /// A session token that is not the one that is sent.
    Token {
        /// The variable with the value.
        name: &'static str,
        /// The variable that is read instead; none: this client never reads it.
        by: Option<&'static str>,
    },
}

/// Returns the sources and settings that exist besides the source that a client uses.
pub(super) fn beside(
    setup: ClientSetup<'_>,
    client: Client,
    outcome: &Result<Source, Failure>,
) -> Vec<Shadow> {
    let taken = outcome.as_ref().ok();
    let named = setup.profile(client);
    let mut all = Vec::new();
    for name in ["AWS_PROFILE", "AWS_DEFAULT_PROFILE"] {
        if let Some(value) = setup.variables.get(name)
            && named.by != Some(name)
            && value != named.profile.as_str()
        {
            let reads = setup.named_by(client).contains(&name);
            all.push(Shadow::Profile {
                name,
                profile: ProfileName::new(value),
                by: named.by.filter(|_| reads),
            });
        }
    }
    all.extend(tokens(setup, client, taken));
    let mut sources = inventory(setup, &named.profile);
    sources.retain(|source| match taken {
        Some(taken) => !stands_in(source, taken),
        // The message of a role that stopped the client names that role already.
        None => !matches!(source, Source::Role { .. }),
    });
    all.extend(sources.into_iter().map(Shadow::Source));
    all
}

/// Returns true if a source is the one that a client uses, or the base of that one.
fn stands_in(source: &Source, taken: &Source) -> bool {
    match (source, taken) {
        (Source::Variables { .. }, Source::Variables { .. }) => true,
        (Source::WebIdentity { profile, .. }, Source::WebIdentity { profile: other, .. }) => profile == other,
        (one, Source::Role { base, place, .. }) => one.place() == Some(place) || stands_in(one, base),
        (one, other) => one == other,
    }
}

/// Returns the tokens that the client does not send.
fn tokens(setup: ClientSetup<'_>, client: Client, taken: Option<&Source>) -> Vec<Shadow> {
    let Some(Source::Variables { token, .. }) = taken else { return Vec::new() };
    let there = botocore::TOKENS.into_iter().filter(|name| setup.variables.has(name));
    there
        .filter(|name| Some(*name) != *token)
        .filter(|name| token.is_none_or(|token| !setup.variables.same(name, token)))
        .map(|name| {
            let reads =
                matches!(client, Client::CliV1 | Client::CliV2 | Client::Boto3) || name == javascript::TOKEN;
            Shadow::Token { name, by: token.filter(|_| reads) }
        })
        .collect()
}

/// Returns all credentials in the environment and in one profile.
fn inventory(setup: ClientSetup<'_>, profile: &ProfileName) -> Vec<Source> {
    let (variables, files) = (setup.variables, setup.files);
    let mut all = Vec::new();
    if let Some(key) = variables.get("AWS_ACCESS_KEY_ID").filter(|_| variables.has("AWS_SECRET_ACCESS_KEY")) {
        let token = variables.first(&botocore::TOKENS);
        all.push(Source::Variables { key: AccessKeyId::new(key), name: "AWS_ACCESS_KEY_ID", token });
    }
    if let Some(arn) = variables.get("AWS_ROLE_ARN").filter(|_| variables.has("AWS_WEB_IDENTITY_TOKEN_FILE"))
    {
        all.push(Source::WebIdentity { profile: None, arn: arn.to_owned(), place: None });
    }
    let name = || profile.clone();
    let at = |key: &str| files.stated(profile, key).map(|stated| stated.place.clone());
    let value = |key: &str| files.value(profile, key).unwrap_or_default().to_owned();
    match (at("role_arn"), at("web_identity_token_file")) {
        (Some(_), Some(place)) => {
            all.push(Source::WebIdentity {
                profile: Some(name()),
                arn: value("role_arn"),
                place: Some(place),
            });
        }
        (Some(place), None) => all.push(Source::Role {
            profile: name(),
            arn: value("role_arn"),
            mfa: files.value(profile, "mfa_serial").map(str::to_owned),
            place,
            // The credentials that the role would be assumed with do not matter here.
            base: Box::new(Source::Instance),
        }),
        (None, _) => {}
    }
    if let Some(place) = at("aws_access_key_id").filter(|_| at("aws_secret_access_key").is_some()) {
        let token = at("aws_session_token").or_else(|| at("aws_security_token")).is_some();
        let key = AccessKeyId::new(value("aws_access_key_id"));
        all.push(Source::Keys { profile: name(), key, token, place });
    }
    if let Some(place) = at("sso_role_name").or_else(|| at("sso_account_id")).or_else(|| at("sso_session")) {
        all.push(Source::Sso { profile: name(), place });
    }
    if let Some(place) = at("login_session") {
        all.push(Source::Login { profile: name(), place });
    }
    if let Some(place) = at("credential_process") {
        all.push(Source::Process { profile: name(), asks_us: files.asks_us(profile), place });
    }
    let uris = ["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"];
    for uri in uris {
        if let Some(url) = variables.get(uri) {
            all.push(Source::Container { name: uri, url: url.to_owned() });
        }
    }
    all
}

impl fmt::Display for Shadow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Source(source) => source.fmt(f),
            Self::Profile { name, profile, by: Some(by) } => {
                write!(f, "{name}, which names profile `{profile}`: {by} comes first")
            }
            Self::Profile { name, profile, by: None } => {
                write!(f, "{name}, which names profile `{profile}`: it is not read")
            }
            Self::Token { name, by: Some(by) } => write!(f, "the token of {name}: {by} comes first"),
            Self::Token { name, by: None } => write!(f, "the token of {name}: it is not read"),
        }
    }
}

impl Shadow {
    /// Returns the remedy with which it would be used, as a command to type: the variables to unset, or the awsesame
    /// command that moves a key out of the way. Returns None if that is not a single command.
    pub fn remedy(&self, taken: Option<&Source>) -> Option<Remedy> {
        match self {
            Self::Profile { by: Some(by), .. } if by.starts_with("AWS_") => Some(Remedy::Unset(vec![by])),
            Self::Token { name: "AWS_SESSION_TOKEN", .. } => Some(Remedy::Unset(vec!["AWS_SECURITY_TOKEN"])),
            Self::Profile { .. } | Self::Token { .. } => None,
            Self::Source(source) => match (taken?, source) {
                (Source::Variables { .. }, _) => Some(Remedy::Unset(vec![
                    "AWS_ACCESS_KEY_ID",
                    "AWS_SECRET_ACCESS_KEY",
                    "AWS_SESSION_TOKEN",
                    "AWS_SECURITY_TOKEN",
                ])),
                (Source::WebIdentity { profile: None, .. }, _) => {
                    Some(Remedy::Unset(vec!["AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN"]))
                }
                (_, Source::Variables { .. }) => {
                    Some(Remedy::Unset(vec!["AWS_PROFILE", "AWS_DEFAULT_PROFILE"]))
                }
                (Source::Keys { profile, token: false, .. }, _) => Some(Remedy::Import(profile.clone())),
                _ => None,
            },
        }
    }
}

/// A remedy that makes a client use a source that is passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Remedy {
    /// The variables to unset, as far as they are set.
    Unset(Vec<&'static str>),
    /// A key to move into a store.
    Import(ProfileName),
}
