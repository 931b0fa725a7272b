//! Splits a line into words as in a command line: blanks separate the words, and quotes keep text together. Nothing is
//! expanded. Each caller says which characters are blanks, and which ones a backslash protects inside double quotes.

/// The rules in which the readers of such lines differ.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// Returns true for a character that ends a word.
    pub blank: fn(char) -> bool,
    /// The characters before which a backslash inside double quotes disappears.
    pub protected: &'static [char],
}

/// Returns the words; None where a quote is not closed or a backslash is the last character.
pub fn split(line: &str, dialect: Dialect) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            c if (dialect.blank)(c) => words.extend(word.take()),
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
                            c if dialect.protected.contains(&c) => word.push(c),
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
