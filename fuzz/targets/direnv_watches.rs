//! Any text is read as `DIRENV_WATCHES`. It is not direnv's, or the result is a list to which files can be added again.
#![no_main]

use awsesame_core::render::watches;
use libfuzzer_sys::fuzz_target;

/// The value that direnv 2.32.1 exports for two files, so that the fuzzer need not guess checksums.
const BY_DIRENV: &str = "eJx8zDEKAjEQBdC7_Drsd8G1SG8p2IvFsBlJYHYTkhAF8e5eQDzAe7c3rtIjPBjzpgw6KKVw0n3UFQ6XHHraFP7gcH6l1hv8Q6zpx_2gk-VVjC1KVYZUdR8Us_zkfAynZV7kb3n_BgAA__9N-i9_";

fuzz_target!(|input: (String, Vec<(String, Option<i64>)>)| {
    let (text, files) = &input;
    let files: Vec<watches::Watched<'_>> = files.iter().map(|(path, time)| (path.as_str(), *time)).collect();
    for list in [text.as_str(), BY_DIRENV] {
        if let Some(longer) = watches::add(list, &files) {
            let again = watches::add(&longer, &files);
            assert_eq!(again.as_ref(), Some(&longer), "{files:?}");
        }
    }
});
