//! The full program, which handles everything that the front cannot answer itself.

use std::process::ExitCode;

use awsesame::cmd;
use awsesame::os::context::{Context, arguments, wants_json};
use awsesame::os::file_size;
use awsesame::os::hardening;
use awsesame::os::memory::{self, Enough};
use awsesame::os::stack;
use awsesame::ui;
use awsesame_core::fault::Exit;

#[global_allocator]
static MEMORY: Enough = Enough;

fn main() -> ExitCode {
    let arguments = arguments();
    let json = wants_json(&arguments);
    let tell = move |fault: &_| ui::fault_of_run(fault, json);
    hardening::shut(tell);
    memory::tell_with(tell);
    file_size::fail_instead_of_ending();
    let run = || cmd::run(&arguments, Context::of_process());
    // The panic hook has already reported a panic of that thread.
    stack::with_enough(run).unwrap_or(ExitCode::from(Exit::Bug as u8))
}
