//! The variables that clients look at, as they are set. Each client's module decides which of them count.

use std::collections::BTreeMap;

use awsesame_core::name::secret::Secret;
use awsesame_core::session::exported::is_withheld;

/// The variables whose values may be shown.
const PLAIN: [&str; 15] = [
    "AWS_ACCESS_KEY_ID",
    "AWS_ACCESS_KEY",
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_CREDENTIAL_EXPIRATION",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_ROLE_ARN",
    "AWS_EC2_METADATA_DISABLED",
    "AWS_SDK_LOAD_CONFIG",
    "AWS_CONFIG_FILE",
    "AWS_CREDENTIAL_PROFILES_FILE",
    "AWS_REGION",
    "AWS_DEFAULT_REGION",
];
/// The variables whose values may not be shown.
const SECRET: [&str; 4] =
    ["AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN"];

/// The variables of a process. One that is set and empty is not one that is not set.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Variables {
    plain: BTreeMap<&'static str, String>,
    secret: BTreeMap<&'static str, Secret>,
}

impl Variables {
    /// Reads the variables that matter, each by its name.
    pub fn read(value: impl Fn(&str) -> Option<String>) -> Self {
        // A value that awsesame set to withhold keys is not an endpoint or a key.
        let counts = |name: &str, value: &String| name == "AWS_PROFILE" || !is_withheld(value);
        let read = |name| Some((name, value(name).filter(|value| counts(name, value))?));
        let plain = PLAIN.into_iter().filter_map(read).collect();
        let secret = SECRET.into_iter().filter_map(|name| Some((name, Secret::new(value(name)?)))).collect();
        Self { plain, secret }
    }

    /// Returns the value of a variable that may be shown, if it has a meaning.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.raw(name).filter(|value| !value.is_empty())
    }

    /// Returns a variable, even if it is empty.
    pub(super) fn raw(&self, name: &str) -> Option<&str> {
        self.plain.get(name).map(String::as_str)
    }

    /// Returns true if a variable has a value, secret or not.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some() || self.secret.get(name).is_some_and(|value| !value.expose().is_empty())
    }

    /// Returns true if two secret variables have the same value.
    pub(super) fn same(&self, one: &str, other: &str) -> bool {
        self.secret.get(one) == self.secret.get(other)
    }

    /// Returns the first of these variables that has a value.
    pub(super) fn first(&self, names: &[&'static str]) -> Option<&'static str> {
        names.iter().copied().find(|name| self.has(name))
    }

    /// Returns true if the older SDKs read `~/.aws/config` too.
    pub(super) fn loads_config(&self) -> bool {
        // These values are true for Go's `strconv.ParseBool`.
        self.get("AWS_SDK_LOAD_CONFIG")
            .is_some_and(|value| ["1", "t", "T", "true", "TRUE", "True"].contains(&value))
    }

    /// Returns true if the instance metadata may be asked.
    pub(super) fn asks_instance(&self) -> bool {
        self.get("AWS_EC2_METADATA_DISABLED").is_none_or(|value| !value.eq_ignore_ascii_case("true"))
    }
}
