//! Finds the profile that has to be set up before `init` can do its work: the named one, or the one from which it takes
//! its key.

use awsesame_core::aws_files::edit::is_read_by_sdks;
use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;

use crate::config::plan::Planned;
use crate::os::context::Context;

/// The profile that has to be set up, and the reason.
pub(super) struct Lacking {
    /// The profile without a key.
    pub(super) profile: ProfileName,
    /// True if no profile is named, so that its name must be requested.
    pub(super) unnamed: bool,
    /// A profile that may be meant instead.
    pub(super) nearest: Option<ProfileName>,
    /// The fault that is reported if the user does not want a set-up.
    pub(super) fault: Option<Fault>,
}

/// Returns the profile that lacks a key, or `None` if nothing is missing. With `again`, the profile that has a key
/// needs another one.
pub(super) fn lacking(
    context: Context,
    named: Option<&ProfileName>,
    again: bool,
) -> Result<Option<Lacking>, Fault> {
    let fault = match Planned::of(context, named.map(ProfileName::as_str), None) {
        Ok(planned) => {
            let holder = planned.plan.key().and_then(|key| key.holder.profile()).filter(|_| again);
            return Ok(holder.map(|holder| Lacking {
                profile: holder.clone(),
                unnamed: false,
                nearest: None,
                fault: None,
            }));
        }
        Err(fault) => fault,
    };
    let (profile, nearest) = match &fault {
        Fault::UnknownProfile { profile, nearest, .. } => (profile.clone(), nearest.clone()),
        Fault::NoProfileNamed { .. } | Fault::DefaultIncomplete { .. } => {
            (ProfileName::new(ProfileName::DEFAULT), None)
        }
        Fault::SourceMissing { source_profile, nearest, .. } => (source_profile.clone(), nearest.clone()),
        Fault::NoCredentials { profile }
        | Fault::HalfKey { profile, .. }
        | Fault::SessionCredentials { profile: Some(profile), .. } => (profile.clone(), None),
        _ => return Err(fault),
    };
    if !is_read_by_sdks(profile.as_str()) {
        return Err(fault);
    }
    Ok(Some(Lacking { profile, unnamed: named.is_none(), nearest, fault: Some(fault) }))
}
