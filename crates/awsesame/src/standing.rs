//! How a session stands, in one word. Nothing is asked, renewed or written for it.

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::session::Header;

use crate::state::State;
use crate::vault::Vault;

/// It can be used now.
pub const FRESH: &str = "fresh";

/// The word for a session whose header this is; none where it has gone since that was read.
pub fn standing(state: &State, header: &Header, now: i64) -> Result<Option<&'static str>, Fault> {
    let opens = match Vault::open(state, &header.store) {
        Ok(vault) => vault.session(&header.subject, now)?.err(),
        Err(_) => Some(NoSession::Sealed),
    };
    Ok(Some(match opens.or_else(|| header.usable(now, None).err()) {
        None => FRESH,
        Some(NoSession::Never) => return Ok(None),
        Some(NoSession::Damaged) => "damaged",
        Some(_) if header.left(now) <= 0 => "expired",
        Some(NoSession::Sealed) => "locked",
        Some(NoSession::Expired | NoSession::MfaTooOld | NoSession::TooShort | NoSession::Unwanted) => {
            "expired"
        }
    }))
}
