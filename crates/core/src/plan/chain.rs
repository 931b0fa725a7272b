//! Follows `source_profile` to the source of the credentials, by the rules of AWS's own tools: `role_arn` takes
//! precedence over the keys of a profile, except at the end of a chain, and a profile may be its own source.

use super::Ambient;
use super::device::{parse_serials, with_codes};
use super::hop::Hop;
use super::key::{LongTermKey, key_of_profile, master_key, plain_key};
use super::request::{EnvironmentFacts, Request, set};
use super::sign_in::SignIn;
use super::unattended::{PrintedSession, TOKEN_FILE, TOKEN_PROCESS, WebIdentity};
use crate::aws_files::profile::{Settings, bad};
use crate::aws_files::words;
use crate::fault::Fault;
use crate::name::{ProfileName, Serial, Subject};

/// The beginning of a chain.
#[derive(Debug)]
pub(super) enum Start {
    Key(LongTermKey),
    SignIn(SignIn),
    WebIdentity(Box<WebIdentity>),
    Program(PrintedSession),
    Ambient(Ambient),
}

/// The result of following the profiles.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) subject: Subject,
    /// The profile whose Region, endpoints and switches apply.
    pub(super) settings_of: ProfileName,
    /// Every profile on the way, the named one first.
    pub(super) visited: Vec<ProfileName>,
    pub(super) start: Start,
    pub(super) serials: Vec<Serial>,
    /// The roles, in the order in which they are assumed.
    pub(super) hops: Vec<Hop>,
}

pub(super) fn follow(request: &Request<'_>) -> Result<Chain, Fault> {
    let environment = request.environment;
    let default = ProfileName::new(ProfileName::DEFAULT);
    if let Some(name) = request.profile {
        // The variables that we export for a web identity without a profile also name `default`.
        return match web_identity_alone(request, name)? {
            Some(chain) => Ok(chain),
            None => follow_profile(request, name),
        };
    }
    if let Some(key) = master_key(environment)? {
        return without_profile(key, environment, default);
    }
    // With a web identity, AWS's own order applies: a key takes precedence over it, and it takes precedence over the
    // profile.
    if set(environment.web_identity_token_file.as_ref()).is_some() {
        if let Some(key) = plain_key(environment)? {
            return without_profile(key, environment, default);
        }
        if let Some(chain) = web_identity_alone(request, &default)? {
            return Ok(chain);
        }
    }
    if request.profiles.get(&default).is_some_and(gives_credentials) {
        return follow_profile(request, &default);
    }
    if let Some(key) = plain_key(environment)? {
        return without_profile(key, environment, default);
    }
    follow_profile(request, &default)
}

/// Returns the profile that is meant by one that only asks awsesame for another, such as those that `init` writes.
fn meant(request: &Request<'_>, named: &ProfileName) -> ProfileName {
    let asked = request.profiles.get(named).and_then(|settings| {
        let own = ["aws_access_key_id", "role_arn", "credential_source"].iter().any(|key| settings.has(key));
        if own || settings.stored().is_some() || !process_is_ours(settings) {
            return None;
        }
        match OurProcess::read(settings.secret("credential_process")?.expose())? {
            OurProcess::Profile(asked) => Some(asked),
            OurProcess::InForce => None,
        }
    });
    asked.filter(|asked| request.profiles.get(asked).is_some()).unwrap_or_else(|| named.clone())
}

/// Returns true if a profile has any setting about credentials.
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

/// Returns the chain of a web identity from the environment if no file has the profile `default`. Returns None if there
/// is none, or if another profile is meant.
fn web_identity_alone(request: &Request<'_>, name: &ProfileName) -> Result<Option<Chain>, Fault> {
    if name.as_str() != ProfileName::DEFAULT || request.profiles.get(name).is_some() {
        return Ok(None);
    }
    let web = WebIdentity::of_environment(request, name, &Settings::default())?;
    Ok(web.map(|web| Chain {
        subject: Subject::Profile(name.clone()),
        settings_of: name.clone(),
        visited: Vec::new(),
        start: Start::WebIdentity(Box::new(web)),
        serials: Vec::new(),
        hops: Vec::new(),
    }))
}

/// The suffix that aws-mfa adds to the name of the profile that has the long-term key.
const LONG_TERM: &str = "-long-term";

/// The end of a chain of profiles.
enum End<'a> {
    /// The chain ends at a profile that is its own source.
    Profile,
    /// The chain ends at a role whose profile is its own source.
    OwnSource,
    /// The chain ends at a role with `credential_source`.
    Named(&'a str),
    /// The chain ends at a role that has neither.
    NoSource,
    /// The chain ends at a web identity, whose `role_arn` is the root and not a further role.
    WebIdentity(Box<WebIdentity>),
}

fn follow_profile(request: &Request<'_>, named: &ProfileName) -> Result<Chain, Fault> {
    let named = &meant(request, named);
    let mut visited: Vec<ProfileName> = Vec::new();
    let mut hops = Vec::new();
    let mut serials = Vec::new();
    let mut name = named.clone();
    let (settings, end) = loop {
        let settings =
            request.profiles.get(&name).ok_or_else(|| unknown(request, &visited, &name))?.readable()?;
        if visited.contains(&name) {
            visited.push(name);
            return Err(source_loop(request, &visited));
        }
        visited.push(name.clone());
        if serials.is_empty() {
            serials = profile_serials(&name, settings)?;
        }
        // aws-mfa uses a setting of its own for it, in the profile of the key.
        if serials.is_empty() {
            serials = serials_of(&name, settings, "aws_mfa_device")?;
        }
        if serials.is_empty() {
            let beside = ProfileName::new(format!("{name}{LONG_TERM}"));
            if let Some(settings) = request.profiles.get(&beside) {
                serials = serials_of(&beside, settings, "aws_mfa_device")?;
            }
        }
        // After the first profile, keys take precedence over `role_arn`.
        let in_file = settings.has("aws_access_key_id") && settings.has("aws_secret_access_key");
        if visited.len() > 1 && (in_file || settings.stored().is_some()) {
            break (settings, End::Profile);
        }
        if visited.len() == 1
            && let Some(web) = WebIdentity::of_environment(request, &name, settings)?
        {
            break (settings, End::WebIdentity(Box::new(web)));
        }
        if settings.has("role_arn")
            && let Some(web) = WebIdentity::read(request, &name, settings, visited.len() == 1)?
        {
            break (settings, End::WebIdentity(Box::new(web)));
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
            // One that only asks us for another is that other, as a source too.
            (Some(source), None) => name = meant(request, &ProfileName::new(source)),
            (None, Some(source)) => break (settings, End::Named(source)),
            (None, None) => break (settings, End::NoSource),
        }
    };
    hops.reverse();
    let start = start(request, &name, settings, end, !serials.is_empty())?;
    match &start {
        Start::Key(key) => {
            if serials.is_empty() && key.holder.profile().is_none() {
                serials = environment_serials(request.environment)?;
            }
            serials = with_codes(serials)?;
        }
        // No code is asked for, so no device matters.
        Start::SignIn(_) | Start::WebIdentity(_) | Start::Program(_) | Start::Ambient(_) => serials.clear(),
    }
    let subject = Subject::Profile(named.clone());
    Ok(Chain { subject, settings_of: named.clone(), visited, start, serials, hops })
}

/// Returns the first profile that can log in.
fn other_than_default(request: &Request<'_>) -> Option<ProfileName> {
    const ENOUGH: [&str; 5] =
        ["aws_access_key_id", "source_profile", "credential_process", "sso_account_id", "login_session"];
    let has = |settings: &Settings| settings.stored().is_some() || ENOUGH.iter().any(|key| settings.has(key));
    request.profiles.names().find(|name| request.profiles.get(name).is_some_and(has)).cloned()
}

fn source_loop(request: &Request<'_>, visited: &[ProfileName]) -> Fault {
    Fault::SourceLoop {
        profile: visited[0].clone(),
        chain: visited.iter().map(ProfileName::as_str).collect::<Vec<_>>().join(" -> "),
        path: request.profiles.config_path().to_owned(),
    }
}

fn unknown(request: &Request<'_>, visited: &[ProfileName], name: &ProfileName) -> Fault {
    let nearest = if request.suggests { request.profiles.nearest(name) } else { None };
    if let Some(profile) = visited.last() {
        return Fault::SourceMissing { profile: profile.clone(), source_profile: name.clone(), nearest };
    }
    let path = request.profiles.config_path().to_owned();
    if let Some(fault) = other_head(request, name) {
        return fault;
    }
    match request.profiles.first() {
        // An existing profile is a better suggestion than the command that creates `default`.
        Some(one) if request.profile.is_none() => Fault::NoProfileNamed { one, path },
        _ => Fault::UnknownProfile { profile: name.clone(), nearest, path },
    }
}

/// Returns the fault for a profile whose section has the form of the other file.
fn other_head(request: &Request<'_>, name: &ProfileName) -> Option<Fault> {
    let with_prefix = format!("profile {name}");
    let (head, right, path) = if request.profiles.has_other_section(name.as_str()) {
        (name.as_str().to_owned(), with_prefix, request.profiles.config_path())
    } else if request.profiles.get(&ProfileName::new(with_prefix.as_str())).is_some() {
        (with_prefix, name.as_str().to_owned(), request.profiles.credentials_path())
    } else {
        return None;
    };
    Some(Fault::OtherHead { profile: name.clone(), head, right, path: path.to_owned() })
}

/// Returns the start of the chain, which the last profile must provide.
fn start(
    request: &Request<'_>,
    base: &ProfileName,
    settings: &Settings,
    end: End<'_>,
    has_device: bool,
) -> Result<Start, Fault> {
    match end {
        End::WebIdentity(web) => return Ok(Start::WebIdentity(web)),
        End::Named(source) => return named_source(request, base, source),
        End::NoSource => {}
        End::Profile | End::OwnSource => {
            if let Some(key) = key_beside(request, base, settings)? {
                return Ok(Start::Key(key));
            }
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
            // Without a role there is nothing that its token could be shown for.
            if let Some(web) = WebIdentity::read(request, base, settings, false)? {
                return Ok(Start::WebIdentity(Box::new(web)));
            }
            match settings.secret("credential_process").filter(|_| !process_is_ours(settings)) {
                // With an MFA device in the profile, the program prints a long-term key, and AWS's tools ask for a
                // code.
                Some(command) if has_device => {
                    return Ok(Start::Key(LongTermKey::printed(base, command)));
                }
                Some(command) => {
                    let (profile, command) = (base.clone(), command.clone());
                    return Ok(Start::Program(PrintedSession { profile, command }));
                }
                None => {}
            }
        }
    }
    // A project's profile may leave the key to the environment.
    if let Some(key) = master_key(request.environment)? {
        return Ok(Start::Key(key));
    }
    Err(match end {
        End::NoSource => Fault::RoleWithoutSource { profile: base.clone() },
        End::Profile if settings.has("source_profile") && !settings.has("role_arn") => {
            Fault::SourceWithoutRole { profile: base.clone() }
        }
        End::OwnSource => source_loop(request, &[base.clone(), base.clone()]),
        _ => match other_than_default(request) {
            Some(one) if request.profile.is_none() => Fault::DefaultIncomplete { one },
            _ => Fault::NoCredentials { profile: base.clone() },
        },
    })
}

/// Returns the key of `[NAME-long-term]`. aws-mfa stores the key there, because it writes sessions to `[NAME]`.
fn key_beside(
    request: &Request<'_>,
    base: &ProfileName,
    settings: &Settings,
) -> Result<Option<LongTermKey>, Fault> {
    let has_key = settings.stored().is_some() || settings.has("aws_access_key_id");
    if has_key && !settings.has("aws_session_token") && !settings.has("aws_security_token") {
        return Ok(None);
    }
    let beside = ProfileName::new(format!("{base}{LONG_TERM}"));
    match request.profiles.get(&beside) {
        Some(settings) => key_of_profile(&beside, settings.readable()?),
        None => Ok(None),
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

/// Returns the setting from which a profile has credentials that need no token code.
fn elsewhere(settings: &Settings) -> Option<&'static str> {
    [
        TOKEN_FILE,
        TOKEN_PROCESS,
        "sso_session",
        "sso_start_url",
        "sso_account_id",
        "sso_role_name",
        "login_session",
        "credential_process",
    ]
    .into_iter()
    .find(|key| settings.has(key))
    // A profile whose process is awsesame itself cannot be a source, because awsesame would ask itself.
    .filter(|key| *key != "credential_process" || !process_is_ours(settings))
}

fn process_is_ours(settings: &Settings) -> bool {
    settings.secret("credential_process").is_some_and(|command| OurProcess::read(command.expose()).is_some())
}

/// The profile that a `credential_process` asks for if it is awsesame itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OurProcess {
    /// The profile in force, because the command names none.
    InForce,
    /// A profile by its name.
    Profile(ProfileName),
}

impl OurProcess {
    /// Parses the command, split into words as botocore does it. Returns None if it is another program.
    pub fn read(command: &str) -> Option<Self> {
        let words = words::split(command)?;
        let (program, arguments) = words.split_first()?;
        let ours = matches!(program.rsplit('/').next(), Some("awsesame" | "awsesame-full"));
        ours.then(|| {
            profile_argument(arguments).map_or(Self::InForce, |name| Self::Profile(ProfileName::new(name)))
        })
    }
}

/// Returns the profile that a command line of ours names, by the flag or as a word of its own.
fn profile_argument(arguments: &[String]) -> Option<&str> {
    /// Other flags that take a value.
    const VALUED: [&str; 5] = ["--account", "--role", "--max-age", "--duration", "--via"];
    let mut command = None;
    let mut word = None;
    let mut arguments = arguments.iter().map(String::as_str);
    while let Some(argument) = arguments.next() {
        if matches!(argument, "-p" | "--profile") {
            return arguments.next().filter(|name| !name.is_empty());
        }
        let joined = argument.strip_prefix("--profile=");
        let joined = joined.or_else(|| argument.strip_prefix("-p").filter(|_| !argument.starts_with("--")));
        if let Some(name) = joined {
            return Some(name.strip_prefix('=').unwrap_or(name)).filter(|name| !name.is_empty());
        }
        if VALUED.contains(&argument) {
            arguments.next();
        } else if !argument.starts_with('-') {
            match command {
                None => command = Some(argument),
                Some(_) => word = word.or(Some(argument)),
            }
        }
    }
    word
}

const SERIALS_EXPECTED: &str = "the serial number of an MFA device (9 to 256 characters), or several";

fn profile_serials(profile: &ProfileName, settings: &Settings) -> Result<Vec<Serial>, Fault> {
    serials_of(profile, settings, "mfa_serial")
}

fn serials_of(profile: &ProfileName, settings: &Settings, key: &str) -> Result<Vec<Serial>, Fault> {
    let Some(text) = settings.get(key) else { return Ok(Vec::new()) };
    parse_serials(text).map_err(|piece| bad(profile, key, piece, SERIALS_EXPECTED.to_owned()))
}

fn environment_serials(environment: &EnvironmentFacts) -> Result<Vec<Serial>, Fault> {
    let Some(text) = set(environment.mfa_arn.as_ref()) else { return Ok(Vec::new()) };
    parse_serials(text).map_err(|piece| Fault::BadValue {
        setting: "AWS_MFA_ARN",
        value: piece.to_owned(),
        expected: SERIALS_EXPECTED.to_owned(),
    })
}
