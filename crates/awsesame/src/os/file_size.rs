//! Handles the limit on the size of files (`ulimit -f`). By default, the system ends a program that writes beyond the
//! limit by a signal, in the middle of its work.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::Signal;

/// Makes such a write fail instead, so that it is reported like any other error. The signal has a handler and is not
/// ignored, because the programs that we start would inherit that.
pub fn fail_instead_of_ending() {
    let _ = signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::new(AtomicBool::new(false)));
}
