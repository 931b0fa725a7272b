//! Moves the sessions of one store to another. They are sealed again with the key of the new store, after that key was
//! read back from the store. The old key is deleted last. If the run is killed, each session has one of the two keys, and
//! both keys exist. A note says that both stores count until the next run completes the move.

use std::path::PathBuf;

use awsesame_core::fault::Fault;
use awsesame_core::session::seal::{self, DataKey, SealError, SealedSession};
use awsesame_core::session::{Header, file_stem};
use zeroize::Zeroizing;

use super::{Vault, random};
use crate::os::file::{self, Durability};
use crate::state::State;
use crate::store::{self, DATA_KEY};

/// The longest note of a move.
const MOST_BYTES: usize = 256;

/// The name of a session's file, its header, and the sealed text.
type Opened = (String, Header, Zeroizing<String>);

/// The name of a session's file, and its new contents.
type Sealed = (String, Vec<u8>);

/// Returns the time in Unix seconds when the last session expires, or `now` if there is none.
pub(super) fn last_end(sessions: &[Opened], now: i64) -> i64 {
    sessions.iter().map(|(_, header, _)| header.expires).fold(now, i64::max)
}

/// Returns the number of sessions that belong to a profile. MFA sessions that others are derived from do not count.
fn of_profiles(sessions: &[Opened]) -> usize {
    sessions.iter().filter(|(stem, header, _)| file_stem(&header.subject) == *stem).count()
}

/// The note of a move that has begun: the names of both stores, until it has ended.
fn note_path(state: &State) -> PathBuf {
    state.folder().join("moving")
}

impl Vault<'_> {
    /// Returns the other store, if a move of the sessions has begun and not ended.
    pub(super) fn others_while_moving(&self) -> Result<Vec<String>, Fault> {
        let note = file::read_own(&note_path(self.state), MOST_BYTES)?.unwrap_or_default();
        let note = String::from_utf8_lossy(&note);
        Ok(note.lines().filter(|store| *store != self.name).map(str::to_owned).collect())
    }

    /// Returns the key of the store that this session names, if that is the other store of a move that has not ended.
    /// Nobody is asked.
    pub(super) fn key_while_moving(
        &self,
        found: Option<&Result<SealedSession, SealError>>,
    ) -> Result<Option<DataKey>, Fault> {
        let Some(Ok(sealed)) = found else { return Ok(None) };
        let Some(store) = &sealed.header().store else { return Ok(None) };
        if *store == self.name || !self.others_while_moving()?.contains(store) {
            return Ok(None);
        }
        store::open(store, self.state).and_then(|store| awsesame_local::store::key_in(&*store))
    }

    /// Returns the number of profiles whose sessions can be moved.
    pub fn count(&self) -> Result<usize, Fault> {
        Ok(self.key()?.map(|key| self.opened_by(&key)).transpose()?.map_or(0, |opened| of_profiles(&opened)))
    }

    /// Moves every session to the store of another vault. Returns the number of profiles.
    pub fn move_to(&self, destination: &Vault<'_>, now: i64) -> Result<usize, Fault> {
        let _turn = self.turn()?;
        let sessions = match self.key()? {
            Some(old) => self.opened_by(&old)?,
            // A key that is not available now may be available later.
            None if !self.sealed_here()?.is_empty() => return Ok(0),
            None => Vec::new(),
        };
        if !sessions.is_empty() {
            let key = destination.sealing_key(last_end(&sessions, now), now)?;
            destination.gives_back(&key)?;
            let note = format!("{}\n{}\n", self.name, destination.name);
            file::write_own(&note_path(self.state), note.as_bytes(), Durability::Process)?;
            self.write_all(&destination.sealed_anew(&sessions, &key)?)?;
        }
        self.drop_at_hand()?;
        // Some stores call it a failure to delete nothing.
        if let Some(slow) = &self.slow
            && slow.store.get(DATA_KEY)?.is_some()
        {
            slow.store.delete(DATA_KEY)?;
        }
        file::remove(&note_path(self.state))?;
        Ok(of_profiles(&sessions))
    }

    /// Returns the sessions that this key opens.
    pub(super) fn opened_by(&self, key: &DataKey) -> Result<Vec<Opened>, Fault> {
        let mut opened = Vec::new();
        for (stem, session) in self.state.sessions()? {
            let Ok(session) = session else { continue };
            if *session.key() == key.id()
                && let Ok(text) = session.open_text(key)
            {
                opened.push((stem, session.header().clone(), text));
            }
        }
        Ok(opened)
    }

    /// Seals sessions with a key of this vault. Nothing is written.
    pub(super) fn sealed_anew(&self, sessions: &[Opened], key: &DataKey) -> Result<Vec<Sealed>, Fault> {
        let sealed = sessions.iter().map(|(stem, header, text)| {
            Ok((stem.clone(), seal::seal_text(header, text, &self.sealed_by(key), random()?)))
        });
        sealed.collect()
    }

    pub(super) fn write_all(&self, sealed: &[Sealed]) -> Result<(), Fault> {
        sealed.iter().try_for_each(|(stem, bytes)| self.state.write_derived(stem, bytes))
    }

    /// Checks that the store itself has this key, and not only a copy of it.
    fn gives_back(&self, key: &DataKey) -> Result<(), Fault> {
        let (back, store) = match (&self.slow, &self.at_hand) {
            (Some(slow), _) => (slow.key()?, slow.store.name()),
            (None, Some(at_hand)) => (self.key_at_hand()?, at_hand.name()),
            (None, None) => return Ok(()),
        };
        if back.is_some_and(|back| back.id() == key.id()) {
            return Ok(());
        }
        Err(Fault::StoreBroken { store, why: "it does not give back the key that was put there".into() })
    }
}
