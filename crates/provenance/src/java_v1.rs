//! The chain of the SDK for Java, version 1 (`DefaultAWSCredentialsProviderChain`). It reads one file, which is
//! `~/.aws/credentials` unless `AWS_CREDENTIAL_PROFILES_FILE` names another, and goes on after every failure.

use super::go::{at_hand, keys_of_variables};
use super::java::web_identity;
use super::source::{Failure, Source};
use super::{Client, Scene};
use awsesame_core::name::{AccessKeyId, ProfileName};

pub(super) fn outcome(scene: Scene<'_>) -> Result<Source, Failure> {
    let variables = scene.variables;
    let named = scene.profile(Client::JavaV1);
    let found = of_profile(scene, &named.profile);
    if scene.asked.is_some() {
        return found;
    }
    // It has the older names of Go, and reads the same token.
    if let Some(found) = keys_of_variables(variables).or_else(|| web_identity(variables)) {
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
        Failure::UnknownProfile { .. } | Failure::SourceEmpty { .. } => nothing,
        other => other,
    })
}

fn of_profile(scene: Scene<'_>, profile: &ProfileName) -> Result<Source, Failure> {
    let files = scene.files;
    let name = || profile.clone();
    if !files.has(profile) {
        return Err(Failure::UnknownProfile { profile: name(), by: None });
    }
    if let Some(role) = files.stated(profile, "role_arn") {
        let (arn, place) = (role.value.clone().unwrap_or_default(), role.place.clone());
        let Some(source) = files.value(profile, "source_profile").map(ProfileName::new) else {
            return Err(Failure::RoleWithoutSource { profile: name(), place });
        };
        if !files.has(&source) {
            return Err(Failure::SourceMissing { profile: name(), source_profile: source });
        }
        let base = Box::new(keys(scene, &source)?);
        return Ok(Source::Role { profile: name(), arn, mfa: None, place, base });
    }
    if let Some(process) = files.stated(profile, "credential_process") {
        let place = process.place.clone();
        return Ok(Source::Process { profile: name(), asks_us: files.asks_us(profile), place });
    }
    keys(scene, profile)
}

/// The keys of a profile, which are all that a role can be based on.
fn keys(scene: Scene<'_>, profile: &ProfileName) -> Result<Source, Failure> {
    let files = scene.files;
    let Some(id) = files.stated(profile, "aws_access_key_id") else {
        return Err(Failure::SourceEmpty { profile: profile.clone() });
    };
    let place = id.place.clone();
    if files.stated(profile, "aws_secret_access_key").is_none() {
        return Err(Failure::HalfProfileKey { profile: profile.clone(), place });
    }
    Ok(Source::Keys {
        profile: profile.clone(),
        key: AccessKeyId::new(id.value.clone().unwrap_or_default()),
        token: files.stated(profile, "aws_session_token").is_some(),
        place,
    })
}
