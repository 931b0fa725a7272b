//! The full program: everything that the front does not answer by itself.

use std::process::ExitCode;

use awsesame::cmd;
use awsesame::os::context::{Context, arguments, wants_json};
use awsesame::os::file_size;
use awsesame::os::hardening;
use awsesame::ui;

fn main() -> ExitCode {
    let arguments = arguments();
    let json = wants_json(&arguments);
    hardening::shut(move |fault| ui::fault_of_run(fault, json));
    file_size::fail_instead_of_ending();
    cmd::run(&arguments, Context::of_process())
}
