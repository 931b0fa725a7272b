//! The `gpg` store: files that `gpg` encrypts to `stores.gpg.recipients`, or to the user's default key. gpg-agent and
//! its pinentry handle the passphrases.

use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use super::sealed::SealedFiles;
use super::{Store, StoreContext, argv};
use crate::os::process::Output;

/// The name of this store.
pub const NAME: &str = awsesame_local::store::GPG;

const LOOK: &str = "gpg --list-secret-keys";

/// The arguments for gpg if nobody may be asked: it fails instead of asking, and prints a better error.
pub(super) const UNASKED: [&str; 4] = ["--pinentry-mode", "error", "--status-fd", "2"];

/// Returns true if only a passphrase is missing. gpg prints "No secret key" for a missing key and for a missing
/// passphrase, but `KEY_CONSIDERED` (doc/DETAILS) only for a key that it has.
pub(super) fn wants_a_passphrase(output: &Output) -> bool {
    output.stderr.contains("KEY_CONSIDERED") && output.stderr.contains("No secret key")
}

/// Returns the last line of the output that is meant for people.
pub(super) fn complaint(output: &Output) -> String {
    let for_people = |line: &&str| !line.starts_with("[GNUPG:]") && !line.trim().is_empty();
    let said = output.stderr.lines().rfind(for_people);
    said.map_or_else(|| output.complaint(), |line| line.trim().to_owned())
}

/// The store, with files in `$XDG_DATA_HOME/awsesame/gpg`.
#[derive(Debug)]
pub struct Gpg {
    files: SealedFiles,
    place: StoreContext,
}

impl Gpg {
    /// Opens the store. Nothing is read or created yet.
    pub fn open(place: StoreContext) -> Self {
        Self { files: SealedFiles { store: NAME, folder: place.folder.join(NAME) }, place }
    }

    fn gpg(&self, words: &[String], stdin: &[u8]) -> Result<Output, Fault> {
        let mut command = argv(&["gpg", "--batch", "--quiet", "--no-tty"]);
        if !self.place.may_ask {
            command.extend(argv(&UNASKED));
        }
        command.extend_from_slice(words);
        let output = self.place.run(&command, &[("LC_ALL", "C".into())], stdin)?;
        if output.status.success() {
            return Ok(output);
        }
        let why = complaint(&output);
        if !self.place.may_ask && wants_a_passphrase(&output) {
            return Err(Fault::StoreLocked { store: NAME, why: "its passphrase has to be asked for".into() });
        }
        if why.ends_with("encryption failed: No user ID") {
            let why = "you have no key that it could encrypt to".into();
            return Err(Fault::StoreFailed { store: NAME, why, look: LOOK });
        }
        // The first line names the key, and the last one only says that the operation failed.
        let said = output.stderr.lines().find(|line| line.contains("expired") || line.contains("skipped"));
        let why = said.map_or(why, |line| line.trim().to_owned());
        Err(Fault::StoreFailed { store: NAME, why, look: LOOK })
    }
}

/// Returns true if this begins as a message of `OpenPGP` does (RFC 9580, 4.2), or as its text form does.
fn is_message(bytes: &[u8]) -> bool {
    bytes.starts_with(b"-----BEGIN PGP MESSAGE") || bytes.first().is_some_and(|first| first & 0x80 != 0)
}

impl Store for Gpg {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticates(&self) -> bool {
        false
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let Some(sealed) = self.files.read(item)? else { return Ok(None) };
        Ok(Some(self.gpg(&argv(&["--decrypt"]), &sealed)?.stdout))
    }

    fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
        let recipients = self.place.config.words("stores.gpg.recipients", None);
        // The user has chosen the key, so gpg must not ask about one that is not signed.
        let mut words = argv(&["--trust-model", "always", "--encrypt"]);
        if recipients.is_empty() {
            words.push("--default-recipient-self".into());
        }
        words.extend(recipients.into_iter().flat_map(|key| ["--recipient".to_owned(), key]));
        let sealed = self.gpg(&words, secret)?.stdout;
        self.files.write(item, &sealed, is_message, LOOK)
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        self.files.delete(item)
    }

    fn list(&self) -> Result<Vec<String>, Fault> {
        self.files.list()
    }
}
