//! A substitute for a locked keyring, which opens a dialog that nobody answers, or that a person closes. It has only
//! the part of the Secret Service API 0.2 that is needed for that.
#![expect(
    clippy::unused_self,
    clippy::used_underscore_binding,
    reason = "what zbus makes of an interface hands everything on, needed or not"
)]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use zbus::blocking::Connection;
use zbus::blocking::connection::Builder;
use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedObjectPath, OwnedValue, Value};

use crate::bus::{Bus, KEEPER};

/// A locked keyring that counts its dialogs.
pub(crate) struct Locked;

impl Locked {
    /// Has it on a bus for as long as the connection lives.
    pub(crate) fn on(bus: &Bus, closes: bool) -> (Connection, Arc<AtomicUsize>) {
        let dialogs = Arc::new(AtomicUsize::new(0));
        let dialog = Dialog { closes, dialogs: dialogs.clone() };
        let connection = Builder::address(bus.address()).unwrap();
        let connection = connection.serve_at("/org/freedesktop/secrets", Self).unwrap();
        let connection = connection.serve_at("/dialog", dialog).unwrap();
        (connection.name(KEEPER).unwrap().build().unwrap(), dialogs)
    }
}

fn path(text: &str) -> OwnedObjectPath {
    OwnedObjectPath::try_from(text).unwrap()
}

#[zbus::interface(name = "org.freedesktop.Secret.Service")]
impl Locked {
    fn open_session(&self, _algorithm: &str, _input: Value<'_>) -> (OwnedValue, OwnedObjectPath) {
        (Value::from(vec![2u8; 128]).try_into().unwrap(), path("/session"))
    }

    fn search_items(
        &self,
        _attributes: HashMap<String, String>,
    ) -> (Vec<OwnedObjectPath>, Vec<OwnedObjectPath>) {
        (Vec::new(), vec![path("/item")])
    }

    fn unlock(&self, _objects: Vec<OwnedObjectPath>) -> (Vec<OwnedObjectPath>, OwnedObjectPath) {
        (Vec::new(), path("/dialog"))
    }
}

struct Dialog {
    closes: bool,
    dialogs: Arc<AtomicUsize>,
}

#[zbus::interface(name = "org.freedesktop.Secret.Prompt")]
impl Dialog {
    async fn prompt(&self, _window: &str, #[zbus(signal_emitter)] emitter: SignalEmitter<'_>) {
        self.dialogs.fetch_add(1, Ordering::SeqCst);
        if self.closes {
            Self::completed(&emitter, true, Value::from("")).await.unwrap();
        }
    }

    #[zbus(signal)]
    async fn completed(emitter: &SignalEmitter<'_>, dismissed: bool, result: Value<'_>) -> zbus::Result<()>;
}
