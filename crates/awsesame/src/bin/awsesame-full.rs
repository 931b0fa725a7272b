//! The full program: everything that the front does not answer by itself.

use std::process::ExitCode;

use awsesame::cmd;
use awsesame::os::context::{Context, arguments};
use awsesame::os::hardening;
use awsesame::ui;

fn main() -> ExitCode {
    hardening::shut(ui::fault_of_run);
    cmd::run(&arguments(), Context)
}
