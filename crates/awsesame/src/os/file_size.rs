//! The limit on the size of files (`ulimit -f`). The system ends whoever writes beyond it by a signal, in the middle of
//! whatever that was.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustix::process::Signal;

/// Lets such a write fail instead, so that it is told like any other. There is a handler, and the signal is not ignored:
/// programs that we start inherit the one and not the other.
pub fn fail_instead_of_ending() {
    let _ = signal_hook::flag::register(Signal::XFSZ.as_raw(), Arc::new(AtomicBool::new(false)));
}
