//! A list written in one variable, as one writes a command: words between
//! spaces, with quotes around what belongs together. Nothing is expanded.

/// The words of a text. `None` if a quote is left open or nothing is there.
pub fn split(text: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '\'' => break,
                        c => word.push(c),
                    }
                }
            }
            '"' => {
                let word = word.get_or_insert_default();
                loop {
                    match characters.next()? {
                        '"' => break,
                        '\\' => match characters.next()? {
                            c @ ('"' | '\\' | '$' | '`') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            c if c.is_whitespace() => words.extend(word.take()),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    (!words.is_empty()).then_some(words)
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
