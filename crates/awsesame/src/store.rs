//! Stores for secrets. There is one trait, one file for each store, and one conformance suite that all stores pass.
//! "Nothing stored" is `Ok(None)`; a store that is locked or broken is an error, and never "nothing stored".
//!
//! The stores `kernel` and `file` are fast. They are in `awsesame_local`, because the front uses them too, and they are
//! opened at every use. The other stores need another program or a person, so they are opened once per unlock.
//! Meanwhile a copy of the data key is in the kernel keyring, which is the only place where the front looks.

pub mod age;
pub mod command;
pub mod gpg;
pub mod keybase;
#[cfg(any(target_os = "macos", test))]
pub mod keychain;
mod library_call;
pub mod pass;
mod sealed;
#[cfg(target_os = "linux")]
pub mod secret_service;
mod text;

use awsesame_local::store::named::Named;
pub use awsesame_local::store::{
    AGE, DATA_KEY, KEYCHAIN, NAMES, SECRET_SERVICE, Store, data_key, file, kernel, open, unknown,
    wrong_length,
};

use std::path::PathBuf;
use std::time::Duration;

use awsesame_core::config::Config;
use awsesame_core::fault::Fault;

use crate::os::context::Context;
use crate::os::process::{self, Output};
use crate::state::State;
use library_call::Patience;

/// The time limit of a program that may ask the person at the terminal.
const WITH_PERSON: Duration = Duration::from_mins(2);

/// Returns the time limit of a program: `stores.timeout` if it is set, or else a default that is longer if the program
/// may ask a person.
pub fn time_for(config: &Config, may_ask: bool) -> Duration {
    if may_ask && !config.is_set("stores.timeout", None) {
        return WITH_PERSON;
    }
    config.duration("stores.timeout", None)
}

/// Returns true if a store keeps what cannot be obtained again: the kernel forgets at a reboot.
pub fn keeps(name: &str) -> bool {
    name != kernel::NAME
}

/// Returns the stores of this system that encrypt their secrets.
pub fn keepers() -> impl Iterator<Item = &'static str> {
    let elsewhere = if cfg!(target_os = "macos") { SECRET_SERVICE } else { KEYCHAIN };
    NAMES.into_iter().filter(move |name| keeps(name) && *name != file::NAME && *name != elsewhere)
}

/// Returns those of [`keepers`] that seem to be usable here, as far as this is known without opening them.
pub fn there(context: Context) -> impl Iterator<Item = &'static str> {
    keepers().filter(move |name| match *name {
        KEYCHAIN => true,
        SECRET_SERVICE => context.has_desktop(),
        gpg::NAME | age::NAME | pass::NAME | keybase::NAME => context.has_program(name),
        _ => false,
    })
}

/// Returns true if a store is set up, as far as this is known without running its program: gpg needs a secret key, and
/// pass needs the folder that `pass init` creates.
pub fn is_ready(name: &str, context: Context) -> bool {
    let folder = |variable: &str, below: &str| {
        let home = || context.folders().home().map(|home| home.join(below));
        context.var(variable).map(PathBuf::from).or_else(home)
    };
    match name {
        gpg::NAME => folder("GNUPGHOME", ".gnupg").is_some_and(|folder| {
            let keys = std::fs::read_dir(folder.join("private-keys-v1.d"));
            keys.is_ok_and(|mut keys| keys.next().is_some())
        }),
        pass::NAME => folder("PASSWORD_STORE_DIR", ".password-store")
            .is_some_and(|folder| folder.join(".gpg-id").exists()),
        _ => true,
    }
}

/// Returns the store that is most likely usable, to suggest one to the user.
pub fn at_hand(context: Context) -> &'static str {
    there(context).next().unwrap_or(gpg::NAME)
}

/// The surroundings that a store needs to know of.
#[derive(Debug, Clone)]
pub struct StoreContext {
    /// The settings `stores.*` of `config.toml`.
    pub config: Config,
    /// The folder in which stores that are files of ours have their folders.
    pub folder: PathBuf,
    /// The value of `HOME`, for paths that begin with `~/`.
    pub home: Option<PathBuf>,
    /// True if a person may be asked.
    pub may_ask: bool,
    /// Additional variables for the programs.
    pub variables: Vec<(&'static str, String)>,
}

impl StoreContext {
    /// Reads the settings. `may_ask` says whether a person may be asked.
    pub fn new(config: &Config, context: Context, may_ask: bool) -> Result<Self, Fault> {
        let (folder, home) = (context.folders().data()?, context.folders().home());
        Ok(Self { config: config.clone(), folder, home, may_ask, variables: Vec::new() })
    }

    /// Runs a store's program. Its error output is kept for the fault.
    fn run(
        &self,
        argv: &[String],
        variables: &[(&'static str, String)],
        stdin: &[u8],
    ) -> Result<Output, Fault> {
        let timeout = time_for(&self.config, self.may_ask);
        let variables = [&self.variables, variables].concat();
        process::listen(argv, &variables, Some(stdin), timeout, self.may_ask)
    }

    /// Returns the time limits of a call, with and without a question to a person.
    fn patience(&self) -> Patience {
        Patience { usual: time_for(&self.config, false), with_person: time_for(&self.config, true) }
    }

    /// Returns a variable that the programs of stores get in addition to ours. A library gets its variables by this
    /// function.
    #[cfg(target_os = "linux")]
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    /// Returns a path from the settings, with `~/` expanded.
    fn path(&self, text: &str) -> String {
        match (text.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => home.join(rest).to_string_lossy().into_owned(),
            _ => text.to_owned(),
        }
    }
}

/// Opens a slow store. Returns None for the fast stores, which [`open`] returns.
pub fn slow(name: &str, place: StoreContext) -> Result<Option<Box<dyn Store>>, Fault> {
    Ok(match name {
        kernel::NAME | file::NAME => None,
        command::NAME => Some(Box::new(Named(command::Commands::open(place)))),
        age::NAME => Some(Box::new(Named(age::Age::open(place)))),
        gpg::NAME => Some(Box::new(Named(gpg::Gpg::open(place)))),
        pass::NAME => Some(Box::new(Named(pass::Pass::open(place)))),
        #[cfg(target_os = "linux")]
        SECRET_SERVICE => Some(Box::new(secret_service::Secrets::open(place))),
        #[cfg(target_os = "macos")]
        KEYCHAIN => Some(Box::new(keychain::Keychain::open(place))),
        #[cfg(not(target_os = "linux"))]
        SECRET_SERVICE => {
            return Err(Fault::StoreElsewhere { store: SECRET_SERVICE, system: "Linux", here: KEYCHAIN });
        }
        #[cfg(not(target_os = "macos"))]
        KEYCHAIN => {
            return Err(Fault::StoreElsewhere { store: KEYCHAIN, system: "macOS", here: SECRET_SERVICE });
        }
        keybase::NAME => Some(Box::new(Named(keybase::Keybase::open(place)))),
        _ => return Err(unknown(name)),
    })
}

/// Opens the store itself, without a copy of its content. It is for secrets other than the data key.
pub fn itself(name: &str, state: &State, context: Context, may_ask: bool) -> Result<Box<dyn Store>, Fault> {
    if matches!(name, kernel::NAME | file::NAME) {
        return open(name, state);
    }
    let place = StoreContext::new(&crate::config::read(context)?, context, may_ask)?;
    slow(name, place)?.map_or_else(|| open(name, state), Ok)
}

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
