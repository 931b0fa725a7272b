//! The credential chain of botocore, which the AWS CLI and boto3 share. Its order is: variables, a role, a web
//! identity, IAM Identity Center, the credentials file, `aws login`, a process, keys in the config file, a container,
//! the instance.

use super::failure::Failure;
use super::files::Files;
use super::source::Source;
use super::variables::Variables;
use super::{Client, ClientSetup};
use awsesame_core::aws_files::edit::FileKind;
use awsesame_core::name::{AccessKeyId, ProfileName};

/// The variables of the session token. botocore reads the older name first.
pub(super) const TOKENS: [&str; 2] = ["AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN"];

const FULL: &str = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
const RELATIVE: &str = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";

pub(super) fn outcome(setup: ClientSetup<'_>, client: Client) -> Result<Source, Failure> {
    let (variables, files) = (setup.variables, setup.files);
    if let Some(refused) = files.refusal() {
        return Err(refused);
    }
    let named = setup.profile(client);
    // botocore stops if a named profile does not exist, even if other credentials are set.
    if named.by.is_some() && !files.has(&named.profile) {
        return Err(Failure::UnknownProfile { profile: named.profile, by: named.by });
    }
    let by_hand = setup.asked.is_some();
    if !by_hand && let Some(key) = keys_of_variables(variables) {
        return key;
    }
    let profile = &named.profile;
    if has_role(files, profile) {
        return role(setup, profile, &mut vec![profile.clone()]);
    }
    if let Some(found) = of_profile(setup, profile, !by_hand) {
        return found;
    }
    if let Some(found) = container(variables) {
        return Ok(found);
    }
    if variables.asks_instance() { Ok(Source::Instance) } else { Err(Failure::Nothing) }
}

fn keys_of_variables(variables: &Variables) -> Option<Result<Source, Failure>> {
    let key = variables.get("AWS_ACCESS_KEY_ID")?;
    if !variables.has("AWS_SECRET_ACCESS_KEY") {
        return Some(Err(Failure::HalfKey { missing: "AWS_SECRET_ACCESS_KEY" }));
    }
    let token = variables.first(&TOKENS);
    Some(Ok(Source::Variables { key: AccessKeyId::new(key), name: "AWS_ACCESS_KEY_ID", token }))
}

/// A web identity beside a role is not a role to assume by keys.
fn has_role(files: &Files, profile: &ProfileName) -> bool {
    let there = files.stated(profile, "role_arn").is_some() || files.empty(profile, "role_arn").is_some();
    there && files.stated(profile, "web_identity_token_file").is_none()
}

/// Returns the source that a profile has besides a role, in botocore's order. Returns None if there is none.
/// `environment` is true if the variables of a web identity apply.
fn of_profile(
    setup: ClientSetup<'_>,
    profile: &ProfileName,
    environment: bool,
) -> Option<Result<Source, Failure>> {
    let files = setup.files;
    let name = || profile.clone();
    let at = |key: &str| files.stated(profile, key).map(|stated| stated.place.clone());
    if let Some(found) = web_identity(setup, profile, environment) {
        return Some(found);
    }
    if let Some(place) = at("sso_role_name").or_else(|| at("sso_account_id")) {
        return Some(Ok(Source::Sso { profile: name(), place }));
    }
    if let Some(found) = keys(files, profile, FileKind::Credentials) {
        return Some(found);
    }
    if let Some(place) = at("login_session") {
        return Some(Ok(Source::Login { profile: name(), place }));
    }
    if let Some(place) = at("credential_process") {
        return Some(Ok(Source::Process { profile: name(), asks_us: files.asks_us(profile), place }));
    }
    if let Some(place) = files.empty(profile, "credential_process").cloned() {
        return Some(Err(Failure::EmptyProcess { profile: name(), place }));
    }
    keys(files, profile, FileKind::Config)
}

fn web_identity(
    setup: ClientSetup<'_>,
    profile: &ProfileName,
    environment: bool,
) -> Option<Result<Source, Failure>> {
    let variable = |name: &str| setup.variables.get(name).filter(|_| environment);
    let by_variable = variable("AWS_WEB_IDENTITY_TOKEN_FILE").is_some();
    let stated = setup.files.stated(profile, "web_identity_token_file");
    if !by_variable && stated.is_none() {
        return None;
    }
    let role = variable("AWS_ROLE_ARN").or_else(|| setup.files.value(profile, "role_arn"));
    Some(role.ok_or(Failure::WebIdentityWithoutRole).map(|arn| Source::WebIdentity {
        profile: (!by_variable).then(|| profile.clone()),
        arn: arn.to_owned(),
        place: stated.filter(|_| !by_variable).map(|stated| stated.place.clone()),
    }))
}

/// Returns the keys of a profile in one of the two files, if both halves are there.
fn keys(files: &Files, profile: &ProfileName, kind: FileKind) -> Option<Result<Source, Failure>> {
    let stated = |key| files.stated_in(profile, key, kind);
    let id = stated("aws_access_key_id")?;
    let place = id.place.clone();
    if stated("aws_secret_access_key").is_none() {
        return Some(Err(Failure::HalfProfileKey { profile: profile.clone(), place }));
    }
    let token = stated("aws_session_token").or_else(|| stated("aws_security_token")).is_some();
    let key = AccessKeyId::new(id.value.clone().unwrap_or_default());
    Some(Ok(Source::Keys { profile: profile.clone(), key, token, place }))
}

fn container(variables: &Variables) -> Option<Source> {
    // One that is there counts, even if it is empty.
    let name = [RELATIVE, FULL].into_iter().find(|name| variables.raw(name).is_some())?;
    Some(Source::Container { name, url: variables.raw(name).unwrap_or_default().to_owned() })
}

fn role(
    setup: ClientSetup<'_>,
    profile: &ProfileName,
    visited: &mut Vec<ProfileName>,
) -> Result<Source, Failure> {
    let files = setup.files;
    let name = || profile.clone();
    let Some(stated) = files.stated(profile, "role_arn") else {
        // One without a value is one as well.
        let empty = files.empty(profile, "role_arn").cloned();
        return Err(
            empty.map_or(Failure::Nothing, |place| Failure::RoleWithoutSource { profile: name(), place })
        );
    };
    let place = stated.place.clone();
    let base = match (files.value(profile, "source_profile"), files.value(profile, "credential_source")) {
        (Some(_), Some(_)) => {
            return Err(Failure::TwoSources { profile: name(), what: "source_profile, credential_source" });
        }
        (None, None) => return Err(Failure::RoleWithoutSource { profile: name(), place }),
        (None, Some(word)) => named_source(setup, profile, word)?,
        (Some(source), None) => source_profile(setup, profile, &ProfileName::new(source), visited)?,
    };
    Ok(Source::Role {
        profile: name(),
        arn: stated.value.clone().unwrap_or_default(),
        mfa: files.value(profile, "mfa_serial").map(str::to_owned),
        place,
        base: Box::new(base),
    })
}

fn named_source(setup: ClientSetup<'_>, profile: &ProfileName, word: &str) -> Result<Source, Failure> {
    let none = || Failure::NoSuchSource { profile: profile.clone(), word: word.to_owned() };
    match word {
        "Environment" => keys_of_variables(setup.variables).unwrap_or_else(|| Err(none())),
        "EcsContainer" => container(setup.variables).ok_or_else(none),
        "Ec2InstanceMetadata" if setup.variables.asks_instance() => Ok(Source::Instance),
        _ => Err(none()),
    }
}

fn source_profile(
    setup: ClientSetup<'_>,
    profile: &ProfileName,
    source: &ProfileName,
    visited: &mut Vec<ProfileName>,
) -> Result<Source, Failure> {
    let files = setup.files;
    if !files.has(source) {
        let (profile, source_profile) = (profile.clone(), source.clone());
        return Err(Failure::SourceMissing { profile, source_profile });
    }
    let has_keys =
        ["aws_access_key_id", "aws_secret_access_key"].iter().any(|key| files.stated(source, key).is_some());
    if visited.contains(source) && (source != profile || !has_keys) {
        return Err(Failure::SourceLoop { profile: visited[0].clone() });
    }
    visited.push(source.clone());
    if has_keys || !has_role(files, source) {
        return of_profile(setup, source, false)
            .unwrap_or_else(|| Err(Failure::SourceEmpty { profile: source.clone() }));
    }
    role(setup, source, visited)
}
