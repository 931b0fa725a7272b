//! The inputs of a plan: plain values that the program has collected. This module decides only whether a value is set.

use crate::aws_files::profile::ProfileSet;
use crate::config::Config;
use crate::name::secret::Secret;
use crate::name::{AccessKeyId, ProfileName};

/// The inputs of one plan.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The profiles of both files.
    pub profiles: &'a ProfileSet,
    /// The profile that is named by `-p`, `AWSESAME_PROFILE`, `AWS_PROFILE` or `AWS_DEFAULT_PROFILE`; `None` if none is
    /// named. A named profile takes precedence over every key in the environment.
    pub profile: Option<&'a ProfileName>,
    /// The facts in the environment.
    pub environment: &'a EnvironmentFacts,
    /// The value of `login --duration` in seconds, for the step that uses the code: the MFA session, or the role that
    /// is assumed with the code. Later roles keep their own durations, and are renewed without a code while the session
    /// is valid.
    pub duration: Option<u32>,
    /// The settings of awsesame.
    pub config: &'a Config,
    /// The user of this machine, for the names of role sessions.
    pub user: Option<&'a str>,
    /// True if faults name the profile that was probably meant. The search compares all names, which is too slow when
    /// plans are made for many profiles.
    pub suggests: bool,
}

/// The variables that a plan depends on. An empty string counts as not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EnvironmentFacts {
    /// The value of `MASTER_AWS_ACCESS_KEY_ID`.
    pub master_key_id: Option<AccessKeyId>,
    /// The value of `MASTER_AWS_SECRET_ACCESS_KEY`.
    pub master_secret: Option<Secret>,
    /// `AWS_MFA_ARN`, with the serial numbers for the key in the environment.
    pub mfa_arn: Option<String>,
    /// The value of `AWS_ACCESS_KEY_ID`.
    pub key_id: Option<AccessKeyId>,
    /// The value of `AWS_SECRET_ACCESS_KEY`.
    pub secret: Option<Secret>,
    /// True if `AWS_SESSION_TOKEN` or `AWS_SECURITY_TOKEN` is set.
    pub session_token: bool,
    /// The value of `AWS_REGION`.
    pub region: Option<String>,
    /// The value of `AWS_DEFAULT_REGION`.
    pub default_region: Option<String>,
    /// The value of `AWS_ENDPOINT_URL`.
    pub endpoint_url: Option<String>,
    /// The value of `AWS_ENDPOINT_URL_STS`.
    pub endpoint_url_sts: Option<String>,
    /// The value of `AWS_ENDPOINT_URL_IAM`.
    pub endpoint_url_iam: Option<String>,
    /// The value of `AWS_ENDPOINT_URL_S3`.
    pub endpoint_url_s3: Option<String>,
    /// The value of `AWS_ENDPOINT_URL_ORGANIZATIONS`.
    pub endpoint_url_organizations: Option<String>,
    /// The value of `AWS_ENDPOINT_URL_SIGNIN`.
    pub endpoint_url_signin: Option<String>,
    /// The value of `AWS_ENDPOINT_URL_SSO_OIDC`.
    pub endpoint_url_sso_oidc: Option<String>,
    /// The value of `AWS_ENDPOINT_URL_SSO`.
    pub endpoint_url_sso: Option<String>,
    /// The value of `AWS_IGNORE_CONFIGURED_ENDPOINT_URLS`.
    pub ignore_configured_endpoint_urls: Option<String>,
    /// The value of `AWS_USE_FIPS_ENDPOINT`.
    pub use_fips_endpoint: Option<String>,
    /// The value of `AWS_USE_DUALSTACK_ENDPOINT`.
    pub use_dualstack_endpoint: Option<String>,
    /// The value of `AWS_STS_REGIONAL_ENDPOINTS`.
    pub sts_regional_endpoints: Option<String>,
    /// The value of `AWS_CA_BUNDLE`.
    pub ca_bundle: Option<String>,
    /// The value of `AWS_ROLE_SESSION_NAME`.
    pub role_session_name: Option<String>,
    /// `AWS_WEB_IDENTITY_TOKEN_FILE`. None if a profile was named to awsesame itself, because the variable does not
    /// apply then.
    pub web_identity_token_file: Option<String>,
    /// `AWS_ROLE_ARN`, with the same exception.
    pub role_arn: Option<String>,
}

/// Returns a variable's value, unless it is empty.
pub(super) fn set(value: Option<&String>) -> Option<&str> {
    value.map(|value| value.trim()).filter(|value| !value.is_empty())
}
