//! Stores: where secrets rest. One trait, one file a store, one conformance
//! suite that all pass. "Nothing stored" is `Ok(None)`; a store that is locked or
//! broken is an error, never a miss.
//!
//! Two are quick, `kernel` and `file`: they are asked at every use. The others ask
//! another program or a person, once an unlock; meanwhile a copy of the data key
//! lies in the kernel keyring, which is all that the front ever looks at.

pub mod age;
pub mod command;
mod errand;
pub mod file;
pub mod gpg;
pub mod kernel;
pub mod keybase;
#[cfg(any(target_os = "macos", test))]
pub mod keychain;
mod named;
pub mod pass;
mod sealed;
#[cfg(target_os = "linux")]
pub mod secret_service;
mod text;

use std::path::PathBuf;
use std::time::Duration;

use awsesame_core::config::Config;
use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use crate::os::context::Context;
use crate::os::process::{self, Output};
use crate::state::State;
use errand::Patience;
use named::Named;

/// The item under which the data key rests.
pub const DATA_KEY: &str = "data-key";

/// What a program gets that may ask the person at the terminal.
const WITH_PERSON: Duration = Duration::from_mins(2);

/// A place where secrets rest, each under a name.
pub trait Store {
    /// The name by which a user asks for it.
    fn name(&self) -> &'static str;
    /// What rests under a name.
    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault>;
    /// Lays a secret down, over an older one of the same name. `seconds` is how
    /// long it will be of use; a store that can forget by itself then does.
    fn put(&self, item: &str, secret: &[u8], seconds: Option<u64>) -> Result<(), Fault>;
    /// Takes a secret away; whether there was one.
    fn delete(&self, item: &str) -> Result<bool, Fault>;
    /// The names of what rests there, in order.
    fn list(&self) -> Result<Vec<String>, Fault>;
}

/// The name of the store that only Linux has.
pub const SECRET_SERVICE: &str = "secret-service";
/// The name of the store that only macOS has.
pub const KEYCHAIN: &str = "keychain";

/// Every store by its name.
pub const NAMES: [&str; 9] = [
    kernel::NAME,
    file::NAME,
    SECRET_SERVICE,
    KEYCHAIN,
    command::NAME,
    age::NAME,
    gpg::NAME,
    pass::NAME,
    keybase::NAME,
];

/// Whether a store keeps what cannot be had again: the kernel forgets at a reboot.
pub fn keeps(name: &str) -> bool {
    name != kernel::NAME
}

/// The stores of this system that keep and encrypt what they are given.
pub fn keepers() -> impl Iterator<Item = &'static str> {
    let elsewhere = if cfg!(target_os = "macos") { SECRET_SERVICE } else { KEYCHAIN };
    NAMES.into_iter().filter(move |name| keeps(name) && *name != file::NAME && *name != elsewhere)
}

/// Those of [`keepers`] that have here what they need, as far as can be told without asking them.
pub fn there(context: Context) -> impl Iterator<Item = &'static str> {
    keepers().filter(move |name| match *name {
        KEYCHAIN => true,
        SECRET_SERVICE => context.has_desktop(),
        gpg::NAME | age::NAME | pass::NAME | keybase::NAME => context.has_program(name),
        _ => false,
    })
}

/// The one of them that is likeliest at hand, for somebody who has to choose.
pub fn at_hand(context: Context) -> &'static str {
    there(context).next().unwrap_or(gpg::NAME)
}

/// The fault of a name that no store has.
pub fn unknown(name: &str) -> Fault {
    Fault::UnknownStore { name: name.to_owned(), nearest: nearest(name) }
}

/// What a store needs to know of its surroundings.
#[derive(Debug, Clone)]
pub struct Place {
    /// The settings `stores.*`.
    pub config: Config,
    /// Where stores that are files of ours have their folders.
    pub folder: PathBuf,
    /// `HOME`, for paths that begin with `~/`.
    pub home: Option<String>,
    /// Whether a person may be asked.
    pub may_ask: bool,
    /// Variables that the programs get besides our own.
    pub variables: Vec<(&'static str, String)>,
}

impl Place {
    /// By the settings, for somebody who may be asked or not.
    pub fn new(config: &Config, context: Context, may_ask: bool) -> Result<Self, Fault> {
        let (folder, home) = (context.data_dir()?, context.var("HOME"));
        Ok(Self { config: config.clone(), folder, home, may_ask, variables: Vec::new() })
    }

    /// Runs a store's program. What it says is kept for the fault.
    fn run(
        &self,
        argv: &[String],
        variables: &[(&'static str, String)],
        stdin: &[u8],
    ) -> Result<Output, Fault> {
        let patience = self.patience();
        let timeout = if self.may_ask { patience.with_person } else { patience.usual };
        let variables = [&self.variables, variables].concat();
        process::listen(argv, &variables, Some(stdin), timeout, self.may_ask)
    }

    /// How long whoever is asked may take.
    fn patience(&self) -> Patience {
        let seconds = self.config.seconds("stores.timeout", None).unwrap_or(30);
        let usual = Duration::from_secs(u64::from(seconds));
        let set = self.config.is_set("stores.timeout", None);
        Patience { usual, with_person: if set { usual } else { WITH_PERSON } }
    }

    /// A variable that the programs get besides our own; a library gets it in this way.
    #[cfg(target_os = "linux")]
    fn variable(&self, name: &str) -> Option<String> {
        self.variables.iter().find(|(known, _)| *known == name).map(|(_, value)| value.clone())
    }

    /// A path of the settings, with `~/` spelt out.
    fn path(&self, text: &str) -> String {
        match (text.strip_prefix("~/"), &self.home) {
            (Some(rest), Some(home)) => format!("{home}/{rest}"),
            _ => text.to_owned(),
        }
    }
}

/// What can be had of a store without asking anybody: a quick store itself, of
/// any other the copy that lies in the kernel keyring while it is unlocked.
pub fn open(name: &str, state: &State) -> Result<Box<dyn Store>, Fault> {
    match NAMES.into_iter().find(|known| *known == name) {
        Some(kernel::NAME) => Ok(Box::new(Named(kernel::Kernel::open(state)?))),
        Some(file::NAME) => Ok(Box::new(Named(file::Folder::open(state)))),
        Some(slow) => Ok(Box::new(Named(kernel::Kernel::copy_of(slow, state)?))),
        None => Err(Fault::UnknownStore { name: name.to_owned(), nearest: nearest(name) }),
    }
}

/// A store that has to be asked; none for the quick ones, which [`open`] brings.
pub fn slow(name: &str, place: Place) -> Result<Option<Box<dyn Store>>, Fault> {
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
        _ => return Err(Fault::UnknownStore { name: name.to_owned(), nearest: nearest(name) }),
    })
}

/// The store itself and no copy: for secrets other than the data key.
pub fn itself(name: &str, state: &State, context: Context, may_ask: bool) -> Result<Box<dyn Store>, Fault> {
    if matches!(name, kernel::NAME | file::NAME) {
        return open(name, state);
    }
    let place = Place::new(&crate::config::read(context)?, context, may_ask)?;
    slow(name, place)?.map_or_else(|| open(name, state), Ok)
}

fn nearest(name: &str) -> Option<String> {
    awsesame_core::text::nearest::nearest(name, NAMES).map(str::to_owned)
}

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}
