//! The front: answers from a fresh session, otherwise becomes `awsesame-full`.

use std::process::ExitCode;

use awsesame::context::{Context, arguments};
use awsesame::{front, guard};

fn main() -> ExitCode {
    guard::shut();
    front::run(&arguments(), Context)
}
