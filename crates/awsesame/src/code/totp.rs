//! The code source `totp`: computes codes from a seed in a store. It is used only if the user names it, because it
//! defeats the purpose of the second factor: a program that can use this login then has both factors. `mfa seed` and
//! the first code warn about that.

use awsesame_core::code::totp::Seed;
use awsesame_core::fault::Fault;
use awsesame_core::name::{Serial, Shown};

use super::{Code, CodeSource, Question};
use crate::os::file::{self, Durability};
use crate::state::State;
use crate::store::{self, Store};
use crate::ui;

/// The name of this source.
pub const NAME: &str = "totp";

/// The seeds in a store.
pub struct Seeds {
    store: Box<dyn Store>,
    state: State,
}

impl Seeds {
    /// Opens the seeds in a store, unless the store keeps secrets unencrypted.
    pub fn open(store: Box<dyn Store>, state: &State) -> Result<Self, Fault> {
        if store.name() == store::file::NAME {
            return Err(Fault::SeedInTheClear { store: store.name().to_owned() });
        }
        Ok(Self { store, state: state.clone() })
    }

    /// Stores the seed of a device.
    pub fn keep(&self, serial: &Serial, seed: &Seed) -> Result<(), Fault> {
        self.store.put(&item(serial), seed.expose(), None)?;
        self.warn(serial)
    }

    /// Deletes the seed of a device. Returns true if there was one.
    pub fn forget(&self, serial: &Serial) -> Result<bool, Fault> {
        self.store.delete(&item(serial))
    }

    /// Returns the name of the store.
    pub fn store(&self) -> &str {
        self.store.name()
    }

    /// Writes what this weakens, once for each device, and remembers it.
    fn warn(&self, serial: &Serial) -> Result<(), Fault> {
        let told = awsesame_core::session::file_safe(serial.as_str());
        let told = self.state.folder().join("told").join(format!("seed-{told}"));
        if file::read_own(&told, 64)?.is_some() {
            return Ok(());
        }
        ui::warn(&format!(
            "with the seed of `{}` on this machine, anybody who can use your login here has both factors: \
             MFA no longer proves that you are there",
            Shown(serial.device())
        ));
        file::write_own(&told, b"told\n", Durability::Process)
    }
}

impl CodeSource for Seeds {
    fn code(&mut self, question: &Question<'_>) -> Result<Code, Fault> {
        for serial in question.devices.all() {
            let Some(bytes) = self.store.get(&item(serial))? else { continue };
            let Some(seed) = Seed::from_bytes(&bytes) else {
                let why = format!(
                    "the entry in the `{}` store does not have the length of a seed",
                    self.store.name()
                );
                return Err(Fault::BadSeed { why });
            };
            self.warn(serial)?;
            return Ok(Code { digits: seed.code(question.now), of: Some(serial.clone()) });
        }
        Err(Fault::NoSeed {
            serial: question.devices.likeliest().clone(),
            store: self.store.name().to_owned(),
            subject: question.subject.clone(),
        })
    }

    fn may_ask_again(&self) -> bool {
        true
    }

    fn automatic(&self) -> bool {
        true
    }
}

fn item(serial: &Serial) -> String {
    format!("totp-{}", serial.as_str())
}
