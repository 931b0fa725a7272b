//! The `kernel` store: the Linux kernel keyring. Its keys are never written to a disk. They are deleted by a reboot, by
//! `lock`, or when they expire.
//!
//! The persistent keyring of the user (`keyctl_get_persistent(3)`) outlives all login sessions, so cron, ssh and every
//! new terminal find the same key. Kernels that were built without it have the user keyring.

use awsesame_core::fault::Fault;
use zeroize::Zeroizing;

use super::Store;
use crate::state::State;

/// The name of this store.
pub const NAME: &str = "kernel";

/// The keyring of this user.
#[derive(Debug)]
pub struct Kernel {
    #[cfg(target_os = "linux")]
    ring: linux_keyutils::KeyRing,
    /// Ends every name, so that two states of one user (a demo's, a test's) stay apart.
    #[cfg(target_os = "linux")]
    suffix: String,
    /// The store that the secrets belong to: our own, or another store if these are copies.
    #[cfg(target_os = "linux")]
    of: &'static str,
}

#[cfg(target_os = "linux")]
mod linux {
    use linux_keyutils::{Key, KeyError, KeyPermissions, KeyRing, KeyRingIdentifier};

    use super::{Fault, Kernel, NAME, State, Store, Zeroizing};
    use crate::os::folder;

    /// All permissions for the possessor and for the owner, and none for others: a program in another session keyring
    /// of the same user must be able to read the key.
    const OWNER_ONLY: u32 = 0x3f3f_0000;

    /// A session of 36 hours is the longest there is.
    const LONGEST_SECONDS: u64 = 36 * 3600 + 3600;

    /// The prefix of a description of ours.
    const START: &str = "awsesame:";

    /// More than the maximum number of keys: root may have a million, and others 200 (keyrings(7)). The library assumes
    /// that the buffer is large enough.
    const MOST_KEYS: usize = 1 << 20;

    impl Kernel {
        /// Opens the keyring that outlives login sessions.
        pub fn open(state: &State) -> Result<Self, Fault> {
            let ring = KeyRing::get_persistent(KeyRingIdentifier::Process)
                .or_else(|error| match error {
                    KeyError::OperationNotSupported | KeyError::Unknown(_) => {
                        KeyRing::from_special_id(KeyRingIdentifier::User, true)
                    }
                    other => Err(other),
                })
                .map_err(fault)?;
            // A folder has one key, even if it has several paths.
            let folder = folder::real(state.folder());
            let suffix = awsesame_core::session::short_id(folder.as_os_str().as_encoded_bytes());
            Ok(Self { ring, suffix, of: NAME })
        }

        /// Opens the copies of another store's keys, which are there while that store is unlocked.
        pub fn copy_of(store: &'static str, state: &State) -> Result<Self, Fault> {
            Ok(Self { of: store, ..Self::open(state)? })
        }

        fn description(&self, item: &str) -> String {
            format!("{START}{item}{}", self.end())
        }

        /// Returns the end of a description, which identifies the user and the state folder.
        fn end(&self) -> String {
            if self.of == NAME {
                return format!(":{}", self.suffix);
            }
            format!("@{}:{}", self.of, self.suffix)
        }
    }

    impl Store for Kernel {
        fn name(&self) -> &'static str {
            self.of
        }

        fn get(&self, item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
            match self.ring.search(&self.description(item)) {
                Ok(key) => match read(key) {
                    Ok(secret) => Ok(Some(secret)),
                    Err(error) if gone(error) => Ok(None),
                    Err(error) => Err(fault(error)),
                },
                Err(error) if gone(error) => Ok(None),
                Err(error) => Err(fault(error)),
            }
        }

        fn put(&self, item: &str, secret: &[u8], seconds: Option<u64>) -> Result<(), Fault> {
            let seconds = seconds.unwrap_or(LONGEST_SECONDS).clamp(1, LONGEST_SECONDS);
            let seconds = usize::try_from(seconds).unwrap_or(usize::MAX);
            // For the same secret only the expiry is set, because an update would remove the expiry for a moment.
            if self.get(item)?.is_some_and(|before| *before == secret)
                && let Ok(key) = self.ring.search(&self.description(item))
                && key.set_timeout(seconds).is_ok()
            {
                return Ok(());
            }
            // The key is prepared in a private keyring. If this process is killed meanwhile, the key is deleted with
            // it.
            let own = KeyRing::from_special_id(KeyRingIdentifier::Process, true).map_err(fault)?;
            let key = own.add_key(&self.description(item), secret).map_err(fault)?;
            key.set_perms(KeyPermissions::from_u32(OWNER_ONLY)).map_err(fault)?;
            key.set_timeout(seconds).map_err(fault)?;
            self.ring.link_key(key).map_err(fault)?;
            // If this fails, the key is deleted with this process.
            let _ = own.unlink_key(key);
            Ok(())
        }

        fn list(&self) -> Result<Vec<String>, Fault> {
            let end = self.end();
            let links = self.ring.get_links(MOST_KEYS).map_err(fault)?;
            let described = links.iter().filter_map(|link| link.as_key()?.metadata().ok());
            let items = described.filter_map(|about| {
                let item = about.get_description().strip_prefix(START)?.strip_suffix(&end)?;
                // The name of an item contains none of these. For the copy of another store, the name of that store
                // would be left in it.
                (!item.contains(['@', ':'])).then(|| item.to_owned())
            });
            // An expired key stays in the list for a while, but cannot be read.
            items.filter_map(|item| self.get(&item).map(|found| found.map(|_| item)).transpose()).collect()
        }

        fn delete(&self, item: &str) -> Result<bool, Fault> {
            match self.ring.search(&self.description(item)) {
                Ok(key) => key.invalidate().map(|()| true).map_err(fault),
                Err(error) if gone(error) => Ok(false),
                Err(error) => Err(fault(error)),
            }
        }
    }

    /// Returns the bytes of a key. Almost every key is a data key, so the 64 KiB that the library would allocate are
    /// not necessary.
    fn read(key: Key) -> Result<Zeroizing<Vec<u8>>, KeyError> {
        let mut short = Zeroizing::new([0_u8; 256]);
        let length = key.read(&mut *short)?;
        match short.get(..length) {
            Some(secret) => Ok(Zeroizing::new(secret.to_vec())),
            None => key.read_to_vec().map(Zeroizing::new),
        }
    }

    fn gone(error: KeyError) -> bool {
        matches!(error, KeyError::KeyDoesNotExist | KeyError::KeyExpired | KeyError::KeyRevoked)
    }

    fn fault(error: KeyError) -> Fault {
        match error {
            KeyError::QuotaExceeded => Fault::KeyringFull,
            // These are the errors of seccomp and of kernels without keyrings (ENOSYS is 38).
            KeyError::AccessDenied | KeyError::PermissionDenied => {
                Fault::KeyringForbidden { why: "permission denied".into() }
            }
            KeyError::OperationNotSupported | KeyError::Unknown(38) => {
                Fault::KeyringForbidden { why: "not supported".into() }
            }
            other => Fault::StoreBroken { store: NAME, why: format!("the kernel keyring answers {other:?}") },
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod elsewhere {
    use super::{Fault, Kernel, State, Store, Zeroizing};

    impl Kernel {
        /// Returns the fault that this system has no such keyring.
        pub fn open(_state: &State) -> Result<Self, Fault> {
            Err(Fault::KeyringAbsent)
        }

        /// Returns the same fault.
        pub fn copy_of(_store: &'static str, _state: &State) -> Result<Self, Fault> {
            Err(Fault::KeyringAbsent)
        }
    }

    impl Store for Kernel {
        fn name(&self) -> &'static str {
            super::NAME
        }
        fn get(&self, _item: &str) -> Result<Option<Zeroizing<Vec<u8>>>, Fault> {
            Err(Fault::KeyringAbsent)
        }
        fn put(&self, _item: &str, _secret: &[u8], _seconds: Option<u64>) -> Result<(), Fault> {
            Err(Fault::KeyringAbsent)
        }
        fn delete(&self, _item: &str) -> Result<bool, Fault> {
            Err(Fault::KeyringAbsent)
        }
        fn list(&self) -> Result<Vec<String>, Fault> {
            Err(Fault::KeyringAbsent)
        }
    }
}
