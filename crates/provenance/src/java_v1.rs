//! The credential chain of the SDK for Java, version 1 (`DefaultAWSCredentialsProviderChain`). It reads one file,
//! `~/.aws/credentials` or the one that `AWS_CREDENTIAL_PROFILES_FILE` names, and continues after every failure.

use super::failure::Failure;
use super::go::keys_of_variables;
use super::java::{in_order, keys};
use super::source::Source;
use super::{Client, ClientSetup};
use awsesame_core::name::ProfileName;

pub(super) fn outcome(setup: ClientSetup<'_>) -> Result<Source, Failure> {
    let named = setup.profile(Client::JavaV1);
    let found = match setup.files.refusal() {
        Some(refused) => Err(refused),
        None => of_profile(setup, &named.profile),
    };
    let says_nothing = |failed: &Failure| matches!(failed, Failure::SourceEmpty { .. });
    // It knows the same older names as Go, and reads the same token.
    in_order(setup, keys_of_variables, &named, found, says_nothing)
}

fn of_profile(setup: ClientSetup<'_>, profile: &ProfileName) -> Result<Source, Failure> {
    let files = setup.files;
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
        // Keys are all that a role can be based on.
        let base = Box::new(keys(files, &source)?);
        return Ok(Source::Role { profile: name(), arn, mfa: None, place, base });
    }
    if let Some(process) = files.stated(profile, "credential_process") {
        let place = process.place.clone();
        return Ok(Source::Process { profile: name(), asks_us: files.asks_us(profile), place });
    }
    keys(files, profile)
}
