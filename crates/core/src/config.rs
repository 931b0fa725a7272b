//! Decides the value of every setting from `config.toml` and the variables that override it, and where the value comes
//! from. The file and the environment are read by the program; here they are plain values.

mod keys;
mod own;
mod words;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

pub use keys::{KEYS, Key, Kind};
pub use words::split as split_words;

use crate::fault::Fault;
use crate::text::nearest::nearest;

/// The value of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text, such as a name or a path.
    Text(String),
    /// A program with its arguments, or several names.
    Words(Vec<String>),
    /// Names with values, sorted by name.
    Pairs(Vec<(String, String)>),
    /// A duration in seconds.
    Seconds(u32),
    /// A switch that is on or off.
    Switch(bool),
}

/// The origin of a value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// No file and no variable sets it.
    Default,
    /// Nothing sets it, and this environment has another default than the usual one.
    Here,
    /// A line of the file, counted from 1.
    Line(usize),
    /// A variable of the environment.
    Variable(&'static str),
}

/// A value, and its origin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// The value in force.
    pub value: Value,
    /// The place where the value is set.
    pub origin: Origin,
}

/// All settings that a file or a variable sets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Config {
    path: String,
    general: BTreeMap<&'static str, Setting>,
    profiles: BTreeMap<String, BTreeMap<&'static str, Setting>>,
    variables: BTreeMap<&'static str, Setting>,
}

impl Config {
    /// Reads the file's text (`path` is for messages only) and the variables that
    /// override it.
    pub fn read(text: &str, path: &str, variables: &BTreeMap<&'static str, String>) -> Result<Self, Fault> {
        let reader = Reader { text, path };
        let mut config = Self { path: path.to_owned(), ..Self::default() };
        let table = DeTable::parse(text).map_err(|error| Fault::ConfigSyntax {
            path: path.to_owned(),
            line: error.span().map_or(1, |span| reader.line(span.start)),
            why: error.message().replace('\n', ", "),
        })?;
        for (name, value) in table.get_ref() {
            match (name.get_ref().as_ref(), value.get_ref()) {
                ("profile", DeValue::Table(profiles)) => {
                    for (profile, table) in profiles {
                        let settings = config.profiles.entry(profile.get_ref().to_string()).or_default();
                        let DeValue::Table(table) = table.get_ref() else {
                            return Err(reader.wrong(profile, "profile", "a table, like `[profile.dev]`"));
                        };
                        reader.table(table, "", &|key: &Key| key.per_profile, settings)?;
                    }
                }
                _ => reader.entry(name, value, "", &|_| true, &mut config.general)?,
            }
        }
        for key in KEYS {
            if let Some(text) = variables.get(key.variable) {
                let value = from_variable(key, text)?;
                config.variables.insert(key.name, Setting { value, origin: Origin::Variable(key.variable) });
            }
        }
        Ok(config)
    }

    /// Returns the value in force for a profile or in general. The order of precedence is: the variable, the profile's
    /// own value, the file's value, the default.
    ///
    /// # Panics
    /// The function panics if there is no key with that name, which would be our mistake.
    pub fn setting(&self, name: &str, profile: Option<&str>) -> Option<Setting> {
        let key = KEYS.iter().find(|key| key.name == name).expect("the key is in the table");
        let own = profile.and_then(|profile| self.profiles.get(profile)?.get(name));
        let found = self.variables.get(name).or(own).or_else(|| self.general.get(name)).cloned();
        found.or_else(|| {
            let value = key.default.map(|text| key.kind.parse(text).expect("the default is a value"))?;
            Some(Setting { value, origin: Origin::Default })
        })
    }

    /// Returns every key of the table with its value in force.
    pub fn settings(&self, profile: Option<&str>) -> Vec<(&'static Key, Option<Setting>)> {
        KEYS.iter().map(|key| (key, self.setting(key.name, profile))).collect()
    }

    /// Returns the value of a text setting.
    pub fn text(&self, name: &str, profile: Option<&str>) -> Option<String> {
        match self.setting(name, profile)?.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns a program with its arguments, or several names. The list is empty if nothing is set.
    pub fn words(&self, name: &str, profile: Option<&str>) -> Vec<String> {
        match self.setting(name, profile).map(|setting| setting.value) {
            Some(Value::Words(words)) => words,
            _ => Vec::new(),
        }
    }

    /// Returns a duration in seconds.
    pub fn seconds(&self, name: &str, profile: Option<&str>) -> Option<u32> {
        match self.setting(name, profile)?.value {
            Value::Seconds(seconds) => Some(seconds),
            _ => None,
        }
    }

    /// Returns the value of a duration setting, which has a default.
    ///
    /// # Panics
    /// The function panics if the table has no default for it, which would be our mistake.
    pub fn duration(&self, name: &str, profile: Option<&str>) -> Duration {
        let seconds = self.seconds(name, profile).expect("the table has a default for it");
        Duration::from_secs(u64::from(seconds))
    }

    /// Returns the value of a text setting, which has a default.
    ///
    /// # Panics
    /// The function panics if the table has no default for it, which would be our mistake.
    pub fn name(&self, name: &str, profile: Option<&str>) -> String {
        self.text(name, profile).expect("the table has a default for it")
    }

    /// Returns true if something is switched on.
    pub fn switch(&self, name: &str, profile: Option<&str>) -> bool {
        self.setting(name, profile).is_some_and(|setting| setting.value == Value::Switch(true))
    }

    /// Returns true if the file or a variable sets it.
    pub fn is_set(&self, name: &str, profile: Option<&str>) -> bool {
        self.setting(name, profile)
            .is_some_and(|setting| !matches!(setting.origin, Origin::Default | Origin::Here))
    }

    /// Sets the default of a text setting in this environment.
    pub fn default_here(&mut self, name: &'static str, value: &str) {
        let setting = || Setting { value: Value::Text(value.to_owned()), origin: Origin::Here };
        self.general.entry(name).or_insert_with(setting);
    }

    /// Returns the file that was read.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// The text that is being read.
struct Reader<'a> {
    text: &'a str,
    path: &'a str,
}

type Name<'a> = Spanned<std::borrow::Cow<'a, str>>;
type Settings = BTreeMap<&'static str, Setting>;

impl Reader<'_> {
    fn table(
        &self,
        table: &DeTable<'_>,
        prefix: &str,
        allowed: &dyn Fn(&Key) -> bool,
        settings: &mut Settings,
    ) -> Result<(), Fault> {
        table.iter().try_for_each(|(name, value)| self.entry(name, value, prefix, allowed, settings))
    }

    fn entry(
        &self,
        name: &Name<'_>,
        value: &Spanned<DeValue<'_>>,
        prefix: &str,
        allowed: &dyn Fn(&Key) -> bool,
        settings: &mut Settings,
    ) -> Result<(), Fault> {
        let full = format!("{prefix}{}", name.get_ref());
        let known = KEYS.iter().find(|key| key.name == full && allowed(key));
        match (known, value.get_ref()) {
            (Some(key), value) => {
                let value = from_toml(key.kind, value)
                    .ok_or_else(|| self.wrong(name, key.name, key.kind.expected()))?;
                let origin = Origin::Line(self.line(name.span().start));
                settings.insert(key.name, Setting { value, origin });
                Ok(())
            }
            (None, DeValue::Table(table)) if !table.is_empty() => {
                self.table(table, &format!("{full}."), allowed, settings)
            }
            // An empty table of a known name sets nothing.
            (None, DeValue::Table(_)) if KEYS.iter().any(|key| key.name.starts_with(&format!("{full}."))) => {
                Ok(())
            }
            (None, _) => Err(Fault::ConfigUnknownKey {
                path: self.path.to_owned(),
                line: self.line(name.span().start),
                nearest: nearest(&full, KEYS.iter().filter(|key| allowed(key)).map(|key| key.name)),
                key: full,
            }),
        }
    }

    fn wrong(&self, name: &Name<'_>, key: &str, expected: &'static str) -> Fault {
        Fault::ConfigValue {
            path: self.path.to_owned(),
            line: self.line(name.span().start),
            key: key.to_owned(),
            expected,
        }
    }

    fn line(&self, offset: usize) -> usize {
        self.text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
    }
}

fn from_toml(kind: Kind, value: &DeValue<'_>) -> Option<Value> {
    match (kind, value) {
        (Kind::Words, DeValue::Array(array)) => {
            let words = array.iter().map(|word| word.get_ref().as_str().map(str::to_owned));
            Some(Value::Words(words.collect::<Option<Vec<_>>>()?))
        }
        (Kind::Pairs, DeValue::Table(table)) => {
            let pairs = table.iter().map(|(name, value)| {
                Some((name.get_ref().to_string(), value.get_ref().as_str()?.to_owned()))
            });
            let mut pairs = pairs.collect::<Option<Vec<_>>>()?;
            pairs.sort();
            Some(Value::Pairs(pairs))
        }
        (Kind::Switch, DeValue::Boolean(on)) => Some(Value::Switch(*on)),
        (Kind::Seconds, DeValue::Integer(number)) => kind.parse(number.as_str()),
        (Kind::Text | Kind::Seconds, DeValue::String(text)) => kind.parse(text),
        _ => None,
    }
}

fn from_variable(key: &'static Key, text: &str) -> Result<Value, Fault> {
    key.kind.parse(text).ok_or_else(|| Fault::BadValue {
        setting: key.variable,
        value: text.to_owned(),
        expected: key.kind.expected().to_owned(),
    })
}

/// Parses a duration such as `12h`, `1h30m` or `900` into seconds. Returns None for zero and for any other text.
pub fn seconds(text: &str) -> Option<u32> {
    let seconds = match text.parse::<u32>() {
        Ok(seconds) => i64::from(seconds),
        Err(_) => text.parse::<jiff::SignedDuration>().ok()?.as_secs(),
    };
    u32::try_from(seconds).ok().filter(|seconds| *seconds > 0)
}

impl fmt::Display for Value {
    /// Writes the value as it would be written in TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Text(text) => f.write_str(&crate::text::quote::json(text)),
            Self::Words(words) => {
                let words: Vec<String> = words.iter().map(|word| crate::text::quote::json(word)).collect();
                write!(f, "[{}]", words.join(", "))
            }
            Self::Pairs(pairs) => {
                let quoted = |(name, value): &(String, String)| {
                    format!("{} = {}", crate::text::quote::json(name), crate::text::quote::json(value))
                };
                let pairs: Vec<String> = pairs.iter().map(quoted).collect();
                write!(f, "{{ {} }}", pairs.join(", "))
            }
            Self::Seconds(seconds) => write!(f, "\"{}\"", span(*seconds)),
            Self::Switch(on) => write!(f, "{on}"),
        }
    }
}

/// Formats seconds as people write them: `12h`, `1h30m`, `45s`.
fn span(seconds: u32) -> String {
    let parts = [(seconds / 3600, 'h'), (seconds / 60 % 60, 'm'), (seconds % 60, 's')];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    parts.flat_map(|(count, unit)| [count.to_string(), unit.to_string()]).collect()
}

impl Origin {
    /// Returns the origin in words. `path` is the path of the file.
    pub fn told(&self, path: &str) -> String {
        match self {
            Self::Default => "default".to_owned(),
            Self::Here => "default here".to_owned(),
            Self::Line(line) => format!("{path}:{line}"),
            Self::Variable(variable) => (*variable).to_owned(),
        }
    }
}
