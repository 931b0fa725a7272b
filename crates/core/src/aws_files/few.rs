//! Values by the names of settings, for profiles that have a few of them each: a hundred thousand profiles would need half
//! a kilobyte each for a map of another kind.

use std::borrow::Cow;

/// The settings of a profile that decide anything here.
pub const SETTINGS: &[&str] = &[
    "aws_access_key_id",
    "aws_mfa_device",
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
    "web_identity_token_process",
];

/// The values in the order of their names.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Few<V>(Vec<(Cow<'static, str>, V)>);

impl<V> Default for Few<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<V> Few<V> {
    /// Sets a value.
    pub(super) fn insert(&mut self, key: &str, value: V) {
        match self.find(key) {
            Ok(at) => self.0[at].1 = value,
            Err(at) => self.0.insert(at, (name(key), value)),
        }
    }

    /// Takes a value away, if there is one.
    pub(super) fn remove(&mut self, key: &str) {
        if let Ok(at) = self.find(key) {
            self.0.remove(at);
        }
    }

    /// Returns a value. None if there is none.
    pub(super) fn get(&self, key: &str) -> Option<&V> {
        self.find(key).ok().map(|at| &self.0[at].1)
    }

    fn find(&self, key: &str) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.as_ref().cmp(key))
    }
}

/// The name of a setting: those that decide anything here are not stored again.
pub(super) fn name(key: &str) -> Cow<'static, str> {
    let known = SETTINGS.iter().find(|known| **known == key);
    known.map_or_else(|| Cow::Owned(key.to_owned()), |known| Cow::Borrowed(*known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_is_set_replaced_and_taken_away() {
        let mut few = Few::default();
        for (key, value) in [("region", 1), ("ca_bundle", 2), ("of mine", 3), ("region", 4)] {
            few.insert(key, value);
        }
        let all = ["region", "ca_bundle", "of mine", "other"].map(|key| few.get(key).copied());
        assert_eq!(all, [Some(4), Some(2), Some(3), None]);
        few.remove("ca_bundle");
        few.remove("other");
        assert_eq!(few.get("ca_bundle"), None);
        assert!(matches!(name("region"), Cow::Borrowed("region")));
    }
}
