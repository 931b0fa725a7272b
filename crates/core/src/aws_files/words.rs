//! A line cut into words as Python's `shlex.split` does it, by which botocore reads the
//! names of sections and the command lines of `credential_process`.

/// The words; none where a quote is not closed or a backslash is the last character.
pub fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            ' ' | '\t' | '\r' | '\n' => words.extend(word.take()),
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
                            c @ ('"' | '\\') => word.push(c),
                            c => word.extend(['\\', c]),
                        },
                        c => word.push(c),
                    }
                }
            }
            '\\' => word.get_or_insert_default().push(characters.next()?),
            c => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    Some(words)
}

/// The word as [`split`] reads it back: bare where it can be, else in single quotes.
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
