//! The table of all keys of `config.toml`, with name, type, default and variable. This file contains only the table;
//! `config.rs` reads the values.

use super::{Value, seconds, words};

/// The type of a key's value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A text, such as a name or a path.
    Text,
    /// A program with its arguments, or several names.
    Words,
    /// Names with values.
    Pairs,
    /// A duration.
    Seconds,
    /// A switch that is on or off.
    Switch,
}

impl Kind {
    /// Returns the description of the expected value, for a message.
    pub fn expected(self) -> &'static str {
        match self {
            Self::Text => "a text, like `\"name\"`",
            Self::Words => "a list, like `[\"program\", \"argument\"]`",
            Self::Pairs => "names with values, like `{ team = \"web\" }` (in a variable: `team=web`)",
            Self::Seconds => "a length of time, like `60` or `2m`",
            Self::Switch => "`true` or `false`",
        }
    }

    /// Parses the value of a variable.
    pub(super) fn parse(self, text: &str) -> Option<Value> {
        match self {
            Self::Text => (!text.is_empty()).then(|| Value::Text(text.to_owned())),
            Self::Words => words::split(text).map(Value::Words),
            Self::Pairs => {
                let pair = |word: &String| {
                    let (name, value) = word.split_once('=')?;
                    (!name.is_empty()).then(|| (name.to_owned(), value.to_owned()))
                };
                let mut pairs = words::split(text)?.iter().map(pair).collect::<Option<Vec<_>>>()?;
                pairs.sort();
                Some(Value::Pairs(pairs))
            }
            Self::Seconds => seconds(text).map(Value::Seconds),
            // Any value of a variable counts as on, except for these.
            Self::Switch => Some(Value::Switch(!matches!(text, "0" | "false" | "no" | "off"))),
        }
    }
}

/// A key of `config.toml`.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// The full name, with the tables that contain it.
    pub name: &'static str,
    /// The variable that overrides it.
    pub variable: &'static str,
    /// The type of its value.
    pub kind: Kind,
    /// The default value.
    pub default: Option<&'static str>,
    /// True if a section `[profile.NAME]` may set it too.
    pub per_profile: bool,
}

const fn key(name: &'static str, variable: &'static str, kind: Kind, default: Option<&'static str>) -> Key {
    Key { name, variable, kind, default, per_profile: false }
}

const fn own(name: &'static str, variable: &'static str, kind: Kind, default: Option<&'static str>) -> Key {
    Key { name, variable, kind, default, per_profile: true }
}

/// Every key, in the order in which they are shown.
pub const KEYS: &[Key] = &[
    own(
        "store",
        "AWSESAME_STORE",
        Kind::Text,
        Some(if cfg!(target_os = "macos") { "keychain" } else { "kernel" }),
    ),
    own("keys_store", "AWSESAME_KEYS_STORE", Kind::Text, None),
    key("unlock_for", "AWSESAME_UNLOCK_FOR", Kind::Seconds, Some("12h")),
    own("code_source", "AWSESAME_CODE_SOURCE", Kind::Text, Some("terminal")),
    own("prompt_timeout", "AWSESAME_PROMPT_TIMEOUT", Kind::Seconds, Some("5m")),
    own("no_input", "AWSESAME_NO_INPUT", Kind::Switch, Some("false")),
    key("stores.age.identities", "AWSESAME_STORES_AGE_IDENTITIES", Kind::Words, None),
    key("stores.age.recipients", "AWSESAME_STORES_AGE_RECIPIENTS", Kind::Words, None),
    key("stores.gpg.recipients", "AWSESAME_STORES_GPG_RECIPIENTS", Kind::Words, None),
    key("stores.pass.prefix", "AWSESAME_STORES_PASS_PREFIX", Kind::Text, Some("awsesame")),
    key("stores.keybase.folder", "AWSESAME_STORES_KEYBASE_FOLDER", Kind::Text, None),
    key("stores.command.get", "AWSESAME_STORES_COMMAND_GET", Kind::Words, None),
    key("stores.command.put", "AWSESAME_STORES_COMMAND_PUT", Kind::Words, None),
    key("stores.command.delete", "AWSESAME_STORES_COMMAND_DELETE", Kind::Words, None),
    key("stores.command.list", "AWSESAME_STORES_COMMAND_LIST", Kind::Words, None),
    key("stores.timeout", "AWSESAME_STORES_TIMEOUT", Kind::Seconds, Some("30s")),
    own("code.command.command", "AWSESAME_CODE_COMMAND_COMMAND", Kind::Words, None),
    own("code.command.timeout", "AWSESAME_CODE_COMMAND_TIMEOUT", Kind::Seconds, Some("30s")),
    own("code.pinentry.program", "AWSESAME_CODE_PINENTRY_PROGRAM", Kind::Text, None),
    own("code.yubikey.account", "AWSESAME_CODE_YUBIKEY_ACCOUNT", Kind::Text, None),
    own("code.dialog.program", "AWSESAME_CODE_DIALOG_PROGRAM", Kind::Text, None),
    own("broker.ask", "AWSESAME_BROKER_ASK", Kind::Switch, Some("false")),
    key("broker.shared", "AWSESAME_BROKER_SHARED", Kind::Words, None),
    own("console.browser", "AWSESAME_CONSOLE_BROWSER", Kind::Words, None),
    own("console.endpoint", "AWSESAME_CONSOLE_ENDPOINT", Kind::Text, None),
    own("role.tags", "AWSESAME_ROLE_TAGS", Kind::Pairs, None),
    own("role.transitive_tags", "AWSESAME_ROLE_TRANSITIVE_TAGS", Kind::Words, None),
    own("role.policy", "AWSESAME_ROLE_POLICY", Kind::Text, None),
    own("role.policy_arns", "AWSESAME_ROLE_POLICY_ARNS", Kind::Words, None),
    own("role.source_identity", "AWSESAME_ROLE_SOURCE_IDENTITY", Kind::Text, None),
];
