//! Any text in `~/.aws/config` and `~/.aws/credentials`: profiles, or two lines.
#![no_main]

use awsesame::context::AwsFiles;
use awsesame::profiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // What follows the mark lies in the second file.
    let (config, credentials) = text.split_once("\n---\n").unwrap_or((text, text));
    let files = AwsFiles { config: "config".into(), credentials: "credentials".into(), keys: None };
    if let Err(fault) = profiles::from_texts(&files, config.to_owned(), credentials.to_owned()) {
        for line in [fault.to_string(), fault.hint()] {
            assert!(!line.is_empty() && !line.contains(|c: char| c.is_control()), "{line:?}");
        }
    }
});
