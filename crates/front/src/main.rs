//! The front answers from a fresh session, or replaces itself with `awsesame-full`.
//!
//! `no_main` leaves out the work that Rust's runtime does before `main` (it reads `/proc/self/maps` and prepares a
//! stack for overflow signals). That work takes a tenth of this program's whole time, and this program does not need
//! it. The arguments then come from the C runtime, because without Rust's runtime std finds them with glibc only, and
//! not with musl.
#![no_main]

use std::ffi::{CStr, OsStr, OsString, c_char, c_int};
use std::os::unix::ffi::OsStrExt;

use awsesame_front::arena::Arena;
use awsesame_local::os::context::{Context, wants_json};
use awsesame_local::os::hardening;
use awsesame_local::ui;

#[global_allocator]
static ARENA: Arena = Arena::new();

#[expect(unsafe_code, reason = "the C runtime looks for this very name")]
#[unsafe(no_mangle)]
extern "C" fn main(count: c_int, words: *const *const c_char) -> c_int {
    let arguments = arguments(usize::try_from(count).unwrap_or(0), words);
    let json = wants_json(&arguments);
    hardening::shut(move |fault| ui::fault_of_run(fault, json));
    c_int::from(awsesame_front::run(&arguments, Context::of_process()))
}

/// Returns the arguments without the program's own name, which may be missing.
#[expect(unsafe_code, reason = "C hands its arguments over as a count and pointers")]
fn arguments(count: usize, words: *const *const c_char) -> Vec<OsString> {
    let word = |at: usize| {
        // SAFETY: the C runtime passes `main` this many pointers (C11, 5.1.2.2.1). Each points to a text with a
        // zero byte at its end that lives as long as the process.
        let text = unsafe { CStr::from_ptr(*words.add(at)) };
        OsStr::from_bytes(text.to_bytes()).to_owned()
    };
    (1..count).map(word).collect()
}
