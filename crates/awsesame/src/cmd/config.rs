//! `awsesame config`: shows every setting with its value and its origin.

use std::collections::BTreeMap;
use std::process::ExitCode;

use awsesame_core::config::{KEYS, Key, Origin, Setting, Value};
use awsesame_core::fault::Fault;
use awsesame_core::name::Shown;
use serde::{Serialize, Serializer};

use super::Runner;
use crate::ui;
use crate::ui::table::{Cell, Table};

/// Show the settings: `config.toml`, and the variables that override it
#[derive(Debug, clap::Args)]
pub(super) struct Config {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    /// Show every setting in force (with `-p`, for a profile) and where it came from
    Show,
    /// Show every setting that there is, its variable, and its default
    Keys,
}

impl Config {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match self.command {
            Command::Show => show(runner)?,
            Command::Keys => keys(runner)?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn show(runner: &Runner<'_>) -> Result<(), Fault> {
    let config = runner.config()?;
    let profile = runner.profile_name();
    let settings = config.settings(profile.as_deref());
    if runner.shared.json {
        return ui::print_json(&Settings { settings: &settings, path: config.path() });
    }
    let rows: Vec<[String; 3]> = settings
        .iter()
        .map(|(key, setting)| match setting {
            Some(found) => [
                key.name.to_owned(),
                Shown(&found.value.to_string()).to_string(),
                Shown(&found.origin.told(config.path())).to_string(),
            ],
            None => [key.name.to_owned(), "-".to_owned(), "default".to_owned()],
        })
        .collect();
    ui::print_table(&table(&rows))
}

fn keys(runner: &Runner<'_>) -> Result<(), Fault> {
    if runner.shared.json {
        let object = |key: &'static Key| KeyObject {
            key: key.name,
            variable: key.variable,
            default: key.default,
            per_profile: key.per_profile,
        };
        return ui::print_json(&KEYS.iter().map(object).collect::<Vec<_>>());
    }
    let rows: Vec<[String; 3]> = KEYS
        .iter()
        .map(|key| [key.name, key.variable, key.default.unwrap_or("-")].map(str::to_owned))
        .collect();
    ui::print_table(&table(&rows))
}

/// A setting that there is.
#[derive(Serialize)]
struct KeyObject {
    key: &'static str,
    variable: &'static str,
    default: Option<&'static str>,
    per_profile: bool,
}

/// Every setting in force by its name, in the order of the manual.
struct Settings<'a> {
    settings: &'a [(&'static Key, Option<Setting>)],
    path: &'a str,
}

#[derive(Serialize)]
struct SettingObject<'a> {
    value: Option<ValueObject<'a>>,
    from: &'a str,
    line: Option<usize>,
}

#[derive(Serialize)]
#[serde(untagged)]
enum ValueObject<'a> {
    Text(&'a str),
    Words(&'a [String]),
    Pairs(BTreeMap<&'a str, &'a str>),
    /// A length of time in seconds: a program should not have to read what people write.
    Seconds(u32),
    Switch(bool),
}

impl Serialize for Settings<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.settings.iter().map(|(key, setting)| {
            let (from, line) = match setting.as_ref().map(|found| &found.origin) {
                Some(Origin::Line(line)) => (self.path, Some(*line)),
                Some(Origin::Variable(variable)) => (*variable, None),
                Some(Origin::Here) => ("default here", None),
                Some(Origin::Default) | None => ("default", None),
            };
            let value = setting.as_ref().map(|found| ValueObject::of(&found.value));
            (key.name, SettingObject { value, from, line })
        }))
    }
}

impl<'a> ValueObject<'a> {
    fn of(value: &'a Value) -> Self {
        match value {
            Value::Text(text) => Self::Text(text),
            Value::Words(words) => Self::Words(words),
            Value::Pairs(pairs) => {
                Self::Pairs(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect())
            }
            Value::Seconds(seconds) => Self::Seconds(*seconds),
            Value::Switch(on) => Self::Switch(*on),
        }
    }
}

/// Returns columns that are as wide as their texts, or as the terminal allows.
fn table(rows: &[[String; 3]]) -> Table {
    let mut table = Table::unheaded(&["name", "second", "third"]).shortening(&["second", "third"]);
    for row in rows {
        table.push(row.clone().map(Cell::from).into());
    }
    table
}
