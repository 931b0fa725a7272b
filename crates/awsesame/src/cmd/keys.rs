//! `awsesame keys`: manages long-term access keys in a store instead of `~/.aws/credentials`.

mod add;
mod export;
mod import;
mod list;
mod moving;
mod remove;
mod rotate;

use std::process::ExitCode;

use awsesame_core::aws_files::key_index::StoredKey;
use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Typed};

use super::Runner;
use crate::keys::Keys;
use crate::state::State;
use crate::store;
use crate::ui;

/// Keep long-term access keys in a store instead of `~/.aws/credentials`
#[derive(Debug, clap::Args)]
pub(super) struct KeysCommand {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, clap::Subcommand)]
enum Command {
    Add(add::Add),
    Import(import::Import),
    List(list::List),
    Move(moving::Move),
    Rotate(rotate::Rotate),
    Remove(remove::Remove),
    Export(export::Export),
}

impl KeysCommand {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match &self.command {
            Command::Add(command) => command.run(runner),
            Command::Import(command) => command.run(runner),
            Command::List(command) => command.run(runner),
            Command::Move(command) => command.run(runner),
            Command::Rotate(command) => command.run(runner),
            Command::Remove(command) => command.run(runner),
            Command::Export(command) => command.run(runner),
        }
    }
}

impl Runner<'_> {
    pub(super) fn keys<'s>(&self, state: &'s State) -> Result<Keys<'s>, Fault> {
        Keys::open(self.context, state, self.may_ask()?)
    }

    /// Returns the store for long-term keys: `keys_store`, or else `store` if that one can keep keys.
    pub(super) fn keys_store(&self, profile: &ProfileName) -> Result<&'static str, Fault> {
        let config = self.config()?;
        let own = config.text("keys_store", Some(profile.as_str()));
        let set = own.is_some();
        let name = own.unwrap_or_else(|| config.name("store", Some(profile.as_str())));
        let choices: Vec<&str> = store::keepers().collect();
        match store::NAMES.into_iter().find(|known| *known == name) {
            Some(known) if store::keeps(known) => Ok(known),
            Some(known) => Err(Fault::StoreForgets {
                store: known.to_owned(),
                choices: choices.join(", "),
                one: store::at_hand(self.context).to_owned(),
            }),
            None if set => Err(Fault::BadValue {
                setting: "keys_store",
                value: name,
                expected: format!("one of {}", choices.join(", ")),
            }),
            None => Err(store::unknown(&name)),
        }
    }
}

/// Writes what else there is to know about a key that was just stored.
pub(super) fn remarks(profile: &ProfileName, stored: &StoredKey, before: Option<&StoredKey>) {
    if stored.store == store::file::NAME {
        ui::warn("the `file` store is not encrypted: the key is as readable there as in ~/.aws/credentials");
    }
    if let Some(before) = before {
        ui::say(&format!(
            "the key `{}`, which profile `{profile}` had before, stays in the `{}` store; by its id it can be \
             named again: awsesame keys add --existing {}{}",
            before.id,
            Shown(&before.store),
            Typed(before.id.as_str()),
            profile.flag()
        ));
    }
}
