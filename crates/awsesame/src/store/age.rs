//! The `age` store: files that the `age` program seals. `stores.age.identities` names the identities that open them:
//! identity files, ssh keys, or plugins such as age-plugin-yubikey. `stores.age.recipients` names the recipients, if
//! they are others. Without either setting, age asks for a passphrase at the terminal.
//!
//! This store uses the program and not the library, so that the user's own plugins and updates apply, and a hundred
//! dependencies are avoided.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use super::sealed::SealedFiles;
use super::{Store, StoreContext, argv};
use crate::os::named_file;
use crate::os::process::Output;
use crate::os::terminal::Terminal;
use crate::ui;

/// The name of this store.
pub const NAME: &str = awsesame_local::store::AGE;

const LOOK: &str = "awsesame config show";

/// The maximum size of an identity file.
const MOST_BYTES: u64 = 64 * 1024;

/// The store, with files in `$XDG_DATA_HOME/awsesame/age`.
#[derive(Debug)]
pub struct Age {
    files: SealedFiles,
    place: StoreContext,
}

impl Age {
    /// Opens the store. Nothing is read or created yet.
    pub fn open(place: StoreContext) -> Self {
        Self { files: SealedFiles { store: NAME, folder: place.folder.join(NAME) }, place }
    }

    fn identities(&self) -> Result<Vec<String>, Fault> {
        let files = self.place.config.words("stores.age.identities", None);
        let files: Vec<String> = files.iter().map(|file| self.place.path(file)).collect();
        files.iter().try_for_each(|file| check_closed(file))?;
        Ok(files.into_iter().flat_map(|file| ["--identity".to_owned(), file]).collect())
    }

    fn age(&self, words: &[String], stdin: &[u8]) -> Result<Output, Fault> {
        if self.place.may_ask && self.has_passphrase() && Terminal::open().is_some() {
            let purpose = if words.iter().any(|word| word == "--decrypt") { "decrypt" } else { "encrypt" };
            ui::say(&format!("`age` now asks for the passphrase of the `age` store, to {purpose}"));
        }
        let mut command = argv(&["age"]);
        command.extend_from_slice(words);
        let output = self.place.run(&command, &[], stdin)?;
        if output.status.success() {
            return Ok(output);
        }
        // The last line of age's output only asks for bug reports.
        let said = output.stderr.lines().find_map(|line| line.strip_prefix("age: error: "));
        let why = said.map_or_else(|| output.complaint(), str::to_owned);
        if !self.place.may_ask && ["terminal", "tty", "passphrase"].iter().any(|word| why.contains(word)) {
            return Err(Fault::StoreLocked { store: NAME, why: "its passphrase has to be asked for".into() });
        }
        if why == "incorrect passphrase" {
            return Err(Fault::StoreLocked { store: NAME, why: "that was not its passphrase".into() });
        }
        Err(Fault::StoreFailed { store: NAME, why, look: LOOK })
    }

    /// Returns true if `age` has to ask for a passphrase: that of the store, or that of an identity file.
    fn has_passphrase(&self) -> bool {
        // The beginnings of an encrypted file of age, in both forms, and of an encrypted private key of ssh.
        const ENCRYPTED: [&[u8]; 3] =
            [b"age-encryption.org/", b"BEGIN AGE ENCRYPTED FILE", b"b3BlbnNzaC1rZXktdjEAAAAACmFlczI1Ni"];
        let files = self.place.config.words("stores.age.identities", None);
        let is_encrypted = |file: &String| {
            let path = self.place.path(file);
            let Ok(Some(text)) = named_file::read(Path::new(&path), MOST_BYTES) else { return false };
            ENCRYPTED.iter().any(|mark| text.windows(mark.len()).any(|part| part == *mark))
        };
        let recipients = self.place.config.words("stores.age.recipients", None);
        (files.is_empty() && recipients.is_empty()) || files.iter().any(is_encrypted)
    }

    fn check_passphrase(&self) -> Result<(), Fault> {
        if self.place.may_ask {
            return Ok(());
        }
        Err(Fault::StoreLocked { store: NAME, why: "its passphrase has to be asked for".into() })
    }
}

/// Refuses a secret key that other users can read, as ssh does and age does not. Identities that only name the key of a
/// plugin, and unreadable files, are left to age.
fn check_closed(path: &str) -> Result<(), Fault> {
    let Ok(about) = std::fs::metadata(path) else { return Ok(()) };
    let mode = about.mode() & 0o7777;
    // Nothing for the group, nothing for others.
    if mode.trailing_zeros() >= 6 || !about.is_file() {
        return Ok(());
    }
    let Ok(Some(text)) = named_file::read(Path::new(path), MOST_BYTES) else { return Ok(()) };
    let holds = |mark: &[u8]| text.windows(mark.len()).any(|window| window == mark);
    if holds(b"AGE-SECRET-KEY-") || holds(b"PRIVATE KEY-----") {
        return Err(Fault::TooOpen { path: path.to_owned(), mode });
    }
    Ok(())
}

impl Store for Age {
    fn name(&self) -> &'static str {
        NAME
    }

    fn authenticates(&self) -> bool {
        // Only a person who knows the passphrase can seal with it, but anybody can seal to a recipient.
        let set = |name| !self.place.config.words(name, None).is_empty();
        !set("stores.age.identities") && !set("stores.age.recipients")
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let Some(sealed) = self.files.read(item)? else { return Ok(None) };
        let identities = self.identities()?;
        if identities.is_empty() {
            self.check_passphrase()?;
        }
        let mut words = argv(&["--decrypt"]);
        words.extend(identities);
        Ok(Some(self.age(&words, &sealed)?.stdout))
    }

    fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
        let (recipients, identities) =
            (self.place.config.words("stores.age.recipients", None), self.identities()?);
        let mut words = argv(&["--encrypt"]);
        if recipients.is_empty() && identities.is_empty() {
            self.check_passphrase()?;
            words.push("--passphrase".into());
        } else if recipients.is_empty() {
            words.extend(identities);
        } else {
            words.extend(recipients.into_iter().flat_map(|key| ["--recipient".to_owned(), key]));
        }
        let sealed = self.age(&words, secret)?.stdout;
        self.files.write(item, &sealed, |bytes| bytes.starts_with(b"age-encryption.org/"), LOOK)
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        self.files.delete(item)
    }

    fn list(&self) -> Result<Vec<String>, Fault> {
        self.files.list()
    }
}
