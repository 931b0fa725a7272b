//! Any text that a program, a pinentry or a person returns instead of a code or a seed is parsed without a panic.
#![no_main]

use awsesame_core::code::assuan::{self, Answer, Dialog};
use awsesame_core::code::printed;
use awsesame_core::code::totp::Seed;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    match printed::code(bytes) {
        Ok(code) => assert!(code.as_str().bytes().all(|b| b.is_ascii_digit()) && code.as_str().len() == 6),
        Err(why) => assert!(!why.is_empty() && !why.contains('\n'), "{why:?}"),
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(seed) = Seed::parse(text) {
        for now in [i64::MIN, -1, 0, 1_795_000_000, i64::MAX] {
            assert_eq!(seed.code(now).as_str().len(), 6);
        }
    }
    let dialog =
        Dialog { description: text, prompt: text, error: Some(text), seconds: 1, options: Vec::new() };
    assert_eq!(assuan::lines(&dialog).lines().count(), 7, "{text:?} is more than one line");
    if let Answer::Typed(typed) = assuan::answer(&Dialog::default(), text) {
        assert!(text.contains("OK") && typed.len() <= 3 * text.len());
    }
});
