//! Reads the output of a program that prints token codes. The result is a code, or the reason why the output is not
//! one. Other modules run the programs; their output is never part of a message.

use crate::name::TokenCode;

/// Returns the code in the output of a program, which must be one line of six digits. Blank lines and blanks around the
/// digits are ignored. The error describes the output instead.
pub fn code(printed: &[u8]) -> Result<TokenCode, String> {
    let Ok(text) = std::str::from_utf8(printed) else {
        return Err("it printed something that is not text".into());
    };
    let mut lines = text.lines().filter(|line| !line.trim().is_empty());
    match (lines.next(), lines.count()) {
        (None, _) => Err("it printed nothing".into()),
        (Some(line), 0) => {
            TokenCode::parse(line).map_err(|_| "it printed something that is not a code of six digits".into())
        }
        (Some(_), more) => Err(format!("it printed {} lines where one was expected", more + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_line_of_six_digits_is_a_code() {
        for printed in ["123456", "123456\n", "\n 123456 \r\n\n", "123 456\n"] {
            assert_eq!(code(printed.as_bytes()).unwrap().as_str(), "123456", "{printed:?}");
        }
    }

    #[test]
    fn anything_else_says_what_it_was_and_repeats_nothing() {
        for (printed, why) in [
            (&b""[..], "it printed nothing"),
            (b"\n\n", "it printed nothing"),
            (b"123456\n654321\n", "it printed 2 lines where one was expected"),
            (b"your code:\n123456\n", "it printed 2 lines where one was expected"),
            (b"12345\n", "it printed something that is not a code of six digits"),
            (b"alice: 123456\n", "it printed something that is not a code of six digits"),
            (b"\xff\xfe", "it printed something that is not text"),
        ] {
            assert_eq!(code(printed).unwrap_err(), why, "{printed:?}");
        }
    }
}
