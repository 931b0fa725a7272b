//! Any text is read as a token code. The result is six ASCII digits, or a message of one line.
#![no_main]

use awsesame_core::fault::Fault;
use awsesame_core::name::TokenCode;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| match TokenCode::parse(text) {
    Ok(code) => assert!(code.as_str().len() == 6 && code.as_str().bytes().all(|b| b.is_ascii_digit())),
    Err(bad) => assert_eq!(Fault::from(bad).to_string().lines().count(), 1),
});
