//! Computes the code that a user's device shows now.

use super::shared::{Shared, lock};
use crate::world::totp;

/// A code, and the number of seconds for which it is still valid.
pub(crate) enum Code {
    Good(String, i64),
    /// Every current code was used already. The next one comes in this many seconds.
    Wait(i64),
    /// The user does not exist, or has no device that gives codes.
    Nobody,
}

/// Returns the current code of `who`. With `fresh`, it is a code that was not used yet, if necessary from a neighboring
/// time step.
pub(crate) fn code(shared: &Shared, who: &str, fresh: bool) -> Code {
    let now = shared.clock.now();
    let world = lock(&shared.world);
    let Some(device) = world.device(who) else { return Code::Nobody };
    if !device.gives_codes() {
        return Code::Nobody;
    }
    let present = totp::step_at(now);
    let left = totp::STEP - now.rem_euclid(totp::STEP);
    // The current code comes first, because a phone would show it.
    let candidates = if fresh { &[0, 1, -1][..] } else { &[0][..] };
    let unspent = |offset: &&i64| !fresh || !device.is_spent(present + **offset);
    match candidates.iter().find(unspent) {
        Some(offset) => Code::Good(device.code(present + offset), left + offset * totp::STEP),
        None => Code::Wait(left),
    }
}
