//! The front: answers from a fresh session, otherwise becomes `awsesame-full`.
//!
//! `no_main` leaves out what Rust's runtime does before `main` (it reads
//! `/proc/self/maps` and sets up a stack for overflow signals): a tenth of this
//! program's whole time, for nothing that it needs.
#![no_main]

use awsesame::front;
use awsesame::os::context::{Context, arguments};
use awsesame::os::hardening;
use awsesame::ui;

#[expect(unsafe_code, reason = "the C runtime looks for this very name; std finds the arguments by itself")]
#[unsafe(no_mangle)]
extern "C" fn main(_count: i32, _words: *const *const u8) -> i32 {
    hardening::shut(ui::fault_of_run);
    i32::from(front::run(&arguments(), Context))
}
