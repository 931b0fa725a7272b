//! Gets the long-term key that a `credential_process` prints, as password managers do. The program runs when a call has
//! to be signed, and its key is not stored.

use awsesame_core::answer::process::long_term_key;
use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::name::secret::Secret;

use crate::aws::credential_program;
use crate::os::context::Context;

/// Runs the command line and reads the key that it prints.
pub(super) fn key(
    context: Context,
    profile: &ProfileName,
    command: &Secret,
    may_ask: bool,
) -> Result<AccessKey, Fault> {
    let none = |why: String| Fault::NoKeyPrinted { profile: profile.clone(), why };
    let printed = credential_program::output(context, command, may_ask, none)?;
    long_term_key(&printed).map_err(none)
}
