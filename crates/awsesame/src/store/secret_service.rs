//! The `secret-service` store: the keyring of a desktop session (GNOME Keyring, `KWallet`, `KeePassXC`), through D-Bus
//! and freedesktop's Secret Service API 0.2.
//!
//! This store uses the client and not the store of `keyring-core`, because the latter opens a dialog for everything
//! that is locked, and no dialog may open if nobody may be asked.

use std::collections::HashMap;

use awsesame_core::fault::Fault;
use secret_service::blocking::{Collection, Item, SecretService};
use secret_service::{EncryptionType, Error};
use zbus::blocking::connection::Builder;
use zeroize::Zeroizing;

use super::library_call::{self, PersonTimer};
use super::{SECRET_SERVICE as NAME, Store, StoreContext, text};

/// The command that shows whether a program answers for the Secret Service.
const LOOK: &str = "busctl --user status org.freedesktop.secrets";

/// The attribute by which our items are found, also with `secret-tool search service awsesame`.
const SERVICE: (&str, &str) = ("service", "awsesame");
const ITEM: &str = "username";

/// The store, with items of the default keyring.
#[derive(Debug)]
pub struct Secrets {
    place: StoreContext,
}

impl Secrets {
    /// Opens the store. The service is not used yet.
    pub fn open(place: StoreContext) -> Self {
        Self { place }
    }

    /// Calls the service with a time limit.
    fn with<T: Send + 'static>(
        &self,
        library_call: impl FnOnce(&Keeper<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (bus, may_ask) = (self.place.variable("DBUS_SESSION_BUS_ADDRESS"), self.place.may_ask);
        let patience = self.place.patience();
        library_call::run(NAME, patience, LOOK, move |person| {
            let service = connect(bus.as_deref())?;
            library_call(&Keeper { service: &service, person: may_ask.then_some(person) })
        })
    }
}

impl Store for Secrets {
    fn name(&self) -> &'static str {
        NAME
    }

    fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
        let item = item.to_owned();
        let line = self.with(move |keeper| {
            let Some(found) = keeper.latest(&item)? else { return Ok(None) };
            found.get_secret().map(Zeroizing::new).map(Some).map_err(fault)
        })?;
        line.map_or(Ok(None), |line| text::secret(NAME, &line))
    }

    fn put(&self, item: &str, secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
        // As text, because KWallet keeps nothing else.
        let (item, line) = (item.to_owned(), text::line(secret));
        self.with(move |keeper| {
            let line = line.trim_ascii();
            if let Some(found) = keeper.latest(&item)? {
                return found.set_secret(line, "text/plain").map_err(fault);
            }
            let label = format!("awsesame: {item}");
            let schema = ("xdg:schema", "org.freedesktop.Secret.Generic");
            let attributes = HashMap::from([SERVICE, (ITEM, item.as_str()), schema]);
            let keyring = keeper.keyring()?;
            keyring.create_item(&label, attributes, line, true, "text/plain").map(drop).map_err(fault)
        })
    }

    fn delete(&self, item: &str) -> Result<bool, Fault> {
        let item = item.to_owned();
        self.with(move |keeper| {
            let found = keeper.find(&[SERVICE, (ITEM, &item)])?;
            found.iter().try_for_each(|item| item.delete().map_err(fault))?;
            Ok(!found.is_empty())
        })
    }

    fn list(&self) -> Result<Vec<String>, Fault> {
        self.with(|keeper| {
            let mut items = Vec::new();
            for item in keeper.find(&[SERVICE])? {
                items.extend(item.get_attributes().map_err(fault)?.remove(ITEM));
            }
            items.sort_unstable();
            items.dedup();
            Ok(items)
        })
    }
}

/// The service, and the person who may be asked to unlock it.
struct Keeper<'a> {
    service: &'a SecretService<'static>,
    person: Option<&'a PersonTimer<'a>>,
}

impl Keeper<'_> {
    /// Returns the item with a name. If there are several, this is the one that was changed last.
    fn latest(&self, item: &str) -> Result<Option<Item<'_>>, Fault> {
        let mut latest: Option<(u64, Item<'_>)> = None;
        for found in self.find(&[SERVICE, (ITEM, item)])? {
            let at = found.get_modified().map_err(fault)?;
            if latest.as_ref().is_none_or(|(before, _)| *before < at) {
                latest = Some((at, found));
            }
        }
        Ok(latest.map(|(_, item)| item))
    }

    /// Returns the items that have these attributes, all of them unlocked.
    fn find(&self, attributes: &[(&str, &str)]) -> Result<Vec<Item<'_>>, Fault> {
        let search = || self.service.search_items(attributes.iter().copied().collect()).map_err(fault);
        let mut found = search()?;
        if found.locked.is_empty()
            && found.unlocked.is_empty()
            && let Some(keyring) = self.default()?
            && keyring.is_locked().map_err(fault)?
        {
            // Some services do not list locked items, so an empty list proves nothing yet.
            self.unlock(|| keyring.unlock())?;
            found = search()?;
        }
        let mut items = found.unlocked;
        if !found.locked.is_empty() {
            self.unlock(|| self.service.unlock_all(&found.locked.iter().collect::<Vec<_>>()))?;
            items.extend(found.locked);
        }
        Ok(items)
    }

    /// Returns the unlocked keyring for new items. If there is none, the service creates one with a password that a
    /// dialog asks for.
    fn keyring(&self) -> Result<Collection<'_>, Fault> {
        let Some(keyring) = self.default()? else {
            let Some(person) = self.person else {
                return Err(Fault::NoKeyring { store: NAME, why: "making one asks for its password".into() });
            };
            let made = person.asked(|| self.service.create_collection("Default keyring", "default"));
            return made.map_err(|error| match error {
                Error::Prompt => Fault::NoKeyring {
                    store: NAME,
                    why: "the dialog that makes one was closed, or cannot be shown here".into(),
                },
                error => fault(error),
            });
        };
        if keyring.is_locked().map_err(fault)? {
            self.unlock(|| keyring.unlock())?;
        }
        Ok(keyring)
    }

    fn default(&self) -> Result<Option<Collection<'_>>, Fault> {
        match self.service.get_default_collection() {
            Ok(keyring) => Ok(Some(keyring)),
            Err(Error::NoResult) => Ok(None),
            Err(error) => Err(fault(error)),
        }
    }

    fn unlock(&self, unlock: impl FnOnce() -> Result<(), Error>) -> Result<(), Fault> {
        let person = self.person.ok_or_else(|| locked("its password has to be asked for"))?;
        person.asked(unlock).map_err(fault)
    }
}

/// Opens a session with the service. The secrets on the bus are encrypted, so a program that watches the bus cannot
/// read them.
fn connect(bus: Option<&str>) -> Result<SecretService<'static>, Fault> {
    let absent = |error: zbus::Error| {
        let said = words(&error);
        // The message of the system comes last, after the address.
        let why = said.rsplit(": ").next().unwrap_or(&said);
        Fault::BusAbsent { why: why.split(" (os error").next().unwrap_or(why).to_lowercase() }
    };
    let builder = bus.map_or_else(Builder::session, Builder::address).map_err(absent)?;
    let connection = builder.build().map_err(absent)?;
    SecretService::connect_with_existing(EncryptionType::Dh, connection).map_err(fault)
}

fn locked(why: &str) -> Fault {
    Fault::StoreLocked { store: NAME, why: why.into() }
}

fn fault(error: Error) -> Fault {
    let error = match error {
        Error::Zbus(error) => error,
        Error::ZbusFdo(error) => zbus::Error::FDO(Box::new(error)),
        Error::Locked => return locked("its password has to be asked for"),
        Error::Prompt => return locked("its dialog was closed, or cannot be shown here"),
        Error::Unavailable => return Fault::KeeperAbsent { why: "nobody has that name".into() },
        error => return Fault::StoreFailed { store: NAME, why: error.to_string(), look: LOOK },
    };
    let (name, why) = match &error {
        zbus::Error::MethodError(name, _, _) => (name.as_str().to_owned(), words(&error)),
        zbus::Error::FDO(fdo) => (zbus::DBusError::name(fdo.as_ref()).to_string(), words(&error)),
        _ => (String::new(), words(&error)),
    };
    match name.strip_prefix("org.freedesktop.").unwrap_or(&name) {
        "Secret.Error.IsLocked" => locked("its password has to be asked for"),
        "DBus.Error.ServiceUnknown" | "DBus.Error.NameHasNoOwner" => Fault::KeeperAbsent { why },
        spawn if spawn.starts_with("DBus.Error.Spawn.") => Fault::KeeperAbsent { why },
        _ => Fault::StoreFailed { store: NAME, why, look: LOOK },
    }
}

/// Returns the words of an error, without the names of types around them.
fn words(error: &zbus::Error) -> String {
    match error {
        zbus::Error::InputOutput(error) => crate::os::file::words(error),
        zbus::Error::MethodError(_, Some(why), _) => why.clone(),
        zbus::Error::FDO(fdo) => {
            zbus::DBusError::description(fdo.as_ref()).unwrap_or("it gives no reason").to_owned()
        }
        error => error.to_string(),
    }
}
