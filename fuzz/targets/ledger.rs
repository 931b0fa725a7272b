//! Any text is read as the lines of a ledger, and judged at any time.
#![no_main]

use awsesame_core::session::ledger::{self, Verdict};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let spent = ledger::from_text(text);
    for now in [i64::MIN, -1, 0, 1_795_000_000, i64::MAX] {
        if let Verdict::Wait(seconds) = ledger::judge_code(&spent, now, Some("mark")) {
            assert!((1..=30).contains(&seconds) && !spent.is_empty(), "{seconds}");
        }
        for one in &spent {
            let _ = ledger::looks_reused(Some(one.step), now);
        }
    }
    let _ = ledger::from_text(&ledger::to_text(&spent));
});
