//! `awsesame keys export`: prints a stored key. It is the only command that does, and only for a person at a terminal.

use std::process::ExitCode;

use awsesame_core::fault::Fault;

use super::super::Runner;
use crate::ui;

/// Print a profile's key, after a confirmation at the terminal
#[derive(Debug, clap::Args)]
pub(super) struct Export {}

impl Export {
    #[expect(clippy::unused_self, reason = "every subcommand is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let state = runner.state()?;
        let keys = runner.keys(&state)?;
        let profile = runner.meant_profile();
        let Some(stored) = keys.index()?.get(&profile).cloned() else {
            return Err(Fault::NoKeyInStore { profile });
        };
        let mut person = runner.person("the export of a key", "keys export", &profile)?;
        let answer = person.says(&format!(
            "this prints the secret half of `{}`; type the profile's name (`{profile}`) to continue: ",
            stored.id
        ))?;
        if answer.as_deref().map(str::trim) != Some(profile.as_str()) {
            let what = "nothing was printed";
            return Err(Fault::NotConfirmed { what, then: "keys export".to_owned(), profile });
        }
        let key = keys.fetch(&stored, &profile)?;
        ui::print(key.at_rest().expose())?;
        Ok(ExitCode::SUCCESS)
    }
}
