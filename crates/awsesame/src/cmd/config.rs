//! `awsesame config`: what is set, and by whom.

use std::process::ExitCode;

use awsesame_core::config::{KEYS, Origin, Value};
use awsesame_core::fault::Fault;
use awsesame_core::name::Shown;
use awsesame_core::text::quote::json;

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
        let objects: Vec<String> = settings
            .iter()
            .map(|(key, setting)| {
                let value = setting.as_ref().map_or_else(|| "null".to_owned(), |found| as_json(&found.value));
                let (origin, line) = match setting.as_ref().map(|found| &found.origin) {
                    Some(Origin::Line(line)) => (config.path(), line.to_string()),
                    Some(Origin::Variable(variable)) => (*variable, "null".to_owned()),
                    Some(Origin::Here) => ("default here", "null".to_owned()),
                    Some(Origin::Default) | None => ("default", "null".to_owned()),
                };
                format!("{}:{{\"value\":{value},\"from\":{},\"line\":{line}}}", json(key.name), json(origin))
            })
            .collect();
        return ui::print(&format!("{{{}}}\n", objects.join(",")));
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
        let objects: Vec<String> = KEYS
            .iter()
            .map(|key| {
                let default = key.default.map_or_else(|| "null".to_owned(), json);
                format!(
                    "{{\"key\":{},\"variable\":{},\"default\":{default},\"per_profile\":{}}}",
                    json(key.name),
                    json(key.variable),
                    key.per_profile
                )
            })
            .collect();
        return ui::print(&format!("[{}]\n", objects.join(",")));
    }
    let rows: Vec<[String; 3]> = KEYS
        .iter()
        .map(|key| [key.name, key.variable, key.default.unwrap_or("-")].map(str::to_owned))
        .collect();
    ui::print_table(&table(&rows))
}

fn as_json(value: &Value) -> String {
    match value {
        // In seconds: a program should not have to read what people write.
        Value::Seconds(seconds) => seconds.to_string(),
        // The rest is written alike in both.
        other => other.to_string(),
    }
}

/// Columns that are as wide as their texts, or as the terminal allows.
fn table(rows: &[[String; 3]]) -> Table {
    let mut table = Table::unheaded(&["name", "second", "third"]).shortening(&["second", "third"]);
    for row in rows {
        table.push(row.clone().map(Cell::from).into());
    }
    table
}
