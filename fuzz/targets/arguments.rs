//! Any command line that the front answers itself must also be valid for the full program. Otherwise a command would
//! work only while a session is fresh.
#![no_main]

use awsesame::cmd;
use awsesame_front as front;
use clap::Parser;
use libfuzzer_sys::fuzz_target;

const WORDS: [&str; 28] = [
    "env",
    "process",
    "exec",
    "direnv",
    "export",
    "login",
    "status",
    "--",
    "-p",
    "--profile",
    "--profile=a",
    "--account",
    "--account=1",
    "--role",
    "--role=r",
    "--format",
    "--format=json",
    "fish",
    "--via",
    "env",
    "--via=env",
    "--no-input",
    "--prompt",
    "--json",
    "--max-age",
    "15m",
    "--duration",
    "true",
];

fuzz_target!(|input: Vec<Result<u8, String>>| {
    let words: Vec<&str> = input
        .iter()
        .map(|word| match word {
            Ok(at) => WORDS[usize::from(*at) % WORDS.len()],
            Err(text) => text.as_str(),
        })
        .filter(|word| !word.contains('\0'))
        .collect();
    let full = cmd::Cli::try_parse_from(["awsesame"].iter().chain(&words));
    if front::understands(&words) {
        assert!(full.is_ok(), "{words:?}: {}", full.unwrap_err());
    }
});
