//! Splits a list in a variable into words as a shell would: spaces separate the words, and quotes keep spaces together.
//! Nothing is expanded.

use crate::text::words::{self, Dialect};

/// The quoting rules of a shell.
const SHELL: Dialect = Dialect { blank: char::is_whitespace, protected: &['"', '\\', '$', '`'] };

/// Returns the words of a text. Returns `None` if a quote is not closed, or if there are no words.
pub fn split(text: &str) -> Option<Vec<String>> {
    words::split(text, SHELL).filter(|words| !words.is_empty())
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn words_are_split_as_a_shell_would_without_expanding_anything() {
        for (text, expected) in [
            ("pass otp aws", &["pass", "otp", "aws"][..]),
            ("  op  read 'op://a b/c' ", &["op", "read", "op://a b/c"]),
            (r#"sh -c "echo \"$X\" \n""#, &["sh", "-c", r#"echo "$X" \n"#]),
            (r"a\ b ''", &["a b", ""]),
            ("x'y'z", &["xyz"]),
        ] {
            assert_eq!(split(text).unwrap(), expected, "{text}");
        }
        for open in ["'a", "\"a", "a\\", "", "  "] {
            assert_eq!(split(open), None, "{open}");
        }
    }
}
