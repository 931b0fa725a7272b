//! Delivers credentials to one program, which replaces this process. The program therefore has its own signals, exit
//! code and terminal, without a process of ours in between.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::os::unix::process::CommandExt;
use std::process::Command;

use awsesame_core::fault::Fault;
use awsesame_core::render::Exports;

use crate::os::context::Context;

/// The variables of the long-term key. The program gets a session instead of the key.
const LONG_TERM: [&str; 2] = ["MASTER_AWS_ACCESS_KEY_ID", "MASTER_AWS_SECRET_ACCESS_KEY"];

/// Replaces this process by the program. It returns only if that is impossible.
pub fn replace(command: &[OsString], exports: Exports, context: Context) -> Fault {
    let Some((program, arguments)) = command.split_first() else {
        return Fault::Bug { what: "exec without a command".into() };
    };
    let mut child = Command::new(program);
    child.args(arguments);
    for name in LONG_TERM {
        child.env_remove(name);
    }
    for (name, value) in exports.over(|name| context.var(name)).iter() {
        match value {
            Some(value) => child.env(name, value),
            None => child.env_remove(name),
        };
    }
    let error = child.exec();
    Fault::CannotRun {
        program: program.to_string_lossy().into_owned(),
        why: crate::os::file::words(&error),
        missing: error.kind() == ErrorKind::NotFound,
    }
}

/// Returns the exit code for a program that cannot be run, as shells do: 127 if it does not exist, 126 if it cannot be
/// started.
pub fn code(fault: &Fault) -> u8 {
    match fault {
        Fault::CannotRun { missing: true, .. } => 127,
        _ => 126,
    }
}
