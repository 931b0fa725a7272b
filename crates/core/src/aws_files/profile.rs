//! The profiles of `~/.aws/config` and `~/.aws/credentials`, as plain values.
//!
//! The two files are merged as botocore merges them: the credentials file takes precedence. [`crate::plan`] decides the
//! meaning of a profile (its keys, chains and roles).

use std::collections::{BTreeMap, BTreeSet};

use crate::aws_files::access_key::AccessKey;
use crate::aws_files::few::Few;
pub use crate::aws_files::few::SETTINGS;
use crate::aws_files::key_index::{KeyIndex, StoredKey};
use crate::aws_files::lines;
use crate::aws_files::reading::{Reading, Section, SectionName, Value};
use crate::fault::Fault;
use crate::name::ProfileName;
use crate::name::secret::Secret;
use crate::text::nearest::nearest;

/// The settings of an `[sso-session NAME]` that decide anything here.
pub const SSO_SETTINGS: &[&str] = &["sso_start_url", "sso_region", "sso_registration_scopes"];

/// The settings that may contain a secret. [`Settings::get`] does not return them. (The arguments of a program can
/// contain a password.)
const SECRET_SETTINGS: &[&str] = &[
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "credential_process",
    "web_identity_token_process",
];

/// The settings from which AWS's tools get credentials.
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
    plain: Few<String>,
    secret: Few<Secret>,
    stored: Option<StoredKey>,
    spoiled: Option<Spoiled>,
}

/// A section that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Spoiled {
    path: String,
    why: String,
}

impl Spoiled {
    fn of(section: &Section, path: &str) -> Option<Self> {
        let why = section.spoiled.as_ref()?.to_string();
        Some(Self { path: path.to_owned(), why })
    }

    fn fault(&self) -> Fault {
        Fault::ConfigBroken { path: self.path.clone(), why: self.why.clone() }
    }
}

impl Settings {
    /// Sets `key`. An empty value removes it, as an empty variable counts as unset.
    pub fn insert(&mut self, key: &str, value: &str) {
        let (key, value) = (lines::lower(key), value.trim());
        if value.is_empty() {
            self.plain.remove(&key);
            self.secret.remove(&key);
        } else if SECRET_SETTINGS.contains(&key.as_ref()) {
            self.secret.insert(&key, Secret::new(value));
        } else {
            self.plain.insert(&key, value.to_owned());
        }
    }

    /// Returns the value of a setting that is not secret.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.plain.get(key).map(String::as_str)
    }

    /// Returns the value of a setting that may be secret.
    pub fn secret(&self, key: &str) -> Option<&Secret> {
        self.secret.get(key)
    }

    /// Returns the place of the profile's long-term key in a store. `None` if it is not in a store.
    pub fn stored(&self) -> Option<&StoredKey> {
        self.stored.as_ref()
    }

    /// Refuses a profile of which a section cannot be read.
    pub fn readable(&self) -> Result<&Self, Fault> {
        self.spoiled.as_ref().map_or(Ok(self), |spoiled| Err(spoiled.fault()))
    }

    /// Returns true if the setting is there, secret or not.
    pub fn has(&self, key: &str) -> bool {
        self.plain.get(key).is_some() || self.secret.get(key).is_some()
    }

    /// Returns a setting that is `true` or `false`. `profile` is for the message.
    pub fn switch(&self, profile: &ProfileName, key: &str) -> Result<Option<bool>, Fault> {
        self.get(key)
            .map(|value| {
                parse_switch(value).ok_or_else(|| bad(profile, key, value, "`true` or `false`".to_owned()))
            })
            .transpose()
    }

    /// Returns a setting in whole seconds within `from..=to`. `profile` is for the message.
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

/// Parses `true` or `false` in any case, as AWS's tools do.
pub(crate) fn parse_switch(value: &str) -> Option<bool> {
    if value.eq_ignore_ascii_case("true") {
        Some(true)
    } else if value.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// Returns the fault of a setting whose value is not valid.
pub(crate) fn bad(profile: &ProfileName, key: &str, value: &str, expected: String) -> Fault {
    Fault::BadSetting { profile: profile.clone(), key: key.to_owned(), value: value.to_owned(), expected }
}

/// All profiles of both files.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProfileSet {
    profiles: BTreeMap<ProfileName, Settings>,
    services: BTreeMap<String, Services>,
    /// The `[sso-session NAME]`s, by name.
    sso_sessions: BTreeMap<String, BTreeMap<String, String>>,
    /// The sections of the config file that do not define profiles.
    others: BTreeSet<String>,
    config_path: String,
    credentials_path: String,
}

/// A `[services NAME]`: the endpoint of each service that it names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Services {
    endpoints: BTreeMap<String, String>,
    spoiled: Option<Spoiled>,
}

impl ProfileSet {
    /// Returns an empty set. The paths are used in messages.
    pub fn new(config_path: impl Into<String>, credentials_path: impl Into<String>) -> Self {
        Self { config_path: config_path.into(), credentials_path: credentials_path.into(), ..Self::default() }
    }

    /// Merges both files into the set.
    #[must_use]
    pub fn read(mut self, config: &Reading, credentials: &Reading) -> Self {
        let (config_path, credentials_path) = (self.config_path.clone(), self.credentials_path.clone());
        for section in config.sections() {
            match &section.name {
                SectionName::Profile(name) => self.read_profile(name, section, &config_path),
                SectionName::Services(name) => self.read_services(name, section, &config_path),
                SectionName::SsoSession(name) => self.read_sso(name, section),
                SectionName::Other(name) => {
                    self.others.insert(name.clone());
                }
            }
        }
        for section in credentials.sections() {
            if let SectionName::Profile(name) = &section.name {
                self.read_profile(name, section, &credentials_path);
            }
        }
        self
    }

    fn read_profile(&mut self, name: &str, section: &Section, path: &str) {
        let settings = self.profiles.entry(ProfileName::new(name)).or_default();
        for setting in &section.settings {
            if SETTINGS.contains(&&*setting.key) {
                match &setting.value {
                    Value::Text(value) => {
                        settings.insert(&setting.key, lines::without_comment(&setting.key, value));
                    }
                    Value::Nested(_) => settings.insert(&setting.key, ""),
                }
            }
        }
        if let Some(spoiled) = Spoiled::of(section, path) {
            settings.spoiled = Some(spoiled);
        }
    }

    fn read_sso(&mut self, name: &str, section: &Section) {
        self.sso_sessions.entry(name.to_owned()).or_default();
        if section.spoiled.is_some() {
            return;
        }
        for setting in &section.settings {
            if let Value::Text(value) = &setting.value
                && SSO_SETTINGS.contains(&&*setting.key)
            {
                self.insert_sso(name, &setting.key, value);
            }
        }
    }

    fn read_services(&mut self, name: &str, section: &Section, path: &str) {
        let services = self.services.entry(name.to_owned()).or_default();
        services.spoiled = Spoiled::of(section, path);
        for setting in &section.settings {
            if let Value::Nested(nested) = &setting.value
                && let Some(url) = nested.get("endpoint_url").filter(|url| !url.is_empty())
            {
                services.endpoints.insert(setting.key.to_string(), url.to_string());
            }
        }
    }

    /// Adds one setting, and the profile if it is new.
    pub fn insert(&mut self, profile: &str, key: &str, value: &str) {
        self.profiles.entry(ProfileName::new(profile)).or_default().insert(key, value);
    }

    /// Adds the endpoint of one service to a `[services SECTION]`.
    pub fn insert_endpoint(&mut self, section: &str, service: &str, url: &str) {
        if !url.trim().is_empty() {
            let services = self.services.entry(section.to_owned()).or_default();
            services.endpoints.insert(service.to_owned(), url.trim().to_owned());
        }
    }

    /// Returns the setting from which `[default]` has its own credentials, if there is one.
    pub fn default_credentials(&self) -> Option<&'static str> {
        let default = self.get(&ProfileName::new(ProfileName::DEFAULT))?;
        CREDENTIAL_SETTINGS.into_iter().find(|setting| default.has(setting))
    }

    /// Adds the profiles whose key is in a store. A profile that is in no file exists by this alone, as does one that
    /// is only in the credentials file.
    pub fn insert_stored(&mut self, index: &KeyIndex) {
        for (name, key) in index.iter() {
            self.profiles.entry(name.clone()).or_default().stored = Some(key.clone());
        }
    }

    /// Returns the set without some settings of a profile.
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

    /// Returns the set with another long-term key for some profiles.
    #[must_use]
    pub fn rekeyed(&self, profiles: &[ProfileName], key: &AccessKey) -> Self {
        let mut set = self.clone();
        for settings in profiles.iter().map(ProfileName::as_str) {
            set.insert(settings, "aws_access_key_id", key.id.as_str());
            set.insert(settings, "aws_secret_access_key", key.secret.expose());
        }
        set
    }

    /// Returns the settings of a profile.
    pub fn get(&self, name: &ProfileName) -> Option<&Settings> {
        self.profiles.get(name)
    }

    /// Returns all profile names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &ProfileName> {
        self.profiles.keys()
    }

    /// Returns the endpoint of a service in the section that `services = SECTION` names. A missing section is a fault,
    /// as in the AWS CLI, because the call would otherwise be sent to another endpoint.
    pub fn service_endpoint(
        &self,
        profile: &ProfileName,
        section: &str,
        service: &str,
    ) -> Result<Option<&str>, Fault> {
        let Some(services) = self.services.get(section) else {
            return Err(bad(profile, "services", section, format!("the name of a `[services {section}]`")));
        };
        match &services.spoiled {
            Some(spoiled) => Err(spoiled.fault()),
            None => Ok(services.endpoints.get(service).map(String::as_str)),
        }
    }

    /// Returns true if the config file has a section `[NAME]`. It defines a profile only in the form `[profile NAME]`.
    pub fn has_other_section(&self, name: &str) -> bool {
        self.others.contains(name)
    }

    /// Adds one setting of an `[sso-session NAME]`.
    pub fn insert_sso(&mut self, session: &str, key: &str, value: &str) {
        let settings = self.sso_sessions.entry(session.to_owned()).or_default();
        if !value.trim().is_empty() {
            settings.insert(key.to_ascii_lowercase(), value.trim().to_owned());
        }
    }

    /// Returns the settings of an `[sso-session NAME]`, if there is one.
    pub fn sso_session(&self, name: &str) -> Option<&BTreeMap<String, String>> {
        self.sso_sessions.get(name)
    }

    /// Returns the names of all `[sso-session]`s, in order.
    pub fn sso_sessions(&self) -> impl Iterator<Item = &str> {
        self.sso_sessions.keys().map(String::as_str)
    }

    /// Returns the path where the config file was looked for.
    pub fn config_path(&self) -> &str {
        &self.config_path
    }

    /// Returns the path where the credentials file was looked for.
    pub fn credentials_path(&self) -> &str {
        &self.credentials_path
    }

    /// Returns the first name, for an example of one.
    pub fn first(&self) -> Option<ProfileName> {
        self.profiles.keys().next().cloned()
    }

    /// Returns the existing name that is most similar to `name`, if one is similar enough.
    pub fn nearest(&self, name: &ProfileName) -> Option<ProfileName> {
        let others = self.profiles.keys().filter(|candidate| *candidate != name);
        nearest(name.as_str(), others.map(ProfileName::as_str)).map(ProfileName::new)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws_files::reading::FileKind;

    #[test]
    fn both_files_are_merged_and_a_bad_section_costs_itself() {
        let config = "[profile dev]\nregion = eu-west-1\nservices = local\nmfa_serial = m\n\
                      [services local]\nsts =\n  endpoint_url = http://127.0.0.1:1\n[profile odd]\nnonsense\n[dev]\n";
        let credentials =
            "[dev]\naws_secret_access_key = hidden\nregion =\n[prod]\naws_access_key_id = AKIAPROD\n";
        let read = |text, kind| Reading::of(text, kind);
        let set = ProfileSet::new("c", "s")
            .read(&read(config, FileKind::Config), &read(credentials, FileKind::Credentials));
        let names: Vec<&str> = set.names().map(ProfileName::as_str).collect();
        assert_eq!(names, ["dev", "odd", "prod"]);
        let dev = ProfileName::new("dev");
        let settings = set.get(&dev).unwrap().readable().unwrap();
        assert_eq!(settings.secret("aws_secret_access_key").map(Secret::expose), Some("hidden"));
        assert_eq!((settings.get("aws_secret_access_key"), settings.get("region")), (None, None));
        assert_eq!(settings.get("mfa_serial"), Some("m"));
        assert_eq!(set.service_endpoint(&dev, "local", "sts"), Ok(Some("http://127.0.0.1:1")));
        assert_eq!(set.service_endpoint(&dev, "local", "iam"), Ok(None));
        assert!(set.service_endpoint(&dev, "gone", "sts").is_err());
        assert!(set.has_other_section("dev") && !set.has_other_section("prod"));
        let broken = Fault::ConfigBroken {
            path: "c".into(),
            why: "line 9: this is neither a section nor a setting".into(),
        };
        assert_eq!(set.get(&ProfileName::new("odd")).unwrap().readable(), Err(broken));
        assert_eq!((set.config_path(), set.credentials_path()), ("c", "s"));
    }

    #[test]
    fn default_profile_has_credentials_from_any_of_the_settings() {
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
