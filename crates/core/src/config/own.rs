//! Looks up the settings of single profiles on the way to a role: which value applies to a profile, and how a message
//! names the place of a wrong value. Parsing the settings does not belong here.

use super::{Config, Origin, Setting, Value};
use crate::fault::Fault;

impl Config {
    /// Returns the value for a profile: its own, or else the general one. A variable takes precedence over both if the
    /// profile is the requested one.
    fn own(&self, name: &str, profile: &str, asked_for: bool) -> Option<Setting> {
        if asked_for {
            return self.setting(name, Some(profile));
        }
        let own = self.profiles.get(profile).and_then(|settings| settings.get(name));
        own.or_else(|| self.general.get(name)).cloned()
    }

    /// Returns a text from a profile's own settings.
    pub(crate) fn own_text(&self, name: &str, profile: &str, asked_for: bool) -> Option<String> {
        match self.own(name, profile, asked_for)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a list from a profile's own settings. The list is empty if nothing is set.
    pub(crate) fn own_words(&self, name: &str, profile: &str, asked_for: bool) -> Vec<String> {
        match self.own(name, profile, asked_for).map(|setting| setting.value) {
            Some(Value::Words(words)) => words,
            _ => Vec::new(),
        }
    }

    /// Returns the names with values that apply to a profile. Empty if nothing is set.
    pub(crate) fn pairs(&self, name: &str, profile: &str, asked_for: bool) -> Vec<(String, String)> {
        match self.own(name, profile, asked_for).map(|setting| setting.value) {
            Some(Value::Pairs(pairs)) => pairs,
            _ => Vec::new(),
        }
    }

    /// Returns the place of a profile's value, for a message.
    pub(crate) fn place(&self, name: &str, profile: &str, asked_for: bool) -> String {
        self.own(name, profile, asked_for).map(|setting| setting.origin.told(&self.path)).unwrap_or_default()
    }

    /// Returns the fault of a value that has the right type, but is not valid.
    pub(crate) fn wrong(
        &self,
        name: &'static str,
        profile: &str,
        asked_for: bool,
        expected: &'static str,
    ) -> Fault {
        let setting = self.own(name, profile, asked_for);
        match setting.as_ref().map(|setting| &setting.origin) {
            Some(Origin::Variable(variable)) => Fault::BadValue {
                setting: variable,
                value: setting.as_ref().map(|setting| setting.value.to_string()).unwrap_or_default(),
                expected: expected.to_owned(),
            },
            origin => Fault::ConfigValue {
                path: self.path.clone(),
                line: if let Some(Origin::Line(line)) = origin { *line } else { 1 },
                key: name.to_owned(),
                expected,
            },
        }
    }
}
