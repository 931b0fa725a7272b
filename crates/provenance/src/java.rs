//! The credential chain of the SDK for Java, version 2 (`DefaultCredentialsProvider`). It continues after every
//! failure, also after a role that was refused. A process takes precedence over the keys beside it, and `mfa_serial` is
//! not read.

use super::failure::Failure;
use super::files::Files;
use super::go::at_hand;
use super::source::Source;
use super::variables::Variables;
use super::{Client, ClientSetup, Named};
use awsesame_core::name::{AccessKeyId, ProfileName};

pub(super) fn outcome(setup: ClientSetup<'_>) -> Result<Source, Failure> {
    let named = setup.profile(Client::Java);
    let found = match setup.files.refusal() {
        Some(refused) => Err(refused),
        None => of_profile(setup, &named.profile, &mut Vec::new()),
    };
    let says_nothing =
        |failed: &Failure| matches!(failed, Failure::SourceEmpty { profile } if *profile == named.profile);
    in_order(setup, keys_of_variables, &named, found, says_nothing)
}

/// Follows the chain of both versions: variables, a web identity, the profile, and after any failure the container or
/// instance. If that fails too, the failure of the profile is the reason, unless it `says_nothing`.
pub(super) fn in_order(
    setup: ClientSetup<'_>,
    keys: fn(&Variables) -> Option<Source>,
    named: &Named,
    found: Result<Source, Failure>,
    says_nothing: impl Fn(&Failure) -> bool,
) -> Result<Source, Failure> {
    let variables = setup.variables;
    if setup.asked.is_some() {
        return found;
    }
    if let Some(found) = keys(variables).or_else(|| web_identity(variables)) {
        return Ok(found);
    }
    let failed = match found {
        Ok(found) => return Ok(found),
        Err(failed) => failed,
    };
    at_hand(variables).map_err(|nothing| match failed {
        Failure::UnknownProfile { profile, .. } if named.by.is_some() => {
            Failure::UnknownProfile { profile, by: named.by }
        }
        Failure::UnknownProfile { .. } => nothing,
        failed if says_nothing(&failed) => nothing,
        other => other,
    })
}

fn keys_of_variables(variables: &Variables) -> Option<Source> {
    let key = variables.get("AWS_ACCESS_KEY_ID").filter(|_| variables.has("AWS_SECRET_ACCESS_KEY"))?;
    let token = variables.first(&["AWS_SESSION_TOKEN"]);
    Some(Source::Variables { key: AccessKeyId::new(key), name: "AWS_ACCESS_KEY_ID", token })
}

fn web_identity(variables: &Variables) -> Option<Source> {
    let arn = variables.get("AWS_ROLE_ARN").filter(|_| variables.has("AWS_WEB_IDENTITY_TOKEN_FILE"))?;
    Some(Source::WebIdentity { profile: None, arn: arn.to_owned(), place: None })
}

fn of_profile(
    setup: ClientSetup<'_>,
    profile: &ProfileName,
    visited: &mut Vec<ProfileName>,
) -> Result<Source, Failure> {
    let files = setup.files;
    let name = || profile.clone();
    let at = |key: &str| files.stated(profile, key).map(|stated| stated.place.clone());
    if !files.has(profile) {
        return Err(Failure::UnknownProfile { profile: name(), by: None });
    }
    let arn = files.value(profile, "role_arn").unwrap_or_default().to_owned();
    if let (Some(place), Some(_)) = (at("web_identity_token_file"), at("role_arn")) {
        return Ok(Source::WebIdentity { profile: Some(name()), arn, place: Some(place) });
    }
    let sso = ["sso_session", "sso_start_url", "sso_account_id", "sso_region", "sso_role_name"];
    if let Some(place) = sso.into_iter().find_map(at) {
        return Ok(Source::Sso { profile: name(), place });
    }
    if let Some(place) = at("role_arn") {
        let base = match (files.value(profile, "source_profile"), files.value(profile, "credential_source")) {
            (Some(_), Some(_)) => {
                let what = "source_profile, credential_source";
                return Err(Failure::TwoSources { profile: name(), what });
            }
            (Some(source), None) => Some(source_profile(setup, profile, &ProfileName::new(source), visited)?),
            (None, Some(word)) => Some(named_source(setup, profile, word)?),
            (None, None) => None,
        };
        if let Some(base) = base {
            return Ok(Source::Role { profile: name(), arn, mfa: None, place, base: Box::new(base) });
        }
    }
    if let Some(place) = at("login_session") {
        return Ok(Source::Login { profile: name(), place });
    }
    if let Some(place) = at("credential_process") {
        return Ok(Source::Process { profile: name(), asks_us: files.asks_us(profile), place });
    }
    if let Some(place) = files.empty(profile, "credential_process").cloned() {
        return Err(Failure::EmptyProcess { profile: name(), place });
    }
    keys(files, profile)
}

/// Returns the keys of a profile. Both halves must be there.
pub(super) fn keys(files: &Files, profile: &ProfileName) -> Result<Source, Failure> {
    let name = || profile.clone();
    let Some(id) = files.stated(profile, "aws_access_key_id") else {
        return Err(Failure::SourceEmpty { profile: name() });
    };
    let place = id.place.clone();
    if files.stated(profile, "aws_secret_access_key").is_none() {
        return Err(Failure::HalfProfileKey { profile: name(), place });
    }
    let key = AccessKeyId::new(id.value.clone().unwrap_or_default());
    Ok(Source::Keys {
        profile: name(),
        key,
        token: files.stated(profile, "aws_session_token").is_some(),
        place,
    })
}

/// Returns the source profile. A profile that occurs twice is a circle, even if it has keys of its own.
fn source_profile(
    setup: ClientSetup<'_>,
    profile: &ProfileName,
    source: &ProfileName,
    visited: &mut Vec<ProfileName>,
) -> Result<Source, Failure> {
    visited.push(profile.clone());
    if visited.contains(source) {
        return Err(Failure::SourceLoop { profile: visited[0].clone() });
    }
    of_profile(setup, source, visited).map_err(|failure| match failure {
        Failure::UnknownProfile { profile: source_profile, .. } => {
            Failure::SourceMissing { profile: profile.clone(), source_profile }
        }
        failure => failure,
    })
}

fn named_source(setup: ClientSetup<'_>, profile: &ProfileName, word: &str) -> Result<Source, Failure> {
    let found = match word {
        "Environment" => keys_of_variables(setup.variables),
        "EcsContainer" => at_hand(setup.variables).ok().filter(|found| *found != Source::Instance),
        "Ec2InstanceMetadata" => Some(Source::Instance),
        _ => None,
    };
    found.ok_or_else(|| Failure::NoSuchSource { profile: profile.clone(), word: word.to_owned() })
}
