//! Looks up the session of a profile. The state is read again each time, so a login, a logout or a lock takes effect
//! with the next request. Nobody is asked, and no call is made.

use std::path::Path;

use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::session::seal::SealError;
use awsesame_core::session::servable::{Demands, servable};
use awsesame_core::session::{FileStamp, Header, file_stem};

use crate::os::aws_files::{AwsFiles, stamp};
use crate::os::context::Context;
use crate::state::State;
use crate::vault::{Found, Vault};

/// Returns the session if it may be served. The header contains the files and variables from which the session was
/// resolved. Those of the broker do not count, because it serves many shells.
pub fn look(state: &State, profile: &ProfileName, context: Context) -> Result<Found, Fault> {
    let subject = Subject::Profile(profile.clone());
    let now = context.now();
    let sealed = match state.session(&subject)? {
        None => return Ok(Err(NoSession::Never)),
        Some(Err(SealError::Newer)) => return Ok(Err(NoSession::Newer)),
        Some(Err(_)) => return Ok(Err(NoSession::Damaged)),
        Some(Ok(sealed)) => sealed,
    };
    let header = sealed.header();
    if AwsFiles::of(header).is_none() {
        return Ok(Err(NoSession::Unwanted));
    }
    let stamps: Vec<FileStamp> = header.stamps.iter().map(|known| stamp(Path::new(&known.path))).collect();
    let resolved_from = Some((stamps.as_slice(), &header.inputs));
    let demands = Demands { subject: Some(&subject), resolved_from, ..Demands::at(now) };
    if let Err(why) = servable(header, &demands) {
        return Ok(Err(why.reason()));
    }
    let Some(store) = header.store.clone() else { return Ok(Err(NoSession::Damaged)) };
    Vault::open(state, &store)?.unseal(Some(Ok(sealed)), &file_stem(&subject), now)
}

/// Returns the header of a profile's session, which is readable without opening the session. None if there is none.
pub fn header(state: &State, profile: &ProfileName) -> Option<Header> {
    let sealed = state.session(&Subject::Profile(profile.clone())).ok()??.ok()?;
    (sealed.header().subject.profile() == Some(profile)).then(|| sealed.header().clone())
}
