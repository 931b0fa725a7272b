//! Any text is read as a policy. It is refused by line and column, or judged without a panic.
#![no_main]

use awsesame_policy::{Policies, Policy, Subject, decide, findings};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let subject =
        Subject { partition: "aws".into(), account: "123456789012".into(), user: "alice".into(), path: None };
    match Policy::parse(text) {
        Ok(policy) => {
            decide(&Policies::of(&[&policy]), &subject, 1_790_812_800);
            findings(&policy, text, &subject);
        }
        Err(error) => assert!(!error.to_string().contains(|c: char| c.is_control()), "{error:?}"),
    }
});
