//! The full program: everything that the front does not answer by itself.

use std::process::ExitCode;

use awsesame::context::{Context, arguments};
use awsesame::{cmd, guard};

fn main() -> ExitCode {
    guard::shut();
    cmd::run(&arguments(), Context)
}
