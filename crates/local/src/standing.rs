//! How a session in our state stands. Nothing is asked, renewed or written for it.

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::session::opening::opened;
use awsesame_core::session::seal::{DataKey, SealError, SealedSession};
use awsesame_core::session::standing::Standing;
use awsesame_core::session::{Header, file_stem};

use crate::lock;
use crate::os::keyring;
use crate::state::State;
use crate::store::{self, DATA_KEY};

/// Opens the session that this header was read from, and says how it stands. Returns None
/// where it has gone since.
pub fn standing(state: &State, header: &Header, now: i64) -> Result<Option<Standing>, Fault> {
    let (mut found, other_key) = look(state, header, now)?;
    if other_key {
        // A logout may be sealing it anew at this moment, with another key.
        lock::await_free(&state.key_lock(), lock::MOMENT);
        found = look(state, header, now)?.0;
    }
    Ok(Standing::of(found, header, now))
}

/// Returns true if the key at hand opens this session. Nothing is asked about other keyrings, so a prompt costs little
/// where all is well.
pub fn opens(state: &State, sealed: SealedSession) -> bool {
    let key = store::open(&sealed.header().store, state).and_then(|store| store.get(DATA_KEY)).ok().flatten();
    key.and_then(|bytes| DataKey::from_slice(&bytes)).is_some_and(|key| sealed.open(&key).is_ok())
}

/// Opens the session once. Returns true beside it if the key at hand is not the one that sealed it.
fn look(state: &State, header: &Header, now: i64) -> Result<(Result<(), NoSession>, bool), Fault> {
    let found = state.session(&header.subject)?;
    let Ok(store) = store::open(&header.store, state) else { return Ok((Err(NoSession::Sealed), false)) };
    let key = || {
        let bytes = store.get(DATA_KEY)?;
        bytes.map(|bytes| store::data_key(store.name(), &bytes)).transpose()
    };
    let mut other_key = false;
    let open = |sealed: SealedSession, key: &DataKey| {
        sealed.open(key).inspect_err(|error| other_key = *error == SealError::OtherKey)
    };
    let opened = opened(found, &file_stem(&header.subject), now, key, open, keyring::here)?.map(drop);
    Ok((opened, other_key))
}
