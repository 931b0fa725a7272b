//! The long-term key that a `credential_process` prints, as password managers have them: the program is run when a
//! call has to be signed, and its key is forgotten afterwards. Nothing here writes it down.

use std::time::Duration;

use awsesame_core::answer::process::long_term_key;
use awsesame_core::aws_files::access_key::AccessKey;
use awsesame_core::aws_files::words;
use awsesame_core::fault::Fault;
use awsesame_core::name::ProfileName;
use awsesame_core::name::secret::Secret;

use crate::config;
use crate::os::context::Context;
use crate::os::process;

/// How long a password manager may wait for its owner, where no other limit is set.
const WITH_PERSON: Duration = Duration::from_mins(2);

/// Runs the command line and reads the key that it prints.
pub(super) fn key(
    context: Context,
    profile: &ProfileName,
    command: &Secret,
    may_ask: bool,
) -> Result<AccessKey, Fault> {
    let none = |why: String| Fault::NoKeyPrinted { profile: profile.clone(), why };
    // Cut as botocore does it, without a shell. What it says goes to our own stderr: it may be a question.
    let argv = words::split(command.expose())
        .filter(|argv| !argv.is_empty())
        .ok_or_else(|| none("its command line cannot be cut into words".to_owned()))?;
    let config = config::read(context)?;
    let set = config.is_set("stores.timeout", None) || !may_ask;
    let timeout = if set { config.duration("stores.timeout", None) } else { WITH_PERSON };
    let output = process::run(&argv, None, timeout, may_ask).map_err(|fault| match fault {
        // Its arguments may be secret, so none of these may show them.
        Fault::CannotRun { program, why, .. } => none(format!("cannot run `{program}`: {why}")),
        Fault::ProgramFailed { why, .. } => none(format!("it {why}")),
        Fault::ProgramHung { seconds, .. } => none(format!("it did not end within {seconds} s")),
        other => other,
    })?;
    if let Some(trouble) = output.trouble() {
        return Err(none(trouble));
    }
    long_term_key(&output.stdout).map_err(none)
}
