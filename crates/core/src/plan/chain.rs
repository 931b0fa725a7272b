//! Following `source_profile` down to where the credentials come from, by the
//! rules of AWS's own tools: `role_arn` comes before a profile's keys, except at
//! the end of a chain, and a profile may be its own source.

use super::device::{parse_serials, with_codes};
use super::hop::Hop;
use super::request::{EnvironmentFacts, Request, set};
use super::{Ambient, LongTermKey};
use crate::fault::Fault;
use crate::name::{AccessKeyId, ProfileName, Serial, Subject};
use crate::profile::{Settings, bad};
use crate::secret::Secret;

/// Where a chain begins.
#[derive(Debug)]
pub(super) enum Start {
    Key(LongTermKey),
    Ambient(Ambient),
}

/// What following the profiles found.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) subject: Subject,
    /// The profile whose region, endpoints and switches count.
    pub(super) settings_of: ProfileName,
    /// Every profile on the way, the named one first.
    pub(super) visited: Vec<ProfileName>,
    pub(super) start: Start,
    pub(super) serials: Vec<Serial>,
    /// In the order in which they are assumed.
    pub(super) hops: Vec<Hop>,
}

pub(super) fn follow(request: &Request<'_>) -> Result<Chain, Fault> {
    let environment = request.environment;
    let default = ProfileName::new(ProfileName::DEFAULT);
    if let Some(name) = request.profile {
        return follow_profile(request, name);
    }
    if let Some(key) = master_key(environment)? {
        return without_profile(key, environment, default);
    }
    if request.profiles.get(&default).is_some_and(gives_credentials) {
        return follow_profile(request, &default);
    }
    if let Some(key) = plain_key(environment)? {
        return without_profile(key, environment, default);
    }
    follow_profile(request, &default)
}

/// Whether a profile says anything at all about credentials.
fn gives_credentials(settings: &Settings) -> bool {
    ["aws_access_key_id", "aws_secret_access_key", "role_arn", "source_profile", "credential_source"]
        .iter()
        .any(|key| settings.has(key))
        || elsewhere(settings).is_some()
}

fn without_profile(
    key: LongTermKey,
    environment: &EnvironmentFacts,
    settings_of: ProfileName,
) -> Result<Chain, Fault> {
    Ok(Chain {
        subject: key.holder.clone(),
        settings_of,
        visited: Vec::new(),
        start: Start::Key(key),
        serials: environment_serials(environment)?,
        hops: Vec::new(),
    })
}

fn follow_profile(request: &Request<'_>, named: &ProfileName) -> Result<Chain, Fault> {
    let environment = request.environment;
    let mut visited: Vec<ProfileName> = Vec::new();
    let mut hops = Vec::new();
    let mut serials = Vec::new();
    let mut name = named.clone();
    let (base, settings) = loop {
        let settings = request.profiles.get(&name).ok_or_else(|| unknown(request, &visited, &name))?;
        if visited.contains(&name) {
            visited.push(name);
            let chain = visited.iter().map(ProfileName::as_str).collect::<Vec<_>>().join(" -> ");
            return Err(Fault::SourceLoop { profile: named.clone(), chain });
        }
        visited.push(name.clone());
        if serials.is_empty() {
            serials = profile_serials(&name, settings)?;
        }
        // Behind the first profile, keys come before `role_arn`.
        if visited.len() > 1 && settings.has("aws_access_key_id") && settings.has("aws_secret_access_key") {
            break (name, settings);
        }
        // A web identity is a root of its own, whatever its `role_arn`.
        if settings.has("web_identity_token_file") {
            break (name, settings);
        }
        let Some(hop) = Hop::read(&name, settings, environment, request.user)? else {
            break (name, settings);
        };
        hops.push(hop);
        match (settings.get("source_profile"), settings.get("credential_source")) {
            (Some(_), Some(_)) => return Err(Fault::TwoSources { profile: name }),
            (Some(source), None) if source != name.as_str() => name = ProfileName::new(source),
            _ => break (name, settings),
        }
    };
    hops.reverse();
    let start = start(request, &base, settings, !hops.is_empty())?;
    if serials.is_empty()
        && let Start::Key(LongTermKey { holder: Subject::Environment(_), .. }) = start
    {
        serials = environment_serials(environment)?;
    }
    Ok(Chain {
        subject: Subject::Profile(named.clone()),
        settings_of: named.clone(),
        visited,
        start,
        serials,
        hops,
    })
}

fn unknown(request: &Request<'_>, visited: &[ProfileName], name: &ProfileName) -> Fault {
    let nearest = request.profiles.nearest(name);
    match visited.last() {
        Some(profile) => {
            Fault::SourceMissing { profile: profile.clone(), source_profile: name.clone(), nearest }
        }
        None => Fault::UnknownProfile {
            profile: name.clone(),
            nearest,
            path: request.profiles.config_path().to_owned(),
        },
    }
}

/// What the profile at the end of the chain has to give.
fn start(
    request: &Request<'_>,
    base: &ProfileName,
    settings: &Settings,
    for_role: bool,
) -> Result<Start, Fault> {
    if let Some(key) = own_key(base, settings)? {
        return Ok(Start::Key(key));
    }
    if let Some(source) = settings.get("credential_source") {
        return named_source(request, base, source);
    }
    if let Some(setting) = elsewhere(settings) {
        return Err(Fault::Unsupported { profile: base.clone(), setting });
    }
    if let Some(key) = master_key(request.environment)? {
        return Ok(Start::Key(key));
    }
    if for_role && settings.has("role_arn") && !settings.has("source_profile") {
        return Err(Fault::RoleWithoutSource { profile: base.clone() });
    }
    Err(Fault::NoCredentials { profile: base.clone() })
}

fn own_key(profile: &ProfileName, settings: &Settings) -> Result<Option<LongTermKey>, Fault> {
    let half = |missing| Err(Fault::HalfKey { profile: profile.clone(), missing });
    match (settings.get("aws_access_key_id"), settings.secret("aws_secret_access_key")) {
        (None, None) => Ok(None),
        (Some(_), None) => half("aws_secret_access_key"),
        (None, Some(_)) => half("aws_access_key_id"),
        (Some(_), Some(_)) if settings.has("aws_session_token") || settings.has("aws_security_token") => {
            Err(Fault::SessionCredentials {
                holder: format!("profile `{profile}`"),
                profile: Some(profile.clone()),
            })
        }
        (Some(id), Some(secret)) => Ok(Some(LongTermKey {
            id: AccessKeyId::new(id),
            secret: secret.clone(),
            holder: Subject::Profile(profile.clone()),
        })),
    }
}

fn named_source(request: &Request<'_>, profile: &ProfileName, source: &str) -> Result<Start, Fault> {
    for ambient in [Ambient::Container, Ambient::Instance] {
        if source.eq_ignore_ascii_case(ambient.as_str()) {
            return Ok(Start::Ambient(ambient));
        }
    }
    if !source.eq_ignore_ascii_case("Environment") {
        let expected = "`Environment`, `Ec2InstanceMetadata` or `EcsContainer`".to_owned();
        return Err(bad(profile, "credential_source", source, expected));
    }
    plain_key(request.environment)?
        .map(Start::Key)
        .ok_or_else(|| Fault::SourceEnvironmentEmpty { profile: profile.clone() })
}

/// The setting by which a profile has credentials that no token code can bring.
fn elsewhere(settings: &Settings) -> Option<&'static str> {
    [
        "web_identity_token_file",
        "sso_session",
        "sso_start_url",
        "sso_account_id",
        "sso_role_name",
        "login_session",
        "credential_process",
    ]
    .into_iter()
    .find(|key| settings.has(key))
    // A profile whose process is awsesame itself is answered by us, so it is no source.
    .filter(|key| *key != "credential_process" || !process_is_ours(settings))
}

fn process_is_ours(settings: &Settings) -> bool {
    settings.secret("credential_process").is_some_and(|command| {
        let program = command.expose().split_whitespace().next().unwrap_or_default();
        let program = program.trim_matches(['"', '\'']);
        matches!(program.rsplit('/').next(), Some("awsesame" | "awsesame-full"))
    })
}

/// The key of `MASTER_AWS_ACCESS_KEY_ID` and `MASTER_AWS_SECRET_ACCESS_KEY`.
fn master_key(environment: &EnvironmentFacts) -> Result<Option<LongTermKey>, Fault> {
    environment_key(
        (environment.master_key_id.as_ref(), "MASTER_AWS_ACCESS_KEY_ID"),
        (environment.master_secret.as_ref(), "MASTER_AWS_SECRET_ACCESS_KEY"),
    )
}

/// The key of `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY`, which must not be a session's.
fn plain_key(environment: &EnvironmentFacts) -> Result<Option<LongTermKey>, Fault> {
    let key = environment_key(
        (environment.key_id.as_ref(), "AWS_ACCESS_KEY_ID"),
        (environment.secret.as_ref(), "AWS_SECRET_ACCESS_KEY"),
    )?;
    if key.is_some() && environment.session_token {
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
            secret: secret.clone(),
            holder: Subject::Environment(id.clone()),
        })),
    }
}

const SERIALS_EXPECTED: &str = "the serial number of an MFA device (9 to 256 characters), or several";

fn profile_serials(profile: &ProfileName, settings: &Settings) -> Result<Vec<Serial>, Fault> {
    let Some(text) = settings.get("mfa_serial") else { return Ok(Vec::new()) };
    let serials = parse_serials(text)
        .map_err(|piece| bad(profile, "mfa_serial", piece, SERIALS_EXPECTED.to_owned()))?;
    with_codes(serials)
}

fn environment_serials(environment: &EnvironmentFacts) -> Result<Vec<Serial>, Fault> {
    let Some(text) = set(environment.mfa_arn.as_ref()) else { return Ok(Vec::new()) };
    let serials = parse_serials(text).map_err(|piece| Fault::BadValue {
        setting: "AWS_MFA_ARN",
        value: piece.to_owned(),
        expected: SERIALS_EXPECTED.to_owned(),
    })?;
    with_codes(serials)
}
