//! Moves the token code of `login` from the command line to a pipe. Every user of the machine can read the arguments of
//! a process for as long as it runs. With the pipe, the code is visible only until the full program starts.

use std::ffi::OsString;
use std::io::{PipeReader, Write};

use awsesame_core::name::TokenCode;

/// The flag that makes the full program read its code from stdin.
const FLAG: &str = "--code-on-stdin";
/// The flags of `login` that take no value, so a code can follow them.
const SWITCHES: [&str; 4] = ["--no-input", "--json", "--force", "--all"];

/// Returns the command line without its code, and a pipe that contains the code. Returns None if there is no code, or
/// if it is not certain which argument is the code; the full program then parses its own arguments.
pub(crate) fn over(arguments: &[OsString]) -> Option<(Vec<OsString>, PipeReader)> {
    let (words, code) = split(arguments)?;
    let (reader, mut writer) = std::io::pipe().ok()?;
    writer.write_all(code.as_str().as_bytes()).ok()?;
    Some((words, reader))
}

fn split(arguments: &[OsString]) -> Option<(Vec<OsString>, TokenCode)> {
    let words: Vec<&str> = arguments.iter().map(|word| word.to_str()).collect::<Option<_>>()?;
    if words.first() != Some(&"login") {
        return None;
    }
    let is_value = |at: usize| words[at - 1].starts_with('-') && !SWITCHES.contains(&words[at - 1]);
    let mut found = None;
    let mut at = 0;
    while at + 1 < words.len() {
        at += 1;
        if is_value(at) || words[at].starts_with('-') {
            continue;
        }
        // An argument after the code is an error, which the full program reports with the command line as it was typed.
        if found.is_some() {
            return None;
        }
        // One word, or two of three digits as telephones show it.
        let three = |word: &&str| word.len() == 3 && word.bytes().all(|b| b.is_ascii_digit());
        let pair = words.get(at + 1).filter(|next| three(next) && three(&words[at]));
        let text = pair.map_or_else(|| words[at].to_owned(), |next| format!("{} {next}", words[at]));
        let count = if pair.is_some() { 2 } else { 1 };
        if let Ok(code) = TokenCode::parse(&text) {
            found = Some((at, count, code));
            at += count - 1;
        }
    }
    let (at, count, code) = found?;
    let (before, behind) = (&arguments[..at], &arguments[at + count..]);
    Some(([before, &[OsString::from(FLAG)], behind].concat(), code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_plainly_a_code_is_taken_out() {
        for (line, expected) in [
            ("login 123456", Some("login --code-on-stdin")),
            ("login -p dev 123456 --json", Some("login -p dev --code-on-stdin --json")),
            ("login dev 123-456", Some("login dev --code-on-stdin")),
            ("login dev 123 456 --force", Some("login dev --code-on-stdin --force")),
            ("login --force 123456", Some("login --force --code-on-stdin")),
            ("login -p 123456", None),
            ("login --duration 123456", None),
            ("login 123456 654321", None),
            ("login -p dev 123 456 7", None),
            ("login 123456 dev", None),
            ("login dev 12345", None),
            ("login dev", None),
            ("login -", None),
            ("exec 123456 -- true", None),
            ("", None),
        ] {
            let words: Vec<OsString> = line.split_whitespace().map(OsString::from).collect();
            let found = split(&words).map(|(words, code)| {
                assert_eq!(code.as_str(), "123456", "{line}");
                words.join(std::ffi::OsStr::new(" ")).into_string().unwrap()
            });
            assert_eq!(found.as_deref(), expected, "{line}");
        }
    }
}
