//! Delivery by the broker: a program is told where to ask and which file lets it in.
//! Nothing in its environment is secret, and nothing there can go stale.

use std::path::PathBuf;

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::render::Exports;
use awsesame_core::session::pin::Pin;

use crate::broker::start::Running;
use crate::config::profiles;
use crate::deliver::generated;
use crate::os::context::Context;
use crate::state::State;

/// The exports for a profile's credentials, which the broker serves only as long as they
/// agree with the pin.
pub fn exports(running: &Running, profile: &ProfileName, pin: &Pin) -> Exports {
    let mut exports = Exports::via_broker(&running.url(profile, pin), running.token_file());
    exports.set_profile(&Subject::Profile(profile.clone()), None, None);
    exports
}

/// Makes sure that AWS's tools ask the broker: with no profile named they look at
/// `[default]` first, and would go on with whatever credentials that has. Where it has
/// any, they are shown files in which it has none. What those were made from comes back.
pub fn hide_default(exports: &mut Exports, state: &State, context: Context) -> Result<Vec<PathBuf>, Fault> {
    if profiles::read(&context.folders().aws()?)?.default_credentials().is_none() {
        return Ok(Vec::new());
    }
    let files = generated::ensure(context, state, generated::Default::Nothing)?;
    files.show(exports);
    Ok(files.sources())
}
