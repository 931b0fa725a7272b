//! Any text as a ledger line, judged at any time.
#![no_main]

use awsesame_core::ledger::{self, Verdict};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let spent = ledger::from_text(text);
    for now in [i64::MIN, -1, 0, 1_795_000_000, i64::MAX] {
        if let Verdict::Wait(seconds) = ledger::judge(spent, now) {
            assert!((1..=30).contains(&seconds) && spent.is_some(), "{seconds}");
        }
        let _ = ledger::looks_reused(spent, now);
    }
    if let Some(step) = spent {
        assert_eq!(ledger::from_text(&ledger::to_text(step)), Some(step));
    }
});
