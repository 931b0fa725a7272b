//! The profiles of `~/.aws/config` and `~/.aws/credentials`, as plain values.
//!
//! AWS's own parser reads the files at the edge; here stand only lookups. What a
//! profile *means* (keys, chains, roles) is decided in [`crate::plan`].

use std::collections::BTreeMap;

use crate::aws_files::access_key::AccessKey;
use crate::aws_files::key_index::{KeyIndex, StoredKey};
use crate::fault::Fault;
use crate::name::ProfileName;
use crate::name::secret::Secret;
use crate::text::nearest::nearest;

/// The settings of a profile that decide anything here. AWS's parser answers by
/// name only, so the edge asks it for each of these.
pub const SETTINGS: &[&str] = &[
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "ca_bundle",
    "credential_process",
    "credential_source",
    "duration_seconds",
    "endpoint_url",
    "external_id",
    "ignore_configured_endpoint_urls",
    "login_session",
    "mfa_serial",
    "region",
    "role_arn",
    "role_session_name",
    "services",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
    "sts_regional_endpoints",
    "use_dualstack_endpoint",
    "use_fips_endpoint",
    "web_identity_token_file",
];

/// The services whose endpoints a `[services NAME]` section may set for us.
pub const SERVICES: &[&str] = &["sts", "iam", "s3", "organizations", "signin", "sso", "sso_oidc"];

/// The settings of an `[sso-session NAME]` that decide anything here.
pub const SSO_SETTINGS: &[&str] = &["sso_start_url", "sso_region", "sso_registration_scopes"];

/// Settings that may hold a secret: out of reach of [`Settings::get`].
/// (A `credential_process` line may carry a password among its arguments.)
const SECRET_SETTINGS: &[&str] =
    &["aws_secret_access_key", "aws_session_token", "aws_security_token", "credential_process"];

/// Settings by which AWS's tools find credentials in a profile.
const CREDENTIAL_SETTINGS: [&str; 9] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "role_arn",
    "credential_process",
    "sso_session",
    "sso_start_url",
    "sso_account_id",
    "login_session",
    "web_identity_token_file",
];

/// The settings of one profile, both files merged. Keys are lower case.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Settings {
    plain: BTreeMap<String, String>,
    secret: BTreeMap<String, Secret>,
    stored: Option<StoredKey>,
}

impl Settings {
    /// Sets `key`; an empty value is no value, as in the environment.
    pub fn insert(&mut self, key: &str, value: &str) {
        let (key, value) = (key.to_ascii_lowercase(), value.trim());
        if value.is_empty() {
            self.plain.remove(&key);
            self.secret.remove(&key);
        } else if SECRET_SETTINGS.contains(&key.as_str()) {
            self.secret.insert(key, Secret::new(value));
        } else {
            self.plain.insert(key, value.to_owned());
        }
    }

    /// A setting that is no secret.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.plain.get(key).map(String::as_str)
    }

    /// A setting that may be a secret.
    pub fn secret(&self, key: &str) -> Option<&Secret> {
        self.secret.get(key)
    }

    /// Where the profile's long-term key rests, if that is a store.
    pub fn stored(&self) -> Option<&StoredKey> {
        self.stored.as_ref()
    }

    /// Whether the setting is there, secret or not.
    pub fn has(&self, key: &str) -> bool {
        self.plain.contains_key(key) || self.secret.contains_key(key)
    }

    /// A setting that is `true` or `false`; `profile` is for the message.
    pub fn switch(&self, profile: &ProfileName, key: &str) -> Result<Option<bool>, Fault> {
        self.get(key)
            .map(|value| {
                parse_switch(value).ok_or_else(|| bad(profile, key, value, "`true` or `false`".to_owned()))
            })
            .transpose()
    }

    /// A setting in whole seconds within `from..=to`; `profile` is for the message.
    pub fn seconds(
        &self,
        profile: &ProfileName,
        key: &str,
        from: u32,
        to: u32,
    ) -> Result<Option<u32>, Fault> {
        self.get(key)
            .map(|value| {
                value
                    .parse()
                    .ok()
                    .filter(|seconds| (from..=to).contains(seconds))
                    .ok_or_else(|| bad(profile, key, value, format!("whole seconds from {from} to {to}")))
            })
            .transpose()
    }
}

/// `true` or `false`, in any case, as AWS's tools read it.
pub(crate) fn parse_switch(value: &str) -> Option<bool> {
    if value.eq_ignore_ascii_case("true") {
        Some(true)
    } else if value.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The fault of a setting that means nothing.
pub(crate) fn bad(profile: &ProfileName, key: &str, value: &str, expected: String) -> Fault {
    Fault::BadSetting { profile: profile.clone(), key: key.to_owned(), value: value.to_owned(), expected }
}

/// All profiles of both files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileSet {
    profiles: BTreeMap<ProfileName, Settings>,
    /// By section, then by service.
    endpoints: BTreeMap<String, BTreeMap<String, String>>,
    /// The `[sso-session NAME]`s, by name.
    sso_sessions: BTreeMap<String, BTreeMap<String, String>>,
    config_path: String,
    credentials_path: String,
}

impl ProfileSet {
    /// No profiles yet; the paths are for messages.
    pub fn new(config_path: impl Into<String>, credentials_path: impl Into<String>) -> Self {
        Self { config_path: config_path.into(), credentials_path: credentials_path.into(), ..Self::default() }
    }

    /// Takes over what a parser knows. It is asked by name: `setting(profile, key)`
    /// for each of [`SETTINGS`], and `endpoint(section, service)` for the
    /// `endpoint_url` below each of [`SERVICES`] in the `[services SECTION]`s that
    /// the profiles mention.
    #[must_use]
    pub fn read<'a>(
        mut self,
        names: impl IntoIterator<Item = &'a str>,
        setting: impl Fn(&str, &str) -> Option<&'a str>,
        endpoint: impl Fn(&str, &str) -> Option<&'a str>,
    ) -> Self {
        for name in names {
            self.profiles.entry(ProfileName::new(name)).or_default();
            for key in SETTINGS {
                if let Some(value) = setting(name, key) {
                    self.insert(name, key, value);
                }
            }
            if let Some(section) = setting(name, "services").map(str::trim) {
                for service in SERVICES {
                    if let Some(url) = endpoint(section, service) {
                        self.insert_endpoint(section, service, url);
                    }
                }
            }
        }
        self
    }

    /// Adds one setting, and the profile where it is new.
    pub fn insert(&mut self, profile: &str, key: &str, value: &str) {
        self.profiles.entry(ProfileName::new(profile)).or_default().insert(key, value);
    }

    /// Adds the endpoint of one service to a `[services SECTION]`.
    pub fn insert_endpoint(&mut self, section: &str, service: &str, url: &str) {
        if !url.trim().is_empty() {
            self.endpoints
                .entry(section.to_owned())
                .or_default()
                .insert(service.to_owned(), url.trim().to_owned());
        }
    }

    /// The setting by which `[default]` has credentials of its own, if it has any.
    pub fn default_credentials(&self) -> Option<&'static str> {
        let default = self.get(&ProfileName::new(ProfileName::DEFAULT))?;
        CREDENTIAL_SETTINGS.into_iter().find(|setting| default.has(setting))
    }

    /// Takes over which profiles have their key in a store. One that no file knows is
    /// a profile by that alone, as one is that only the credentials file knows.
    pub fn insert_stored(&mut self, index: &KeyIndex) {
        for (name, key) in index.iter() {
            self.profiles.entry(name.clone()).or_default().stored = Some(key.clone());
        }
    }

    /// The same without some of a profile's settings.
    #[must_use]
    pub fn without(&self, profile: &ProfileName, keys: &[&str]) -> Self {
        let mut set = self.clone();
        if let Some(settings) = set.profiles.get_mut(profile) {
            for key in keys {
                settings.insert(key, "");
            }
        }
        set
    }

    /// The same with another long-term key for some profiles.
    #[must_use]
    pub fn rekeyed(&self, profiles: &[ProfileName], key: &AccessKey) -> Self {
        let mut set = self.clone();
        for settings in profiles.iter().map(ProfileName::as_str) {
            set.insert(settings, "aws_access_key_id", key.id.as_str());
            set.insert(settings, "aws_secret_access_key", key.secret.expose());
        }
        set
    }

    /// The settings of a profile.
    pub fn get(&self, name: &ProfileName) -> Option<&Settings> {
        self.profiles.get(name)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &ProfileName> {
        self.profiles.keys()
    }

    /// The endpoint that the section named by `services = SECTION` sets for a service.
    pub fn service_endpoint(&self, section: &str, service: &str) -> Option<&str> {
        self.endpoints.get(section)?.get(service).map(String::as_str)
    }

    /// Adds one setting of an `[sso-session NAME]`.
    pub fn insert_sso(&mut self, session: &str, key: &str, value: &str) {
        let settings = self.sso_sessions.entry(session.to_owned()).or_default();
        if !value.trim().is_empty() {
            settings.insert(key.to_ascii_lowercase(), value.trim().to_owned());
        }
    }

    /// The settings of an `[sso-session NAME]`, if there is one.
    pub fn sso_session(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.sso_sessions.get(name)
    }

    /// The names of all `[sso-session]`s, in order.
    pub fn sso_sessions(&self) -> impl Iterator<Item = &str> {
        self.sso_sessions.keys().map(String::as_str)
    }

    /// Where the config file was looked for.
    pub fn config_path(&self) -> &str {
        &self.config_path
    }

    /// Where the credentials file was looked for.
    pub fn credentials_path(&self) -> &str {
        &self.credentials_path
    }

    /// The first name, for an example of one.
    pub fn first(&self) -> Option<ProfileName> {
        self.profiles.keys().next().cloned()
    }

    /// The existing name most like `name`, if any is like it at all.
    pub fn nearest(&self, name: &ProfileName) -> Option<ProfileName> {
        let others = self.profiles.keys().filter(|candidate| *candidate != name);
        nearest(name.as_str(), others.map(ProfileName::as_str)).map(ProfileName::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parser_that_answers_by_name_is_read_completely() {
        let setting = |profile: &str, key: &str| match (profile, key) {
            ("dev", "aws_secret_access_key") => Some("hidden"),
            ("dev", "services") => Some("local"),
            ("dev", "region") => Some(""),
            ("prod", "aws_access_key_id") => Some("AKIAPROD"),
            _ => None,
        };
        let endpoint = |section: &str, service: &str| {
            (section == "local" && service == "sts").then_some("http://127.0.0.1:1")
        };
        let set = ProfileSet::new("c", "s").read(["dev", "prod", "empty"], setting, endpoint);
        let names: Vec<&str> = set.names().map(ProfileName::as_str).collect();
        assert_eq!(names, ["dev", "empty", "prod"]);
        let dev = set.get(&ProfileName::new("dev")).unwrap();
        assert_eq!(dev.secret("aws_secret_access_key").map(Secret::expose), Some("hidden"));
        assert_eq!((dev.get("aws_secret_access_key"), dev.get("region")), (None, None));
        assert_eq!(set.service_endpoint("local", "sts"), Some("http://127.0.0.1:1"));
        assert_eq!(set.service_endpoint("local", "iam"), None);
        assert_eq!((set.config_path(), set.credentials_path()), ("c", "s"));
    }

    #[test]
    fn default_is_known_to_have_credentials_by_whatever_setting() {
        for setting in CREDENTIAL_SETTINGS {
            assert!(SETTINGS.contains(&setting), "{setting}");
            let mut set = ProfileSet::new("", "");
            set.insert("dev", setting, "x");
            set.insert("default", "region", "eu-west-1");
            assert_eq!(set.default_credentials(), None);
            set.insert("default", setting, "x");
            assert_eq!(set.default_credentials(), Some(setting));
        }
    }

    #[test]
    fn every_secret_setting_is_asked_for_and_out_of_reach() {
        for key in SECRET_SETTINGS {
            assert!(SETTINGS.contains(key));
            let mut settings = Settings::default();
            settings.insert(key, "hidden");
            assert!(settings.has(key) && settings.get(key).is_none());
            assert!(!format!("{settings:?}").contains("hidden"));
        }
    }
}
