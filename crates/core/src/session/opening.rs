//! Opens a session file that was read, or returns the reason why there is no session. Other modules read the file and
//! find the key.

use super::Keyring;
use super::seal::{DataKey, SealError, SealedSession};
use crate::fault::NoSession;

/// The content of a session's file: a sealed session, or something that is not one.
pub type Read = Result<SealedSession, SealError>;

/// Opens the content of the file of an ID. `found` is None if there is no file. `key` is called for the data key only
/// if there is something to open, and its fault is returned. `here` returns the keyring of this process; it is called
/// only if there is no key.
pub fn opened<T, E>(
    found: Option<Read>,
    id: &str,
    now: i64,
    key: impl FnOnce() -> Result<Option<DataKey>, E>,
    open: impl FnOnce(SealedSession, &DataKey) -> Result<T, SealError>,
    here: impl FnOnce() -> Option<&'static Keyring>,
) -> Result<Result<T, NoSession>, E> {
    let sealed = match found {
        None => return Ok(Err(NoSession::Never)),
        // A file that was copied under another name is not that name's session.
        Some(Ok(sealed)) if sealed.header().id == id => sealed,
        Some(Err(SealError::Newer)) => return Ok(Err(NoSession::Newer)),
        Some(_) => return Ok(Err(NoSession::Damaged)),
    };
    let keyring = sealed.keyring().cloned();
    // The key is deleted with the last session, and a failed login creates a new one. For the user, only the expired
    // session matters.
    let ended = sealed.header().left(now) <= 0;
    let locked = || {
        if ended {
            return NoSession::Expired;
        }
        let elsewhere = keyring.and_then(|keyring| keyring.elsewhere(here()?));
        elsewhere.map_or(NoSession::Sealed, NoSession::Elsewhere)
    };
    let Some(key) = key()? else { return Ok(Err(locked())) };
    Ok(open(sealed, &key).map_err(|error| match error {
        SealError::OtherKey => locked(),
        SealError::Damaged => NoSession::Damaged,
        SealError::Newer => NoSession::Newer,
    }))
}

#[cfg(test)]
mod tests {
    use super::super::seal::KEY_BYTES;
    use super::*;
    use crate::fixture;

    #[test]
    fn each_thing_that_is_lacking_has_its_own_reason() {
        let key = |byte| DataKey::new([byte; KEY_BYTES]);
        let sealed = || Some(SealedSession::parse(fixture::sealed(&key(7))));
        let (noon, over) = (1_000_100, fixture::header().expires);
        for (found, id, now, with, expected) in [
            (sealed(), "p-dev", noon, Some(key(7)), Ok(fixture::session())),
            (sealed(), "p-dev", over, Some(key(7)), Ok(fixture::session())),
            (None, "p-dev", noon, Some(key(7)), Err(NoSession::Never)),
            (Some(Err(SealError::Damaged)), "p-dev", noon, Some(key(7)), Err(NoSession::Damaged)),
            (sealed(), "p-prod", noon, Some(key(7)), Err(NoSession::Damaged)),
            (sealed(), "p-dev", noon, None, Err(NoSession::Sealed)),
            (sealed(), "p-dev", over, None, Err(NoSession::Expired)),
            (sealed(), "p-dev", noon, Some(key(8)), Err(NoSession::Sealed)),
            (sealed(), "p-dev", over, Some(key(8)), Err(NoSession::Expired)),
        ] {
            let outcome = opened(found, id, now, || Ok::<_, ()>(with), SealedSession::open, || None);
            assert_eq!(outcome, Ok(expected), "{id} at {now}");
        }
    }

    #[test]
    fn the_key_is_asked_for_only_where_there_is_something_to_open() {
        let never = || -> Result<Option<DataKey>, &str> { Err("asked") };
        assert_eq!(opened(None, "p-dev", 0, never, SealedSession::open, || None), Ok(Err(NoSession::Never)));
        let bytes = fixture::sealed(&DataKey::new([7; KEY_BYTES]));
        assert_eq!(
            opened(Some(SealedSession::parse(bytes)), "p-dev", 0, never, SealedSession::open, || None),
            Err("asked")
        );
    }
}
