//! The `command` store: programs of the user. `stores.command.get` prints a secret (base64), `put` reads one from
//! stdin, and `delete` removes it; `{item}` in their arguments is replaced by the name. A program that prints nothing
//! and exits with 0 reports that there is no secret. `list`, which only some commands need, prints the names, one per
//! line.

use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use super::{Store, StoreContext, text};
use crate::os::process::Output;

/// The name of this store.
pub const NAME: &str = awsesame_local::store::COMMAND;

/// The store, with the programs that the settings name.
#[derive(Debug)]
pub struct Commands {
    place: StoreContext,
}

impl Commands {
    /// Opens the store. No program is run yet.
    pub fn open(place: StoreContext) -> Self {
        Self { place }
    }

    fn run(
        &self,
        setting: &'static str,
        variable: &'static str,
        item: &str,
        stdin: &[u8],
    ) -> Result<Output, Fault> {
        let words = self.place.config.words(setting, None);
        if words.is_empty() {
            return Err(Fault::StoreUnset { store: NAME, setting, variable });
        }
        let command: Vec<String> =
            words.iter().map(|word| self.place.path(word).replace("{item}", item)).collect();
        let output = self.place.run(&command, &[], stdin)?;
        if output.status.success() {
            return Ok(output);
        }
        Err(Fault::StoreFailed { store: NAME, why: output.complaint(), look: "awsesame config show" })
    }
}

impl Store for Commands {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let output = self.run("stores.command.get", "AWSESAME_STORES_COMMAND_GET", item, b"")?;
        text::secret(NAME, &output.stdout)
    }

    fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
        let line = text::line(secret);
        self.run("stores.command.put", "AWSESAME_STORES_COMMAND_PUT", item, &line).map(drop)
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        let there = self.get(item)?.is_some();
        if there {
            self.run("stores.command.delete", "AWSESAME_STORES_COMMAND_DELETE", item, b"")?;
        }
        Ok(there)
    }

    fn list(&self) -> Result<Vec<String>, Fault> {
        let output = self.run("stores.command.list", "AWSESAME_STORES_COMMAND_LIST", "", b"")?;
        Ok(text::lines(&output.stdout))
    }
}
