//! The project's own chores, one file each. `cargo xtask --help` lists them.
//!
//! Nothing of the product may live here: xtask builds, runs and measures the programs from outside, as a user
//! would.

mod child;
mod project;
mod say;
mod step;
mod test;
mod tools;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::project::Project;

/// The project's own chores.
#[derive(Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Arguments {
    #[command(subcommand)]
    chore: Chore,
}

#[derive(Subcommand)]
enum Chore {
    /// Install what the checks need, then run every check
    Test(test::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let project = Project::here();
    let done = match arguments.chore {
        Chore::Test(arguments) => test::run(&project, &arguments),
    };
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say::error(&error);
            ExitCode::FAILURE
        }
    }
}
