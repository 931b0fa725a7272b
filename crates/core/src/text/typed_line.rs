//! Parses a line that is being typed into bash, up to the cursor: its words as the shell will read them; the last one
//! may be incomplete. bash passes the raw line to its completion programs, so they must handle quotes and the word
//! breaks of readline.

/// The typed text in front of the cursor.
#[derive(Debug, PartialEq, Eq)]
pub struct TypedLine {
    /// The words without their quotes. The last is the one under the cursor, perhaps empty.
    pub words: Vec<String>,
    /// The part of the last word that readline keeps, without quotes. readline replaces only the text after the last
    /// break or an open quote.
    pub kept: String,
}

/// Reads a line up to the cursor. `breaks` are the characters at which readline
/// cuts words, `COMP_WORDBREAKS`.
pub fn typed_line(line: &str, breaks: &str) -> TypedLine {
    let mut words = Vec::new();
    let (mut word, mut kept) = (String::new(), String::new());
    let mut inside = false;
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' | '"' => {
                inside = true;
                let before = word.clone();
                if !quoted(c, &mut characters, &mut word) {
                    kept = before;
                    break;
                }
            }
            '\\' => {
                inside = true;
                word.extend(characters.next());
            }
            c if c.is_whitespace() => {
                if inside {
                    words.push(std::mem::take(&mut word));
                }
                inside = false;
                kept.clear();
            }
            c => {
                inside = true;
                // bash lets readline include these two in the word that they begin.
                let begins = matches!(c, '@' | '$');
                if begins && breaks.contains(c) {
                    kept.clone_from(&word);
                }
                word.push(c);
                if !begins && breaks.contains(c) {
                    kept.clone_from(&word);
                }
            }
        }
    }
    words.push(word);
    TypedLine { words, kept }
}

/// Reads on to the closing quote; whether there is one.
fn quoted(quote: char, characters: &mut std::str::Chars<'_>, word: &mut String) -> bool {
    while let Some(c) = characters.next() {
        match c {
            c if c == quote => return true,
            '\\' if quote == '"' => match characters.next() {
                Some(c @ ('"' | '\\' | '$' | '`')) => word.push(c),
                Some(c) => word.extend(['\\', c]),
                None => return false,
            },
            c => word.push(c),
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_read_as_bash_will_and_the_last_one_as_readline_cuts_it() {
        for (line, words, kept) in [
            ("awsesame lo", &["awsesame", "lo"][..], ""),
            ("awsesame login ", &["awsesame", "login", ""], ""),
            ("awsesame login -p team:pr", &["awsesame", "login", "-p", "team:pr"], "team:"),
            ("awsesame --profile=al", &["awsesame", "--profile=al"], "--profile="),
            ("awsesame --profile=a@b:c", &["awsesame", "--profile=a@b:c"], "--profile=a@b:"),
            ("awsesame -p x:a@", &["awsesame", "-p", "x:a@"], "x:a"),
            ("awsesame -p 'my pr", &["awsesame", "-p", "my pr"], ""),
            ("awsesame -p \"my pr", &["awsesame", "-p", "my pr"], ""),
            ("awsesame --profile='it:s", &["awsesame", "--profile=it:s"], "--profile="),
            (r"awsesame -p my\ pr", &["awsesame", "-p", "my pr"], ""),
            ("awsesame -p 'a b' ''", &["awsesame", "-p", "a b", ""], ""),
            ("awsesame -p a:b -", &["awsesame", "-p", "a:b", "-"], ""),
            (r#"awsesame "a\"b\n" x"#, &["awsesame", r#"a"b\n"#, "x"], ""),
            ("", &[""], ""),
        ] {
            let expected =
                TypedLine { words: words.iter().map(ToString::to_string).collect(), kept: kept.into() };
            assert_eq!(typed_line(line, "\"'@><=;|&(:"), expected, "{line}");
        }
    }
}
