//! Creates temporary credentials, and stores them in the world.

use std::sync::Arc;

use crate::world::World;
use crate::world::caller::{Caller, Session};
use crate::world::id;

/// Makes credentials for `caller` that are valid for `duration` seconds, and remembers them.
pub(crate) fn issue(world: &mut World, caller: Caller, duration: u32, now: i64) -> Arc<Session> {
    let duration = world.lifetime.map_or(duration, |most| duration.min(most));
    let session = Session {
        access_key: id::access_key("ASIA", &caller.account),
        secret: id::secret(),
        token: id::token(),
        expires: now + i64::from(duration),
        caller: Caller { temporary: true, issued: Some(now), ..caller },
    };
    world.remember(session, now)
}
