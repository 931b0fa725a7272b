//! Delivery by the broker: a program is told where to ask and which file lets it in.
//! Nothing in its environment is secret, and nothing there can go stale.

use std::path::PathBuf;

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::pin::Pin;
use awsesame_core::profile::ProfileSet;
use awsesame_core::render::Exports;

use crate::broker::start::Running;
use crate::context::{AwsFiles, Context};
use crate::profiles;

/// The exports for a profile's credentials, which the broker serves only as long as they
/// agree with the pin.
pub fn exports(running: &Running, profile: &ProfileName, pin: &Pin) -> Exports {
    let mut exports = Exports::via_broker(&running.url(profile, pin), running.token_file());
    exports.set_profile(&Subject::Profile(profile.clone()), None, None);
    exports
}

/// Makes sure that AWS's tools will ask the broker: with no profile named they look at
/// `[default]` first, and would go on with whatever credentials that has.
pub fn check_default(context: Context) -> Result<(), Fault> {
    let files = context.aws_files()?;
    let Some(setting) = profiles::read(&files)?.default_credentials() else { return Ok(()) };
    let alone = AwsFiles { credentials: PathBuf::from("/dev/null"), ..files.clone() };
    let in_config = profiles::read(&alone).is_ok_and(|set| has(&set, setting));
    let path = if in_config { files.config } else { files.credentials };
    Err(Fault::BrokerShadowed { path: path.to_string_lossy().into_owned(), setting })
}

fn has(set: &ProfileSet, setting: &str) -> bool {
    set.get(&ProfileName::new(ProfileName::DEFAULT)).is_some_and(|settings| settings.has(setting))
}
