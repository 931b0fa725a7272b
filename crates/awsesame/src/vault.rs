//! Opens and seals sessions with the data key of a store. Core decides whether a session may be served.

pub mod keyring;
mod moving;

pub use awsesame_local::standing;

use std::cell::OnceCell;
use std::fs::File;

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::name::Subject;
use awsesame_core::session::seal::{self, DataKey, SealError, SealedBy, SealedSession};
use awsesame_core::session::{Credentials, Header, KeyId, Session, file_stem};
use awsesame_local::lock;

use zeroize::Zeroizing;

use crate::os::keyring::here;
use crate::state::State;
use crate::store::{self, DATA_KEY, Store};

/// The time for which a key without a session is kept, in seconds. It is the time that people need to answer.
const TRIAL_SECONDS: i64 = 15 * 60;

/// The sessions of a user, with the key that opens them.
pub struct Vault<'a> {
    state: &'a State,
    name: String,
    /// The store that is read without asking anybody. `None` if a keyring for copies is forbidden.
    at_hand: Option<Box<dyn Store>>,
    /// The slow store, if the one in use is slow.
    slow: Option<Slow>,
    /// The key that this run has made. It is certainly ours, although it has not sealed anything yet.
    made: OnceCell<KeyId>,
}

/// A store that is asked once an unlock.
struct Slow {
    store: Box<dyn Store>,
    /// The maximum time for which the copy of the key may be in the kernel, in seconds.
    unlock_for: u64,
}

/// The outcome of an unlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocked {
    /// The key can be used now.
    Yes,
    /// The store contains no key yet.
    NoKey,
    /// A store that is never locked in this way.
    NeedsNone,
}

/// A session, or why there is none.
pub type Found = Result<Session, NoSession>;

impl<'a> Vault<'a> {
    /// Opens the vault with the keys that can be read without asking anybody.
    pub fn open(state: &'a State, store: &str) -> Result<Self, Fault> {
        Ok(Self {
            state,
            name: store.to_owned(),
            at_hand: Some(store::open(store, state)?),
            slow: None,
            made: OnceCell::new(),
        })
    }

    /// Opens the vault with a slow store, which is opened if its key is not at hand.
    pub fn over(state: &'a State, store: Box<dyn Store>, unlock_for: u64) -> Self {
        let name = store.name();
        // Without a keyring for the copy, the store is asked each time.
        let at_hand = store::open(name, state).ok();
        Self {
            state,
            name: name.to_owned(),
            at_hand,
            slow: Some(Slow { store, unlock_for }),
            made: OnceCell::new(),
        }
    }

    /// Returns the session of a subject.
    pub fn session(&self, subject: &Subject, now: i64) -> Result<Found, Fault> {
        self.unseal(self.state.session(subject)?, &file_stem(subject), now)
    }

    /// Returns the session that others are derived from.
    pub fn derived(&self, id: &str, now: i64) -> Result<Found, Fault> {
        self.unseal(self.state.derived(id)?, id, now)
    }

    /// Returns the header and the text that a sign-in by browser left under a name.
    pub fn grant(&self, id: &str, now: i64) -> Result<Result<(Header, Zeroizing<String>), NoSession>, Fault> {
        let open = |sealed: SealedSession, key: &DataKey| {
            sealed.open_text(key).map(|text| (sealed.header().clone(), text))
        };
        self.opened(self.state.derived(id)?, id, now, open)
    }

    /// Returns the session from the file with this ID.
    pub fn unseal(
        &self,
        found: Option<Result<SealedSession, SealError>>,
        id: &str,
        now: i64,
    ) -> Result<Found, Fault> {
        self.opened(found, id, now, SealedSession::open)
    }

    fn opened<T>(
        &self,
        found: Option<Result<SealedSession, SealError>>,
        id: &str,
        now: i64,
        open: impl Fn(SealedSession, &DataKey) -> Result<T, SealError>,
    ) -> Result<Result<T, NoSession>, Fault> {
        if let Some(key) = self.key_while_moving(found.as_ref())? {
            return standing::opened(self.state, found, id, now, || Ok(Some(key.clone())), open);
        }
        standing::opened(self.state, found, id, now, || self.key(), open)
    }

    /// Returns the data key, if there is one.
    pub fn key(&self) -> Result<Option<DataKey>, Fault> {
        match (self.key_at_hand()?, &self.slow) {
            (None, Some(slow)) => self.proven_key(slow),
            (key, _) => Ok(key),
        }
    }

    /// Returns the data key if it can be read without asking anybody.
    fn key_at_hand(&self) -> Result<Option<DataKey>, Fault> {
        let Some(at_hand) = &self.at_hand else { return Ok(None) };
        let bytes = match &self.slow {
            None => at_hand.get(DATA_KEY)?,
            // An unreadable copy counts as absent, because the store can be opened instead.
            Some(_) => at_hand.get(DATA_KEY).unwrap_or_default(),
        };
        bytes.map(|bytes| store::data_key(at_hand.name(), &bytes)).transpose()
    }

    /// Returns the data key of a slow store, if it is known to be ours, and puts a copy at hand. If other programs
    /// could have replaced the key in the store, it must be the key that sealed one of our sessions, which they cannot
    /// write. Without any session this is unknown, but then the key is useless too.
    fn proven_key(&self, slow: &Slow) -> Result<Option<DataKey>, Fault> {
        let Some(key) = slow.key()? else { return Ok(None) };
        if !slow.store.authenticates() && self.made.get() != Some(&key.id()) {
            let sealed = self.sealed_here()?;
            if sealed.is_empty() {
                return Ok(None);
            }
            if !sealed.iter().any(|session| *session.key() == key.id()) {
                return Err(Fault::StoreKeyReplaced { store: slow.store.name() });
            }
        }
        // If the copy fails, the store is opened again next time.
        let _ = self.copy(&key, slow);
        Ok(Some(key))
    }

    /// Returns the sessions whose key is in this store.
    fn sealed_here(&self) -> Result<Vec<SealedSession>, Fault> {
        let all = self.state.sessions()?.into_iter().filter_map(|(_, session)| session.ok());
        Ok(all.filter(|session| session.header().store.as_deref() == Some(self.name.as_str())).collect())
    }

    fn copy(&self, key: &DataKey, slow: &Slow) -> Result<(), Fault> {
        match &self.at_hand {
            Some(at_hand) => at_hand.put(DATA_KEY, key.expose(), Some(slow.unlock_for)),
            None => store::open(slow.store.name(), self.state).map(drop),
        }
    }

    /// Opens the store, and keeps a copy of its key at hand from now on.
    pub fn unlock(&self) -> Result<Unlocked, Fault> {
        let Some(slow) = &self.slow else { return Ok(Unlocked::NeedsNone) };
        let _turn = self.turn()?;
        match self.proven_key(slow)? {
            // Without a kernel keyring for the copy, the store is opened each time.
            Some(key) => match self.copy(&key, slow) {
                Err(Fault::KeyringAbsent) => Ok(Unlocked::NeedsNone),
                copied => copied.map(|()| Unlocked::Yes),
            },
            None => Ok(Unlocked::NoKey),
        }
    }

    /// Seals a session and writes it with `write`. The header receives the key and the store.
    pub fn keep(
        &self,
        header: &mut Header,
        credentials: &Credentials,
        now: i64,
        write: impl FnOnce(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        // The lock is held until the file is written, because the next process that sets the lifetime of the key must
        // see the file.
        let _turn = self.turn()?;
        let key = self.sealing_key(header.expires, now)?;
        header.store = Some(self.name.clone());
        write(&seal::seal(header, credentials, &self.sealed_by(&key), random()?))
    }

    /// Seals the record of a sign-in by browser, and stores it.
    pub fn keep_grant(&self, header: &mut Header, text: &str, now: i64) -> Result<(), Fault> {
        let _turn = self.turn()?;
        let key = self.sealing_key(header.expires, now)?;
        header.store = Some(self.name.clone());
        self.state.write_derived(&header.id, &seal::seal_text(header, text, &self.sealed_by(&key), random()?))
    }

    /// Tries whether a session could be kept now: the key is made if there is none.
    pub fn try_out(&self, now: i64) -> Result<(), Fault> {
        let _turn = self.turn()?;
        self.sealing_key(now.saturating_add(TRIAL_SECONDS), now)?;
        self.state.try_out()
    }

    /// Takes the lock of the key: two processes must not each create a key or shorten its lifetime.
    fn turn(&self) -> Result<File, Fault> {
        lock::take(&self.state.key_lock(), lock::LIMIT)
    }

    /// Returns the data key, and creates it if there is none. The key is kept as long as the longest session that it
    /// seals, at least until `until` (Unix seconds).
    fn sealing_key(&self, until: i64, now: i64) -> Result<DataKey, Fault> {
        let key = match (self.key()?, &self.slow) {
            // The key is in its store, and its copy has a lifetime of its own.
            (Some(key), Some(_)) => return Ok(key),
            (Some(key), None) => key,
            (None, Some(slow)) => {
                let key = fresh_key()?;
                self.lay_down(slow, &key)?;
                return Ok(key);
            }
            (None, None) => fresh_key()?,
        };
        let id = key.id();
        let all = self.state.sessions()?.into_iter().filter_map(|(_, session)| session.ok());
        let own = all.filter(|session| *session.key() == id);
        self.have_at_hand(&key, own.map(|session| session.header().expires).fold(until, i64::max), now)?;
        Ok(key)
    }

    /// Keeps the key at hand until a given time, in Unix seconds.
    fn have_at_hand(&self, key: &DataKey, until: i64, now: i64) -> Result<(), Fault> {
        let Some(at_hand) = &self.at_hand else { return Ok(()) };
        let seconds = u64::try_from(until.saturating_sub(now)).unwrap_or(1).max(1);
        at_hand.put(DATA_KEY, key.expose(), Some(seconds))
    }

    /// Puts a new key into a slow store, and keeps a copy at hand.
    fn lay_down(&self, slow: &Slow, key: &DataKey) -> Result<(), Fault> {
        slow.store.put(DATA_KEY, key.expose(), None)?;
        let _ = self.made.set(key.id());
        let _ = self.copy(key, slow);
        Ok(())
    }

    /// Creates a new key, and seals with it the sessions of the old one, so that copies of deleted sessions cannot be
    /// opened any more. Without a session, the key is deleted.
    pub fn change_key(&self, now: i64) -> Result<(), Fault> {
        let _turn = self.turn()?;
        let Some(old) = self.key()? else { return Ok(()) };
        let sessions = self.opened_by(&old)?;
        if sessions.is_empty() {
            return self.delete_key().map(drop);
        }
        let fresh = fresh_key()?;
        let sealed = self.sealed_anew(&sessions, &fresh)?;
        // The key first: were we killed between, the sessions would be lost, and no copy would be good.
        match &self.slow {
            Some(slow) => self.lay_down(slow, &fresh)?,
            None => self.have_at_hand(&fresh, moving::last_end(&sessions, now), now)?,
        }
        self.write_all(&sealed)
    }

    fn sealed_by<'k>(&'k self, key: &'k DataKey) -> SealedBy<'k> {
        // Any other store can be asked from everywhere.
        let keyring = here().filter(|_| self.name == store::kernel::NAME);
        SealedBy { key, store: &self.name, keyring }
    }

    /// Deletes the data key, or only its copy if the key is in a slow store. While the sessions are being moved, this is
    /// done in both stores. Returns true if there was one.
    pub fn lock(&self) -> Result<bool, Fault> {
        let mut there = self.drop_at_hand()?;
        for store in self.others_while_moving()? {
            there |= store::open(&store, self.state)?.delete(DATA_KEY)?;
        }
        Ok(there)
    }

    fn drop_at_hand(&self) -> Result<bool, Fault> {
        self.at_hand.as_ref().map_or(Ok(false), |at_hand| at_hand.delete(DATA_KEY))
    }

    /// Returns true if the key is used from another place than the one where it is stored.
    pub fn rests_in_a_store(&self) -> bool {
        self.slow.is_some()
    }

    /// Deletes the data key in every place. Returns true if there was one.
    pub fn forget(&self) -> Result<bool, Fault> {
        let _turn = self.turn()?;
        self.delete_key()
    }

    fn delete_key(&self) -> Result<bool, Fault> {
        let copied = self.drop_at_hand()?;
        let kept = self.slow.as_ref().map_or(Ok(false), |slow| slow.store.delete(DATA_KEY))?;
        Ok(copied || kept)
    }
}

impl Slow {
    fn key(&self) -> Result<Option<DataKey>, Fault> {
        let Some(bytes) = self.store.get(DATA_KEY)? else { return Ok(None) };
        let garbage = || Fault::StoreGarbage { store: self.store.name(), why: store::wrong_length(&bytes) };
        DataKey::from_slice(&bytes).ok_or_else(garbage).map(Some)
    }
}

fn fresh_key() -> Result<DataKey, Fault> {
    random().map(DataKey::new)
}

fn random<const N: usize>() -> Result<[u8; N], Fault> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Fault::Bug { what: format!("the system has no randomness to give: {error}") })?;
    Ok(bytes)
}
