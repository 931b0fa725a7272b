//! How a session in our state stands. Nothing is asked, renewed or written for it.

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::session::Header;
use awsesame_core::session::standing::Standing;

use crate::state::State;
use crate::vault::Vault;

/// Opens the session that this header was read from, and says how it stands. Returns None
/// where it has gone since.
pub fn standing(state: &State, header: &Header, now: i64) -> Result<Option<Standing>, Fault> {
    let opened = match Vault::open(state, &header.store) {
        Ok(vault) => vault.session(&header.subject, now)?.map(drop),
        Err(_) => Err(NoSession::Sealed),
    };
    Ok(Standing::of(opened, header, now))
}
