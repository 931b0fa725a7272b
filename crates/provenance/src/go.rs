//! The credential chain of the SDK for Go, version 2 (`config.LoadDefaultConfig`). It reads the profile before
//! everything else, so a faulty profile stops it even if the environment has keys.

use super::failure::Failure;
use super::files::Files;
use super::place::Place;
use super::source::Source;
use super::variables::Variables;
use super::{Client, ClientSetup};
use awsesame_core::aws_files::reading::FileKind;
use awsesame_core::name::{AccessKeyId, ProfileName};

pub(super) const TOKEN: &str = "AWS_SESSION_TOKEN";

/// A profile as it was read, with its source profile.
pub(super) struct Loaded<'a> {
    profile: ProfileName,
    files: &'a Files,
    source: Option<Box<Loaded<'a>>>,
    /// True if the profile was read before in this chain. Then only its keys count.
    again: bool,
}

pub(super) fn outcome(setup: ClientSetup<'_>) -> Result<Source, Failure> {
    let named = setup.profile(Client::Go);
    let loaded = if setup.files.has(&named.profile) {
        Some(load(setup.files, &named.profile, &mut Vec::new())?)
    } else if matches!(named.by, Some("AWS_PROFILE" | "--profile")) {
        return Err(Failure::UnknownProfile { profile: named.profile, by: named.by });
    } else {
        // The older variable may name a profile that does not exist.
        None
    };
    let variables = setup.variables;
    if setup.asked.is_none() {
        if let Some(found) = keys_of_variables(variables) {
            return Ok(found);
        }
        if variables.has("AWS_WEB_IDENTITY_TOKEN_FILE") {
            let role = variables.get("AWS_ROLE_ARN").ok_or(Failure::WebIdentityWithoutRole)?;
            return Ok(Source::WebIdentity { profile: None, arn: role.to_owned(), place: None });
        }
    }
    match loaded {
        Some(loaded) => loaded.credentials(setup),
        None => at_hand(variables),
    }
}

/// Returns the keys in the variables. Each half also has an older name.
pub(super) fn keys_of_variables(variables: &Variables) -> Option<Source> {
    let name = variables.first(&["AWS_ACCESS_KEY_ID", "AWS_ACCESS_KEY"])?;
    variables.first(&["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY"])?;
    let key = AccessKeyId::new(variables.get(name)?);
    Some(Source::Variables { key, name, token: variables.first(&[TOKEN]) })
}

/// Returns the source of this machine: the endpoint of a container, or else the metadata of the instance.
pub(super) fn at_hand(variables: &Variables) -> Result<Source, Failure> {
    let container =
        variables.first(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"]);
    if let Some(name) = container {
        return Ok(Source::Container { name, url: variables.get(name).unwrap_or_default().to_owned() });
    }
    if variables.asks_instance() { Ok(Source::Instance) } else { Err(Failure::Nothing) }
}

pub(super) fn load<'a>(
    files: &'a Files,
    profile: &ProfileName,
    visited: &mut Vec<ProfileName>,
) -> Result<Loaded<'a>, Failure> {
    const TYPES: [&str; 4] =
        ["source_profile", "credential_source", "credential_process", "web_identity_token_file"];
    let name = || profile.clone();
    let again = visited.contains(profile);
    let mut loaded = Loaded { profile: name(), files, source: None, again };
    if again {
        return Ok(loaded);
    }
    visited.push(name());
    // Half a key in a file stops it at once, whatever the other file has.
    for kind in [FileKind::Config, FileKind::Credentials] {
        let half = |key| files.stated_in(profile, key, kind).map(|stated| stated.place.clone());
        match (half("aws_access_key_id"), half("aws_secret_access_key")) {
            (Some(place), None) | (None, Some(place)) => {
                return Err(Failure::HalfProfileKey { profile: name(), place });
            }
            _ => {}
        }
    }
    let needs_role = ["source_profile", "credential_source", "web_identity_token_file"];
    if needs_role.iter().any(|key| loaded.has(key)) && !loaded.has("role_arn") {
        return Err(Failure::NoRole { profile: name() });
    }
    if TYPES.iter().filter(|key| loaded.has(key)).count() > 1 {
        let what = "source_profile, credential_source, credential_process, web_identity_token_file";
        return Err(Failure::TwoSources { profile: name(), what });
    }
    if let Some(source) = files.value(profile, "source_profile").map(ProfileName::new) {
        if !files.has(&source) {
            return Err(Failure::SourceMissing { profile: name(), source_profile: source });
        }
        let source = load(files, &source, visited)?;
        if !source.gives() {
            return Err(Failure::SourceEmpty { profile: source.profile });
        }
        loaded.source = Some(Box::new(source));
    }
    Ok(loaded)
}

impl Loaded<'_> {
    /// Returns true if the profile has this setting and the setting applies.
    fn has(&self, key: &str) -> bool {
        self.at(key).is_some()
    }

    fn at(&self, key: &str) -> Option<Place> {
        const OF_ROLES: [&str; 5] =
            ["role_arn", "source_profile", "credential_source", "mfa_serial", "external_id"];
        let stated = self.files.stated(&self.profile, key)?;
        (!(self.again && OF_ROLES.contains(&key))).then(|| stated.place.clone())
    }

    /// Returns true if a role can be based on it.
    fn gives(&self) -> bool {
        self.source.is_some()
            || self.keys().is_some()
            || ["credential_source", "credential_process", "web_identity_token_file"]
                .iter()
                .any(|key| self.has(key))
            || self.sso().is_some()
            || self.has("login_session")
    }

    fn keys(&self) -> Option<Source> {
        let place = self.at("aws_access_key_id").filter(|_| self.has("aws_secret_access_key"))?;
        Some(Source::Keys {
            profile: self.profile.clone(),
            key: AccessKeyId::new(self.files.value(&self.profile, "aws_access_key_id")?),
            token: self.has("aws_session_token"),
            place,
        })
    }

    fn sso(&self) -> Option<Place> {
        ["sso_session", "sso_start_url", "sso_account_id", "sso_role_name"]
            .into_iter()
            .find_map(|key| self.at(key))
    }

    pub(super) fn credentials(&self, setup: ClientSetup<'_>) -> Result<Source, Failure> {
        let profile = || self.profile.clone();
        let base = if let Some(source) = &self.source {
            source.credentials(setup)?
        } else if let Some(keys) = self.keys() {
            keys
        } else if self.has("credential_source") {
            self.named_source(setup)?
        } else if let Some(place) = self.at("web_identity_token_file") {
            let arn = self.files.value(&self.profile, "role_arn").unwrap_or_default().to_owned();
            return Ok(Source::WebIdentity { profile: Some(profile()), arn, place: Some(place) });
        } else if let Some(place) = self.sso() {
            Source::Sso { profile: profile(), place }
        } else if let Some(place) = self.at("login_session") {
            Source::Login { profile: profile(), place }
        } else if let Some(place) = self.at("credential_process") {
            Source::Process { profile: profile(), asks_us: self.files.asks_us(&self.profile), place }
        } else {
            at_hand(setup.variables)?
        };
        let Some(place) = self.at("role_arn") else { return Ok(base) };
        if self.has("mfa_serial") {
            return Err(Failure::AsksNobody { profile: profile(), place });
        }
        let arn = self.files.value(&self.profile, "role_arn").unwrap_or_default().to_owned();
        Ok(Source::Role { profile: profile(), arn, mfa: None, place, base: Box::new(base) })
    }

    fn named_source(&self, setup: ClientSetup<'_>) -> Result<Source, Failure> {
        let word = self.files.value(&self.profile, "credential_source").unwrap_or_default();
        let found = match word {
            "Environment" => keys_of_variables(setup.variables),
            "EcsContainer" => at_hand(setup.variables).ok().filter(|found| *found != Source::Instance),
            "Ec2InstanceMetadata" => Some(Source::Instance),
            _ => None,
        };
        let none = || Failure::NoSuchSource { profile: self.profile.clone(), word: word.to_owned() };
        found.ok_or_else(none)
    }
}
