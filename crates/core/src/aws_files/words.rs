//! Splits a line into words as Python's `shlex.split` does. botocore uses it for the names of sections and the command
//! lines of `credential_process`.

use crate::text::words::{self, Dialect};

/// The rules of Python's `shlex`: four characters are blanks, and a backslash in double quotes protects only itself and
/// the quote.
const SHLEX: Dialect = Dialect { blank: |c| matches!(c, ' ' | '\t' | '\r' | '\n'), protected: &['"', '\\'] };

/// Returns the words. Returns None if a quote is not closed, or if a backslash is the last character.
pub fn split(line: &str) -> Option<Vec<String>> {
    words::split(line, SHLEX)
}

/// Returns the word in the form that [`split`] reads back: without quotes if possible, or else in single quotes.
pub fn quoted(word: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    if !word.is_empty() && word.chars().all(bare) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', r#"'"'"'"#))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn words_are_those_of_python() {
        for (line, words) in [
            ("profile dev", Some(vec!["profile", "dev"])),
            (" profile  'two words'\t", Some(vec!["profile", "two words"])),
            (r#"profile "a\"b\c""#, Some(vec!["profile", r#"a"b\c"#])),
            ("profile x#y", Some(vec!["profile", "x#y"])),
            (r"profile a\ b", Some(vec!["profile", "a b"])),
            ("profile ''", Some(vec!["profile", ""])),
            ("profile a'b'\"c\"", Some(vec!["profile", "abc"])),
            ("profile 'a", None),
            (r"profile \", None),
            ("", Some(vec![])),
        ] {
            let words = words.map(|words| words.into_iter().map(str::to_owned).collect());
            assert_eq!(split(line), words, "{line}");
        }
    }

    proptest! {
        #[test]
        fn every_word_is_read_back(word in "\\PC*|[ -~]*") {
            prop_assert_eq!(split(&format!("profile {}", quoted(&word))), Some(vec!["profile".to_owned(), word]));
        }
    }
}
