//! The `pass` store: entries of the user's password store, below
//! `stores.pass.prefix`, encrypted to whomever its `.gpg-id` files say.

use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use super::{Place, Store, argv, gpg, text};
use crate::program::Output;

/// The name of this store.
pub const NAME: &str = "pass";

/// What `pass` says of an entry that is not there.
const NOTHING: &str = "is not in the password store";

/// Entries of `pass`.
#[derive(Debug)]
pub struct Pass {
    place: Place,
}

impl Pass {
    /// Nothing is asked yet.
    pub fn open(place: Place) -> Self {
        Self { place }
    }

    fn entry(&self, item: &str) -> String {
        let prefix = self.place.config.text("stores.pass.prefix", None).unwrap_or_default();
        format!("{}/{}", prefix.trim_end_matches('/'), super::safe(item))
    }

    /// Runs `pass`; `None` where the entry is not there.
    fn pass(&self, words: &[&str], stdin: &[u8]) -> Result<Option<Output>, Fault> {
        let mut command = argv(&["pass"]);
        command.extend(argv(words));
        let mut variables = vec![("LC_ALL", "C".to_owned())];
        if !self.place.may_ask {
            variables.push(("PASSWORD_STORE_GPG_OPTS", gpg::UNASKED.join(" ")));
        }
        // pass writes an entry in its place, so that a reader could find half of it: one of us at a time.
        let lock = crate::disk::open_lock(&self.place.folder.join("pass.lock"))?;
        lock.lock().map_err(|error| crate::disk::unwritable(&self.place.folder, &error))?;
        let output = self.place.run(&command, &variables, stdin)?;
        drop(lock);
        if output.status.success() {
            return Ok(Some(output));
        }
        if output.stderr.contains(NOTHING) {
            return Ok(None);
        }
        if !self.place.may_ask && gpg::wants_a_passphrase(&output) {
            return Err(Fault::StoreLocked { store: NAME, why: "its passphrase has to be asked for".into() });
        }
        Err(Fault::StoreFailed { store: NAME, why: gpg::complaint(&output), look: "pass ls" })
    }
}

impl Store for Pass {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let Some(output) = self.pass(&["show", &self.entry(item)], b"")? else { return Ok(None) };
        text::secret(NAME, &output.stdout)
    }

    fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
        let words = ["insert", "--multiline", "--force", &self.entry(item)];
        self.pass(&words, &text::line(secret)).map(drop)
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        Ok(self.pass(&["rm", "--force", &self.entry(item)], b"")?.is_some())
    }
}
