//! Any text is read as the note in a lock file. It names nobody, or a holder in one line.
#![no_main]

use awsesame::state::lock::{GIVEN_UP, HELD, Holder};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    for what in [HELD, GIVEN_UP] {
        if let Some(holder) = Holder::noted(text, what) {
            assert!(!holder.terminal.contains(|c: char| c.is_control()), "{:?}", holder.terminal);
        }
    }
});
