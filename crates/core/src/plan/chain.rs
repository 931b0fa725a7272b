//! Following `source_profile` down to where the credentials come from, by the
//! rules of AWS's own tools: `role_arn` comes before a profile's keys, except at
//! the end of a chain, and a profile may be its own source.

use super::Ambient;
use super::device::{parse_serials, with_codes};
use super::hop::Hop;
use super::key::{LongTermKey, key_of_profile, master_key, plain_key};
use super::request::{EnvironmentFacts, Request, set};
use super::sign_in::SignIn;
use crate::aws_files::profile::{Settings, bad};
use crate::fault::Fault;
use crate::name::{ProfileName, Serial, Subject};

/// Where a chain begins.
#[derive(Debug)]
pub(super) enum Start {
    Key(LongTermKey),
    SignIn(SignIn),
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

/// The profile that is meant by one which only asks us for another, as `init` writes them.
fn meant(request: &Request<'_>, named: &ProfileName) -> ProfileName {
    let asked = request.profiles.get(named).and_then(|settings| {
        let own = ["aws_access_key_id", "role_arn", "credential_source"].iter().any(|key| settings.has(key));
        if own || settings.stored().is_some() || !process_is_ours(settings) {
            return None;
        }
        asked_for(settings.secret("credential_process")?.expose())
    });
    asked.filter(|asked| request.profiles.get(asked).is_some()).unwrap_or_else(|| named.clone())
}

/// The profile that a line like `awsesame process -p dev` asks for.
fn asked_for(command: &str) -> Option<ProfileName> {
    let (_, name) = command.split_once(" process -p ")?;
    let name = name.trim().trim_matches(['"', '\'']);
    (!name.is_empty()).then(|| ProfileName::new(name))
}

/// Whether a profile says anything at all about credentials.
fn gives_credentials(settings: &Settings) -> bool {
    ["aws_access_key_id", "aws_secret_access_key", "role_arn", "source_profile", "credential_source"]
        .iter()
        .any(|key| settings.has(key))
        || settings.stored().is_some()
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
        serials: with_codes(environment_serials(environment)?)?,
        hops: Vec::new(),
    })
}

/// How a chain of profiles ends.
enum End<'a> {
    /// At a profile that stands for itself.
    Profile,
    /// At a role whose profile is its own source.
    OwnSource,
    /// At a role with `credential_source`.
    Named(&'a str),
    /// At a role that has neither.
    NoSource,
    /// At a web identity, which is a root whatever its `role_arn`.
    WebIdentity,
}

fn follow_profile(request: &Request<'_>, named: &ProfileName) -> Result<Chain, Fault> {
    let named = &meant(request, named);
    let mut visited: Vec<ProfileName> = Vec::new();
    let mut hops = Vec::new();
    let mut serials = Vec::new();
    let mut name = named.clone();
    let (settings, end) = loop {
        let settings = request.profiles.get(&name).ok_or_else(|| unknown(request, &visited, &name))?;
        if visited.contains(&name) {
            visited.push(name);
            return Err(source_loop(request, &visited));
        }
        visited.push(name.clone());
        if serials.is_empty() {
            serials = profile_serials(&name, settings)?;
        }
        // Behind the first profile, keys come before `role_arn`.
        let in_file = settings.has("aws_access_key_id") && settings.has("aws_secret_access_key");
        if visited.len() > 1 && (in_file || settings.stored().is_some()) {
            break (settings, End::Profile);
        }
        if settings.has("role_arn") && settings.has("web_identity_token_file") {
            break (settings, End::WebIdentity);
        }
        let Some(hop) = Hop::read(&name, settings, request, visited.len() == 1)? else {
            break (settings, End::Profile);
        };
        hops.push(hop);
        match (settings.get("source_profile"), settings.get("credential_source")) {
            (Some(_), Some(_)) => {
                let path = request.profiles.config_path().to_owned();
                return Err(Fault::TwoSources { profile: name, path });
            }
            (Some(source), None) if source == name.as_str() => break (settings, End::OwnSource),
            (Some(source), None) => name = ProfileName::new(source),
            (None, Some(source)) => break (settings, End::Named(source)),
            (None, None) => break (settings, End::NoSource),
        }
    };
    hops.reverse();
    let start = start(request, &name, settings, &end)?;
    match &start {
        Start::Key(key) => {
            if serials.is_empty() && key.holder.profile().is_none() {
                serials = environment_serials(request.environment)?;
            }
            serials = with_codes(serials)?;
        }
        // No code is asked for, so no device matters.
        Start::SignIn(_) | Start::Ambient(_) => serials.clear(),
    }
    let subject = Subject::Profile(named.clone());
    Ok(Chain { subject, settings_of: named.clone(), visited, start, serials, hops })
}

fn source_loop(request: &Request<'_>, visited: &[ProfileName]) -> Fault {
    Fault::SourceLoop {
        profile: visited[0].clone(),
        chain: visited.iter().map(ProfileName::as_str).collect::<Vec<_>>().join(" -> "),
        path: request.profiles.config_path().to_owned(),
    }
}

fn unknown(request: &Request<'_>, visited: &[ProfileName], name: &ProfileName) -> Fault {
    let nearest = request.profiles.nearest(name);
    if let Some(profile) = visited.last() {
        return Fault::SourceMissing { profile: profile.clone(), source_profile: name.clone(), nearest };
    }
    let path = request.profiles.config_path().to_owned();
    match request.profiles.first() {
        // What there is helps more than how to make `default`.
        Some(one) if request.profile.is_none() => Fault::NoProfileNamed { one, path },
        _ => Fault::UnknownProfile { profile: name.clone(), nearest, path },
    }
}

/// What the profile at the end of the chain has to give.
fn start(
    request: &Request<'_>,
    base: &ProfileName,
    settings: &Settings,
    end: &End<'_>,
) -> Result<Start, Fault> {
    let unsupported = |setting| Err(Fault::Unsupported { profile: base.clone(), setting });
    match end {
        End::WebIdentity => return unsupported("web_identity_token_file"),
        End::Named(source) => return named_source(request, base, source),
        End::NoSource => {}
        End::Profile | End::OwnSource => {
            // A role of a portal comes before keys, and those before a console session.
            let portal = ["sso_account_id", "sso_role_name"].iter().any(|key| settings.has(key));
            let key =
                if portal && settings.stored().is_none() { None } else { key_of_profile(base, settings)? };
            if let Some(key) = key {
                return Ok(Start::Key(key));
            }
            if let Some(sign_in) = SignIn::read(request.profiles, base, settings)? {
                return Ok(Start::SignIn(sign_in));
            }
            if let Some(source) = settings.get("credential_source") {
                return named_source(request, base, source);
            }
            if let Some(setting) = elsewhere(settings) {
                return unsupported(setting);
            }
        }
    }
    // A project's profile may leave the key to the environment.
    if let Some(key) = master_key(request.environment)? {
        return Ok(Start::Key(key));
    }
    Err(match end {
        End::NoSource => Fault::RoleWithoutSource { profile: base.clone() },
        End::OwnSource => source_loop(request, &[base.clone(), base.clone()]),
        _ => Fault::NoCredentials { profile: base.clone() },
    })
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
    settings.secret("credential_process").is_some_and(|command| OurProcess::read(command.expose()).is_some())
}

/// What a `credential_process` that is awsesame itself asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OurProcess {
    /// The profile in force.
    InForce,
    /// A profile by its name.
    Profile(ProfileName),
}

impl OurProcess {
    /// Reads the command; none where it is somebody else's.
    pub fn read(command: &str) -> Option<Self> {
        let program = command.split_whitespace().next().unwrap_or_default();
        let program = program.trim_matches(['"', '\'']);
        matches!(program.rsplit('/').next(), Some("awsesame" | "awsesame-full"))
            .then(|| asked_for(command).map_or(Self::InForce, Self::Profile))
    }
}

const SERIALS_EXPECTED: &str = "the serial number of an MFA device (9 to 256 characters), or several";

fn profile_serials(profile: &ProfileName, settings: &Settings) -> Result<Vec<Serial>, Fault> {
    let Some(text) = settings.get("mfa_serial") else { return Ok(Vec::new()) };
    parse_serials(text).map_err(|piece| bad(profile, "mfa_serial", piece, SERIALS_EXPECTED.to_owned()))
}

fn environment_serials(environment: &EnvironmentFacts) -> Result<Vec<Serial>, Fault> {
    let Some(text) = set(environment.mfa_arn.as_ref()) else { return Ok(Vec::new()) };
    parse_serials(text).map_err(|piece| Fault::BadValue {
        setting: "AWS_MFA_ARN",
        value: piece.to_owned(),
        expected: SERIALS_EXPECTED.to_owned(),
    })
}
