//! The project's own chores, one file for each. `cargo xtask --help` lists them.
//!
//! Code of the product must not be here: xtask builds, runs and measures the programs from outside, as a user would.

mod actions;
mod bench;
mod child;
mod demo;
mod dist;
mod fault;
mod fuzz;
mod interrupt;
mod mutants;
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
    /// Show the program at work against a local AWS: no account, no question, two minutes
    Demo(demo::Arguments),
    /// Record the README's picture of a terminal, in the demo's world
    Picture(demo::picture::Arguments),
    /// Install what the checks need, then run every check
    Test(test::Arguments),
    /// Measure the programs against `/bin/true`, an empty program and what people use today
    Bench(bench::Arguments),
    /// Make the release build and its packages in dist/
    Dist(dist::Arguments),
    /// Throw random text at whatever reads text from outside
    Fuzz(fuzz::Arguments),
    /// Change the code in small ways and see whether a test minds
    Mutants(mutants::Arguments),
    /// Make the list of AWS's services and actions anew from a public package
    Actions(actions::Arguments),
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let project = Project::here();
    let done = match arguments.chore {
        Chore::Demo(arguments) => demo::run(&project, &arguments),
        Chore::Picture(arguments) => demo::picture::run(&project, &arguments),
        Chore::Test(arguments) => test::run(&project, &arguments),
        Chore::Bench(arguments) => bench::run(&project, &arguments),
        Chore::Dist(arguments) => dist::run(&project, &arguments),
        Chore::Fuzz(arguments) => fuzz::run(&project, &arguments),
        Chore::Mutants(arguments) => mutants::run(&project, &arguments),
        Chore::Actions(arguments) => actions::run(&project, &arguments),
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
