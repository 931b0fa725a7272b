//! `awsesame-sandbox`: the sandbox for people. This file parses the arguments; each command is a module beside it.

mod code;
mod failure;
mod fixture_file;
mod http;
mod print;
mod serve;
mod setup;
mod sign_in;

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use failure::Failure;
use print::{HELP, print};

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1).collect()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // If stderr is closed, the error cannot be reported.
            let _ = writeln!(io::stderr(), "error: {}\nhint: {}", failure.error, failure.hint);
            ExitCode::from(failure.status)
        }
    }
}

fn run(arguments: Vec<OsString>) -> Result<(), Failure> {
    let mut parser = lexopt::Parser::from_args(arguments);
    match parser.next()? {
        Some(lexopt::Arg::Value(command)) => match command.to_str() {
            Some("serve") => serve::run(parser),
            Some("init") => setup::run(parser),
            Some("code") => code::run(parser),
            Some("sign-in") => sign_in::run(parser),
            _ => Err(Failure::usage(format!("no command `{}`", command.display()))),
        },
        Some(lexopt::Arg::Long("help") | lexopt::Arg::Short('h')) => print(HELP),
        Some(lexopt::Arg::Long("version") | lexopt::Arg::Short('V')) => {
            print(concat!("awsesame-sandbox ", env!("CARGO_PKG_VERSION"), "\n"))
        }
        Some(other) => Err(other.unexpected().into()),
        None => Err(Failure::usage("no command given")),
    }
}
