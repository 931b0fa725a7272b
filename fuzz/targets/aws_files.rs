//! Any text is read as `~/.aws/config` and `~/.aws/credentials`. Each profile in the result must be found by its name.
#![no_main]

use awsesame::config::profiles;
use awsesame::os::aws_files::AwsFiles;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    // The text after the mark is that of the second file.
    let (config, credentials) = text.split_once("\n---\n").unwrap_or((text, text));
    let files = AwsFiles { config: "config".into(), credentials: "credentials".into(), keys: None };
    let set = profiles::from_texts(&files, config, credentials);
    for name in set.names() {
        assert!(set.get(name).is_some(), "{name}");
    }
});
