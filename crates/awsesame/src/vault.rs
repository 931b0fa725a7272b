//! Sessions opened and sealed: the data key of a store brought together with the
//! files of the state. When a session is good is core's to say.

use std::fs::File;

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::name::Subject;
use awsesame_core::seal::{self, DataKey, KEY_BYTES, SealError, SealedSession};
use awsesame_core::session::{Credentials, Header, file_stem};

use crate::state::State;
use crate::store::{self, DATA_KEY, Store};

/// How long a key is kept that was made before its first session: as long as people take to answer.
const TRIAL_SECONDS: i64 = 15 * 60;

/// The sessions of a user, with the key that opens them.
pub struct Vault<'a> {
    state: &'a State,
    store: Box<dyn Store>,
}

/// A session, or why there is none.
pub type Found = Result<(Header, Credentials), NoSession>;

impl<'a> Vault<'a> {
    /// The vault over a store.
    pub fn open(state: &'a State, store: &str) -> Result<Self, Fault> {
        Ok(Self { state, store: store::open(store, state)? })
    }

    /// The store in use.
    pub fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// The session of a subject.
    pub fn session(&self, subject: &Subject, now: i64) -> Result<Found, Fault> {
        self.unseal(self.state.session(subject)?, &file_stem(subject), now)
    }

    /// The session that others are derived from.
    pub fn derived(&self, id: &str, now: i64) -> Result<Found, Fault> {
        self.unseal(self.state.derived(id)?, id, now)
    }

    fn unseal(
        &self,
        found: Option<Result<SealedSession, SealError>>,
        id: &str,
        now: i64,
    ) -> Result<Found, Fault> {
        let sealed = match found {
            None => return Ok(Err(NoSession::Never)),
            // A file that was copied under another name is not that name's session.
            Some(Ok(sealed)) if sealed.header().id == id => sealed,
            Some(_) => return Ok(Err(NoSession::Damaged)),
        };
        let Some(key) = self.key()? else {
            // The key goes when the last session does, and the session is what people wonder about.
            let ended = sealed.header().left(now) <= 0;
            return Ok(Err(if ended { NoSession::Expired } else { NoSession::Sealed }));
        };
        Ok(match sealed.open(&key) {
            Ok(credentials) => Ok((sealed.header().clone(), credentials)),
            Err(SealError::OtherKey) => Err(NoSession::Sealed),
            Err(SealError::Damaged) => Err(NoSession::Damaged),
        })
    }

    /// The data key, where there is one.
    pub fn key(&self) -> Result<Option<DataKey>, Fault> {
        let Some(bytes) = self.store.get(DATA_KEY)? else { return Ok(None) };
        let key = DataKey::from_slice(&bytes).ok_or_else(|| Fault::StoreBroken {
            store: self.store.name(),
            why: format!("the data key there has {} bytes instead of {KEY_BYTES}", bytes.len()),
        })?;
        Ok(Some(key))
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

    /// Tries whether a session could be kept now: the key is made if there is none.
    pub fn try_out(&self, now: i64) -> Result<(), Fault> {
        let _turn = self.turn()?;
        self.sealing_key(now.saturating_add(TRIAL_SECONDS), now)?;
        self.state.try_out()
    }

    /// Two processes must not make a key each, nor shorten each other's time.
    fn turn(&self) -> Result<File, Fault> {
        let lock = self.state.key_lock()?;
        lock.lock().map_err(|error| crate::disk::unwritable(self.state.folder(), &error))?;
        Ok(lock)
    }

    /// The data key, made now if there is none. Kept as long as the longest
    /// session that it seals, `until` (unix seconds) included.
    fn sealing_key(&self, until: i64, now: i64) -> Result<DataKey, Fault> {
        let key = match self.key()? {
            Some(key) => key,
            None => fresh_key()?,
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
        self.store.put(DATA_KEY, key.expose(), Some(seconds))?;
        Ok(key)
    }

    fn seal(&self, header: &mut Header, credentials: &Credentials, key: &DataKey) -> Result<Vec<u8>, Fault> {
        header.key = key.id();
        self.store.name().clone_into(&mut header.store);
        Ok(seal::seal(header, credentials, key, random()?))
    }

    /// Forgets the data key; whether there was one.
    pub fn lock(&self) -> Result<bool, Fault> {
        self.store.delete(DATA_KEY)
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
