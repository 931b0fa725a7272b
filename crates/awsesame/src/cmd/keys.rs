//! `awsesame keys`: long-term access keys in a store instead of `~/.aws/credentials`.

mod add;
mod export;
mod import;
mod list;
mod remove;

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::key_index::StoredKey;
use awsesame_core::name::{ProfileName, Shown, Subject, Typed};
use awsesame_core::secret::Secret;

use super::{PATIENCE, Runner};
use crate::keys::Keys;
use crate::state::State;
use crate::store;
use crate::tty::{Answer, Terminal};
use crate::{disk, ui};

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
    Remove(remove::Remove),
    Export(export::Export),
}

impl KeysCommand {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        match &self.command {
            Command::Add(command) => command.run(runner),
            Command::Import(command) => command.run(runner),
            Command::List(command) => command.run(runner),
            Command::Remove(command) => command.run(runner),
            Command::Export(command) => command.run(runner),
        }
    }
}

impl Runner<'_> {
    fn keys<'s>(&self, state: &'s State) -> Result<Keys<'s>, Fault> {
        Keys::open(self.context, state, self.may_ask()?)
    }

    /// The store for long-term keys: `keys_store`, else `store` where that keeps them.
    fn keys_store(&self, profile: &ProfileName) -> Result<&'static str, Fault> {
        let config = self.config()?;
        let own = config.text("keys_store", Some(profile.as_str()));
        let set = own.is_some();
        let name = own.or_else(|| config.text("store", Some(profile.as_str()))).unwrap_or_default();
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

    /// The person at the terminal, if anybody may be asked.
    fn person(&self, what: &'static str, then: &'static str, profile: &ProfileName) -> Result<Person, Fault> {
        let terminal = if self.may_ask()? { Terminal::open() } else { None };
        let nobody = || Fault::NeedsTerminal { what, then, profile: profile.clone() };
        let subject = Subject::Profile(profile.clone());
        Ok(Person { terminal: terminal.ok_or_else(nobody)?, subject, patience: self.patience(PATIENCE)? })
    }
}

/// What else there is to know of a key that was just put away.
fn remarks(profile: &ProfileName, stored: &StoredKey, before: Option<&StoredKey>) {
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

/// Somebody who answers.
struct Person {
    terminal: Terminal,
    subject: Subject,
    patience: std::time::Duration,
}

impl Person {
    /// A line, shown as it is typed.
    fn says(&mut self, question: &str) -> Result<Option<String>, Fault> {
        let answer = self.terminal.ask(question, Some(self.patience));
        self.line(answer)
    }

    /// A line that nobody sees.
    fn whispers(&mut self, question: &str) -> Result<Option<Secret>, Fault> {
        let answer = self.terminal.ask_hidden(question, Some(self.patience));
        Ok(self.line(answer)?.map(Secret::new))
    }

    fn line(&self, answer: std::io::Result<Answer>) -> Result<Option<String>, Fault> {
        match answer {
            Ok(Answer::Line(line)) => Ok(Some(line)),
            Ok(Answer::Cancelled) => Ok(None),
            Ok(Answer::TimedOut) => {
                Err(Fault::PromptTimeout { subject: self.subject.clone(), seconds: self.patience.as_secs() })
            }
            Err(error) => Err(Fault::Unreadable { path: "/dev/tty".to_owned(), why: disk::words(&error) }),
        }
    }
}
