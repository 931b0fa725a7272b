//! Runs the programs in AWS's files that print credentials or a token, without a shell and with a time limit. Core
//! parses the output; nothing here stores it.

use awsesame_core::aws_files::words;
use awsesame_core::fault::Fault;
use awsesame_core::name::secret::Secret;
use zeroize::Zeroizing;

use crate::config;
use crate::os::context::Context;
use crate::os::process;
use crate::store;

/// Runs a command line and returns its output. `fault` converts the end of a sentence to a fault.
pub fn output(
    context: Context,
    command: &Secret,
    may_ask: bool,
    fault: impl Fn(String) -> Fault,
) -> Result<Zeroizing<Vec<u8>>, Fault> {
    // The command is split as botocore does it. Its stderr is shown, because it may contain a question.
    let argv = words::split(command.expose())
        .filter(|argv| !argv.is_empty())
        .ok_or_else(|| fault("its command line cannot be cut into words".to_owned()))?;
    let config = config::read(context)?;
    let timeout = store::time_for(&config, may_ask);
    let output = process::run(&argv, None, timeout, may_ask).map_err(|failed| match failed {
        // The arguments of the program may be secret, so these faults must not show them.
        Fault::CannotRun { program, why, .. } => fault(format!("cannot run `{program}`: {why}")),
        Fault::ProgramFailed { why, .. } => fault(format!("it {why}")),
        Fault::ProgramHung { seconds, .. } => fault(format!("it did not end within {seconds} s")),
        other => other,
    })?;
    match output.trouble() {
        Some(trouble) => Err(fault(trouble)),
        None => Ok(output.stdout),
    }
}
