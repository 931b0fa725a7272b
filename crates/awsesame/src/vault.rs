//! Sessions opened and sealed: the data key of a store brought together with the
//! files of the state. When a session is good is core's to say.

pub mod keyring;

pub use awsesame_local::standing;

use std::fs::File;

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::name::Subject;
use awsesame_core::session::opening;
use awsesame_core::session::seal::{self, DataKey, SealError, SealedSession};
use awsesame_core::session::{Credentials, Header, Session, file_stem};

use zeroize::Zeroizing;

use crate::state::State;
use crate::store::{self, DATA_KEY, Store};

/// How long a key is kept that was made before its first session: as long as people take to answer.
const TRIAL_SECONDS: i64 = 15 * 60;

/// The sessions of a user, with the key that opens them.
pub struct Vault<'a> {
    state: &'a State,
    name: String,
    /// What can be had without asking anybody; none where a keyring for copies is forbidden.
    at_hand: Option<Box<dyn Store>>,
    /// The store that has to be asked, where the one in use is such a one.
    slow: Option<Slow>,
}

/// A store that is asked once an unlock.
struct Slow {
    store: Box<dyn Store>,
    /// How long the copy of its key may lie in the kernel, in seconds.
    unlock_for: u64,
}

/// What became of an unlock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unlocked {
    /// The key is at hand.
    Yes,
    /// The store holds no key yet.
    NoKey,
    /// A store that is never locked in this way.
    NeedsNone,
}

/// A session, or why there is none.
pub type Found = Result<Session, NoSession>;

impl<'a> Vault<'a> {
    /// The vault over what of a store is at hand: nobody is ever asked.
    pub fn open(state: &'a State, store: &str) -> Result<Self, Fault> {
        Ok(Self { state, name: store.to_owned(), at_hand: Some(store::open(store, state)?), slow: None })
    }

    /// The vault over a store that is asked when its key is not at hand.
    pub fn over(state: &'a State, store: Box<dyn Store>, unlock_for: u64) -> Self {
        let name = store.name();
        // Without a keyring for the copy, the store is asked each time.
        let at_hand = store::open(name, state).ok();
        Self { state, name: name.to_owned(), at_hand, slow: Some(Slow { store, unlock_for }) }
    }

    /// The session of a subject.
    pub fn session(&self, subject: &Subject, now: i64) -> Result<Found, Fault> {
        self.unseal(self.state.session(subject)?, &file_stem(subject), now)
    }

    /// The session that others are derived from.
    pub fn derived(&self, id: &str, now: i64) -> Result<Found, Fault> {
        self.unseal(self.state.derived(id)?, id, now)
    }

    /// What signing in by browser left under a name.
    pub fn grant(&self, id: &str, now: i64) -> Result<Result<(Header, Zeroizing<String>), NoSession>, Fault> {
        let open = |sealed: SealedSession, key: &DataKey| {
            sealed.open_text(key).map(|text| (sealed.header().clone(), text))
        };
        self.opened(self.state.derived(id)?, id, now, open)
    }

    /// The session that was read from the file of this id.
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
        open: impl FnOnce(SealedSession, &DataKey) -> Result<T, SealError>,
    ) -> Result<Result<T, NoSession>, Fault> {
        opening::opened(found, id, now, || self.key(), open)
    }

    /// The data key, where there is one.
    pub fn key(&self) -> Result<Option<DataKey>, Fault> {
        let at_hand = match (&self.at_hand, &self.slow) {
            (Some(at_hand), None) => at_hand.get(DATA_KEY)?,
            // A copy that cannot be read is no copy: the store is there to ask.
            (Some(at_hand), Some(_)) => at_hand.get(DATA_KEY).unwrap_or_default(),
            (None, _) => None,
        };
        if let (Some(bytes), Some(at_hand)) = (at_hand, &self.at_hand) {
            return store::data_key(at_hand.name(), &bytes).map(Some);
        }
        let Some(slow) = &self.slow else { return Ok(None) };
        let key = slow.key()?;
        if let Some(key) = &key {
            // What cannot be copied is asked for again next time.
            let _ = self.copy(key, slow);
        }
        Ok(key)
    }

    fn copy(&self, key: &DataKey, slow: &Slow) -> Result<(), Fault> {
        match &self.at_hand {
            Some(at_hand) => at_hand.put(DATA_KEY, key.expose(), Some(slow.unlock_for)),
            None => store::open(slow.store.name(), self.state).map(drop),
        }
    }

    /// Has the key at hand from now on, by asking the store for it.
    pub fn unlock(&self) -> Result<Unlocked, Fault> {
        let Some(slow) = &self.slow else { return Ok(Unlocked::NeedsNone) };
        let _turn = self.turn()?;
        match slow.key()? {
            // Without a kernel keyring to have it at hand in, the store is asked each time.
            Some(key) => match self.copy(&key, slow) {
                Err(Fault::KeyringAbsent) => Ok(Unlocked::NeedsNone),
                copied => copied.map(|()| Unlocked::Yes),
            },
            None => Ok(Unlocked::NoKey),
        }
    }

    /// Seals a session and has it laid down. The header is told which key and store
    /// it is sealed with.
    pub fn keep(
        &self,
        header: &mut Header,
        credentials: &Credentials,
        now: i64,
        write: impl FnOnce(&[u8]) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        // Held until the file is there: whoever sets the key's time next must see it.
        let _turn = self.turn()?;
        let key = self.sealing_key(header.expires, now)?;
        write(&self.seal(header, credentials, &key)?)
    }

    /// Seals what signing in by browser left, and has it laid down.
    pub fn keep_grant(&self, header: &mut Header, text: &str, now: i64) -> Result<(), Fault> {
        let _turn = self.turn()?;
        let key = self.sealing_key(header.expires, now)?;
        header.key = key.id();
        self.name.clone_into(&mut header.store);
        self.state.write_derived(&header.id, &seal::seal_text(header, text, &key, random()?))
    }

    /// Tries whether a session could be kept now: the key is made if there is none.
    pub fn try_out(&self, now: i64) -> Result<(), Fault> {
        let _turn = self.turn()?;
        self.sealing_key(now.saturating_add(TRIAL_SECONDS), now)?;
        self.state.try_out()
    }

    /// Two processes must not make a key each, nor shorten each other's time.
    fn turn(&self) -> Result<File, Fault> {
        let lock = self.state.key_lock()?;
        lock.lock().map_err(|error| crate::os::file::unwritable(self.state.folder(), &error))?;
        Ok(lock)
    }

    /// The data key, made now if there is none. Kept as long as the longest
    /// session that it seals, `until` (unix seconds) included.
    fn sealing_key(&self, until: i64, now: i64) -> Result<DataKey, Fault> {
        let key = match (self.key()?, &self.slow) {
            // It rests in its store, and its copy has a time of its own.
            (Some(key), Some(_)) => return Ok(key),
            (Some(key), None) => key,
            (None, Some(slow)) => {
                let key = fresh_key()?;
                slow.store.put(DATA_KEY, key.expose(), None)?;
                let _ = self.copy(&key, slow);
                return Ok(key);
            }
            (None, None) => fresh_key()?,
        };
        let id = key.id();
        let longest = self
            .state
            .sessions()?
            .into_iter()
            .filter_map(|(_, session)| session.ok())
            .filter(|session| session.header().key == id)
            .map(|session| session.header().expires)
            .fold(until, i64::max);
        let seconds = u64::try_from(longest.saturating_sub(now)).unwrap_or(1).max(1);
        if let Some(at_hand) = &self.at_hand {
            at_hand.put(DATA_KEY, key.expose(), Some(seconds))?;
        }
        Ok(key)
    }

    fn seal(&self, header: &mut Header, credentials: &Credentials, key: &DataKey) -> Result<Vec<u8>, Fault> {
        header.key = key.id();
        self.name.clone_into(&mut header.store);
        Ok(seal::seal(header, credentials, key, random()?))
    }

    /// Forgets the data key, or its copy where it rests in a store that is asked;
    /// whether there was one.
    pub fn lock(&self) -> Result<bool, Fault> {
        self.at_hand.as_ref().map_or(Ok(false), |at_hand| at_hand.delete(DATA_KEY))
    }

    /// Whether the key rests somewhere else than where it is used from.
    pub fn rests_in_a_store(&self) -> bool {
        self.slow.is_some()
    }

    /// Forgets the data key wherever it is; whether there was one.
    pub fn forget(&self) -> Result<bool, Fault> {
        let _turn = self.turn()?;
        let copied = self.lock()?;
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
