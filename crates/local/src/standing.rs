//! Computes the state of a session in our state folder. Nobody is asked, and nothing is renewed or written.

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::session::opening::{self, Read};
use awsesame_core::session::seal::{DataKey, SealError, SealedSession};
use awsesame_core::session::standing::Standing;
use awsesame_core::session::{Header, file_stem};

use crate::lock;
use crate::os::keyring;
use crate::state::State;
use crate::store;

/// Opens the session of this header again, and returns its state. Returns None if the session was deleted meanwhile.
pub fn standing(state: &State, header: &Header, now: i64) -> Result<Option<Standing>, Fault> {
    let found = state.session(&header.subject)?;
    let outcome = match header.store.as_deref().map(|store| store::open(store, state)) {
        Some(Ok(store)) => {
            let (id, key) = (file_stem(&header.subject), || store::key_in(&*store));
            opened(state, found, &id, now, key, SealedSession::open)?.map(drop)
        }
        Some(Err(_)) | None => Err(NoSession::Sealed),
    };
    Ok(Standing::of(outcome, header, now))
}

/// Opens the content of the file of an ID. If the key did not seal the file, a logout may be sealing it again at this
/// moment, so this waits for the end of that and reads the file again.
pub fn opened<T>(
    state: &State,
    found: Option<Read>,
    id: &str,
    now: i64,
    key: impl Fn() -> Result<Option<DataKey>, Fault>,
    open: impl Fn(SealedSession, &DataKey) -> Result<T, SealError>,
) -> Result<Result<T, NoSession>, Fault> {
    let mut other_key = false;
    let with_key = |sealed: SealedSession, key: &DataKey| {
        open(sealed, key).inspect_err(|error| other_key = *error == SealError::OtherKey)
    };
    let outcome = opening::opened(found, id, now, &key, with_key, keyring::here)?;
    if !other_key {
        return Ok(outcome);
    }
    lock::await_free(&state.key_lock(), lock::MOMENT);
    opening::opened(state.derived(id)?, id, now, key, open, keyring::here)
}

/// Returns true if the available key opens this session. Other keyrings are not checked, so a prompt costs little in
/// the normal case.
pub fn opens(state: &State, sealed: SealedSession) -> bool {
    let Some(store) = sealed.header().store.as_deref() else { return false };
    let key = store::open(store, state).and_then(|store| store::key_in(&*store));
    matches!(key, Ok(Some(key)) if sealed.open(&key).is_ok())
}
