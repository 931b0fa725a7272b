//! The credential chain of the SDK for JavaScript, version 3 (`credential-provider-node`). It continues after most
//! failures, and ignores the keys in the environment as soon as `AWS_PROFILE` is set.

use super::failure::Failure;
use super::files::Files;
use super::source::Source;
use super::variables::Variables;
use super::{Client, ClientSetup};
use awsesame_core::name::{AccessKeyId, ProfileName};

pub(super) const TOKEN: &str = "AWS_SESSION_TOKEN";

/// A failure, and whether the chain continues after it.
enum Stop {
    Here(Failure),
    GoOn(Failure),
}

pub(super) fn outcome(setup: ClientSetup<'_>) -> Result<Source, Failure> {
    let (variables, files) = (setup.variables, setup.files);
    let named = setup.profile(Client::JavaScript);
    if named.by.is_none()
        && let Some(found) = keys_of_variables(variables)
    {
        return Ok(found);
    }
    let profile = &named.profile;
    let failed = match of_profile(setup, profile, &mut Vec::new(), false) {
        Ok(found) => return Ok(found),
        Err(Stop::Here(failure)) => return Err(failure),
        Err(Stop::GoOn(failure)) => failure,
    };
    if let Some(found) = process(files, profile) {
        return Ok(found);
    }
    let role = variables.get("AWS_ROLE_ARN").filter(|_| variables.has("AWS_WEB_IDENTITY_TOKEN_FILE"));
    if let Some(arn) = role {
        return Ok(Source::WebIdentity { profile: None, arn: arn.to_owned(), place: None });
    }
    if let Some(found) = container(variables) {
        return Ok(found);
    }
    // The client shows the error of the last link, but the first one says what is wrong.
    match failed {
        _ if variables.asks_instance() => Ok(Source::Instance),
        Failure::UnknownProfile { .. } if named.by.is_some() => {
            Err(Failure::UnknownProfile { profile: named.profile, by: named.by })
        }
        Failure::UnknownProfile { .. } => Err(Failure::Nothing),
        Failure::SourceEmpty { profile } if profile == named.profile => Err(Failure::Nothing),
        other => Err(other),
    }
}

fn keys_of_variables(variables: &Variables) -> Option<Source> {
    let key = variables.get("AWS_ACCESS_KEY_ID").filter(|_| variables.has("AWS_SECRET_ACCESS_KEY"))?;
    let token = variables.first(&[TOKEN]);
    Some(Source::Variables { key: AccessKeyId::new(key), name: "AWS_ACCESS_KEY_ID", token })
}

/// Follows one profile. `through` is true if another profile leads to it only for its `credential_source`.
fn of_profile(
    setup: ClientSetup<'_>,
    profile: &ProfileName,
    visited: &mut Vec<ProfileName>,
    through: bool,
) -> Result<Source, Stop> {
    let files = setup.files;
    let name = || profile.clone();
    let at = |key: &str| files.stated(profile, key).map(|stated| stated.place.clone());
    if !files.has(profile) {
        return Err(Stop::GoOn(Failure::UnknownProfile { profile: name(), by: None }));
    }
    let keys = keys(files, profile);
    if !visited.is_empty()
        && let Some(keys) = keys
    {
        return Ok(keys);
    }
    let sources = (files.value(profile, "source_profile"), files.value(profile, "credential_source"));
    if through || at("role_arn").is_some() && matches!(sources, (Some(_), None) | (None, Some(_))) {
        return role(setup, profile, visited);
    }
    if let Some(keys) = keys {
        return Ok(keys);
    }
    if let (Some(place), Some(arn)) = (at("web_identity_token_file"), files.value(profile, "role_arn")) {
        return Ok(Source::WebIdentity { profile: Some(name()), arn: arn.to_owned(), place: Some(place) });
    }
    if let Some(found) = process(files, profile) {
        return Ok(found);
    }
    let sso = ["sso_start_url", "sso_account_id", "sso_session", "sso_region", "sso_role_name"];
    if let Some(place) = sso.into_iter().find_map(at) {
        return Ok(Source::Sso { profile: name(), place });
    }
    if let Some(place) = at("login_session") {
        return Ok(Source::Login { profile: name(), place });
    }
    Err(Stop::GoOn(Failure::SourceEmpty { profile: name() }))
}

fn keys(files: &Files, profile: &ProfileName) -> Option<Source> {
    let id = files.stated(profile, "aws_access_key_id")?;
    files.stated(profile, "aws_secret_access_key")?;
    Some(Source::Keys {
        profile: profile.clone(),
        key: AccessKeyId::new(id.value.clone().unwrap_or_default()),
        token: files.stated(profile, "aws_session_token").is_some(),
        place: id.place.clone(),
    })
}

fn process(files: &Files, profile: &ProfileName) -> Option<Source> {
    let place = files.stated(profile, "credential_process")?.place.clone();
    Some(Source::Process { profile: profile.clone(), asks_us: files.asks_us(profile), place })
}

fn role(
    setup: ClientSetup<'_>,
    profile: &ProfileName,
    visited: &mut Vec<ProfileName>,
) -> Result<Source, Stop> {
    let files = setup.files;
    let name = || profile.clone();
    let role = files.stated(profile, "role_arn");
    let source = files.value(profile, "source_profile").map(ProfileName::new);
    if source.as_ref().is_some_and(|source| visited.contains(source)) {
        return Err(Stop::GoOn(Failure::SourceLoop { profile: visited[0].clone() }));
    }
    if let (Some(role), Some(_)) = (role, files.value(profile, "mfa_serial")) {
        return Err(Stop::Here(Failure::AsksNobody { profile: name(), place: role.place.clone() }));
    }
    let base = match source {
        Some(source) => {
            visited.push(source.clone());
            let through = files.stated(&source, "role_arn").is_none()
                && files.stated(&source, "credential_source").is_some();
            of_profile(setup, &source, visited, through).map_err(|stop| match stop {
                Stop::GoOn(Failure::UnknownProfile { profile: source_profile, .. }) => {
                    Stop::GoOn(Failure::SourceMissing { profile: name(), source_profile })
                }
                stop => stop,
            })?
        }
        None => named_source(setup, profile)?,
    };
    let Some(role) = role else { return Ok(base) };
    let (arn, place) = (role.value.clone().unwrap_or_default(), role.place.clone());
    Ok(Source::Role { profile: name(), arn, mfa: None, place, base: Box::new(base) })
}

fn named_source(setup: ClientSetup<'_>, profile: &ProfileName) -> Result<Source, Stop> {
    let word = setup.files.value(profile, "credential_source").unwrap_or_default();
    let found = match word {
        "Environment" => keys_of_variables(setup.variables),
        "EcsContainer" => container(setup.variables),
        "Ec2InstanceMetadata" => Some(Source::Instance),
        _ => None,
    };
    let none = Failure::NoSuchSource { profile: profile.clone(), word: word.to_owned() };
    found.ok_or(Stop::GoOn(none))
}

fn container(variables: &Variables) -> Option<Source> {
    let name =
        variables.first(&["AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "AWS_CONTAINER_CREDENTIALS_FULL_URI"])?;
    Some(Source::Container { name, url: variables.get(name).unwrap_or_default().to_owned() })
}
