//! How a session stands, in one word. Nothing is asked, renewed or written for it.

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::session::Header;

use crate::state::State;
use crate::vault::Vault;

/// It can be used now.
pub const FRESH: &str = "fresh";
const EXPIRED: &str = "expired";
const LOCKED: &str = "locked";
const DAMAGED: &str = "damaged";

/// One of these words, from somebody who read it elsewhere.
pub fn known(word: &str) -> Option<&'static str> {
    [FRESH, EXPIRED, LOCKED, DAMAGED].into_iter().find(|known| *known == word)
}

/// The word for a session whose header this is; none where it has gone since that was read.
pub fn standing(state: &State, header: &Header, now: i64) -> Result<Option<&'static str>, Fault> {
    let opens = match Vault::open(state, &header.store) {
        Ok(vault) => vault.session(&header.subject, now)?.err(),
        Err(_) => Some(NoSession::Sealed),
    };
    Ok(Some(match opens.or_else(|| header.usable(now, None).err()) {
        None => FRESH,
        Some(NoSession::Never) => return Ok(None),
        Some(NoSession::Damaged) => DAMAGED,
        Some(_) if header.left(now) <= 0 => EXPIRED,
        Some(NoSession::Sealed) => LOCKED,
        Some(NoSession::Expired | NoSession::MfaTooOld | NoSession::TooShort | NoSession::Unwanted) => {
            EXPIRED
        }
    }))
}
