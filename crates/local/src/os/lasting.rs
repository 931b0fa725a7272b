//! Selects the variables of a background process, which must not depend on one shell or one project.

use std::ffi::OsString;

use awsesame_core::session::exported::VARIABLE as EXPORTED;

use super::context::Context;

/// The variables that last beyond a shell: see [`variables`].
const LASTING: [&str; 28] = [
    "HOME",
    "USER",
    "LOGNAME",
    "PATH",
    "LANG",
    "TZ",
    "DISPLAY",
    "WAYLAND_DISPLAY",
    "XAUTHORITY",
    "DBUS_SESSION_BUS_ADDRESS",
    "SSH_AUTH_SOCK",
    "GNUPGHOME",
    "PASSWORD_STORE_DIR",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "ALL_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "all_proxy",
    "no_proxy",
    "AWS_CONFIG_FILE",
    "AWS_SHARED_CREDENTIALS_FILE",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
    "AWS_STS_REGIONAL_ENDPOINTS",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
];
/// The prefixes of further variables like these.
const LASTING_FAMILIES: [&str; 4] = ["XDG_", "LC_", "AWSESAME_", "AWS_ENDPOINT_URL"];
/// The variables that begin with one of these prefixes but belong to a project.
const PASSING: [&str; 12] = [
    "AWSESAME_PROFILE",
    "AWSESAME_ACCOUNT",
    "AWSESAME_ROLE",
    "AWSESAME_ROLE_TAGS",
    "AWSESAME_ROLE_TRANSITIVE_TAGS",
    "AWSESAME_ROLE_POLICY",
    "AWSESAME_ROLE_POLICY_ARNS",
    "AWSESAME_ROLE_SOURCE_IDENTITY",
    "AWSESAME_STAMP",
    "AWSESAME_EXPIRES_AT",
    "AWSESAME_BROKER",
    EXPORTED,
];

/// Returns the variables for a background process: those of the user and the machine, and none of one shell or one
/// project.
pub fn variables(context: Context) -> Vec<(OsString, OsString)> {
    let lasts = |name: &str| {
        LASTING.contains(&name)
            || LASTING_FAMILIES.iter().any(|prefix| name.starts_with(prefix)) && !PASSING.contains(&name)
    };
    let exported = context.exported();
    let ours = |name: &str, value: &str| exported.is_ours(name, value);
    let variables = context.environment().all();
    let lasting = variables.filter(|(name, value)| {
        name.to_str()
            .is_some_and(|name| lasts(name) && !value.to_str().is_some_and(|value| ours(name, value)))
    });
    lasting.map(|(name, value)| (name, value.to_owned())).collect()
}
