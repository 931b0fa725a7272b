//! One role of a plan: what `AssumeRole` needs, read from one profile.

use super::request::{EnvironmentFacts, Request, set};
use super::terms::{Terms, in_name};
use super::{ROLE_MAX, SHORTEST};
use crate::aws_files::profile::{Settings, bad};
use crate::fault::Fault;
use crate::name::{ProfileName, RoleArn, arn_field};

/// The description of a valid role ARN, for messages about an invalid one.
pub(super) const ROLE_EXPECTED: &str = "the ARN of a role (`arn:aws:iam::ACCOUNT:role/NAME`)";

/// One call of `AssumeRole`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    /// The profile with the role.
    pub profile: ProfileName,
    /// The ARN of the role.
    pub arn: RoleArn,
    /// The external ID that the role's trust policy requires.
    pub external_id: Option<String>,
    /// The name of the session in `CloudTrail`.
    pub session_name: String,
    /// The value of `duration_seconds`, or AWS's default of 3600.
    pub duration: Option<u32>,
    /// The terms that our own settings add.
    pub terms: Terms,
}

impl Hop {
    pub(super) fn read(
        profile: &ProfileName,
        settings: &Settings,
        request: &Request<'_>,
        asked_for: bool,
    ) -> Result<Option<Self>, Fault> {
        let Some(arn) = settings.get("role_arn") else { return Ok(None) };
        if !is_role(arn) {
            return Err(bad(profile, "role_arn", arn, ROLE_EXPECTED.to_owned()));
        }
        Ok(Some(Self {
            profile: profile.clone(),
            arn: RoleArn::new(arn),
            external_id: external_id(profile, settings)?,
            session_name: session_name(profile, settings, request.environment, request.user)?,
            terms: Terms::read(request.config, profile, asked_for)?,
            duration: settings.seconds(profile, "duration_seconds", SHORTEST, ROLE_MAX)?,
        }))
    }
}

/// Returns true if an ARN is that of a role.
pub(super) fn is_role(arn: &str) -> bool {
    arn_field(arn, 2) == Some("iam")
        && arn_field(arn, 4).is_some_and(|account| !account.is_empty())
        && arn_field(arn, 5)
            .is_some_and(|resource| resource.strip_prefix("role/").is_some_and(|name| !name.is_empty()))
}

fn external_id(profile: &ProfileName, settings: &Settings) -> Result<Option<String>, Fault> {
    let Some(id) = settings.get("external_id") else { return Ok(None) };
    if (2..=1224).contains(&id.len()) && id.chars().all(|c| in_name(c) || matches!(c, ':' | '/')) {
        return Ok(Some(id.to_owned()));
    }
    let expected = "2 to 1224 letters, digits or any of `_+=,.@:/-`".to_owned();
    Err(bad(profile, "external_id", id, expected))
}

fn session_name(
    profile: &ProfileName,
    settings: &Settings,
    environment: &EnvironmentFacts,
    user: Option<&str>,
) -> Result<String, Fault> {
    const EXPECTED: &str = "2 to 64 letters, digits or any of `_+=,.@-`";
    if let Some(name) = settings.get("role_session_name") {
        return if is_session_name(name) {
            Ok(name.to_owned())
        } else {
            Err(bad(profile, "role_session_name", name, EXPECTED.to_owned()))
        };
    }
    if let Some(name) = set(environment.role_session_name.as_ref()) {
        return if is_session_name(name) {
            Ok(name.to_owned())
        } else {
            Err(Fault::BadValue {
                setting: "AWS_ROLE_SESSION_NAME",
                value: name.to_owned(),
                expected: EXPECTED.to_owned(),
            })
        };
    }
    let user: String = user.unwrap_or_default().chars().map(|c| if in_name(c) { c } else { '-' }).collect();
    let name = if user.is_empty() { "awsesame".to_owned() } else { format!("awsesame-{user}") };
    // Every character is ASCII by now, so characters are bytes.
    Ok(name.chars().take(64).collect())
}

fn is_session_name(name: &str) -> bool {
    (2..=64).contains(&name.len()) && name.chars().all(in_name)
}
