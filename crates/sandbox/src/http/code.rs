//! The code that a user's device shows now, as a phone would.

use super::shared::{Shared, lock};
use crate::world::totp;

/// A code, and for how many seconds from now it stands.
pub(crate) enum Code {
    Good(String, i64),
    /// Every code of now is spent; the next one comes in so many seconds.
    Wait(i64),
    /// No such user, or no device that gives codes.
    Nobody,
}

/// The present code of `who`; with `fresh`, one that was not spent yet, from the neighboring
/// steps where need be.
pub(crate) fn code(shared: &Shared, who: &str, fresh: bool) -> Code {
    let now = shared.clock.now();
    let world = lock(&shared.world);
    let Some(device) = world.device(who) else { return Code::Nobody };
    if !device.gives_codes() {
        return Code::Nobody;
    }
    let present = totp::step_at(now);
    let left = totp::STEP - now.rem_euclid(totp::STEP);
    // The present one first: it is the one that a phone would show.
    let candidates = if fresh { &[0, 1, -1][..] } else { &[0][..] };
    let unspent = |offset: &&i64| !fresh || !device.is_spent(present + **offset);
    match candidates.iter().find(unspent) {
        Some(offset) => Code::Good(device.code(present + offset), left + offset * totp::STEP),
        None => Code::Wait(left),
    }
}
