//! Finds the paths that a Rust file imports: its `use` lines, and the other paths that start at the top of a crate. The
//! module `rooms` decides which of them are allowed.

/// Returns every path that the code names from `crate`, `super` or another of our crates, as its parts. Tests at the
/// end of a file, comments and strings do not count.
pub(super) fn paths(text: &str) -> Vec<Vec<String>> {
    let code = code(text);
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = code[at..].find(is_word).map(|length| at + length) {
        let end = code[start..].find(|letter| !is_word(letter)).map_or(code.len(), |length| start + length);
        let word = &code[start..end];
        let first = !code[..start].ends_with("::") && !code[..start].ends_with('$');
        let ours = matches!(word, "crate" | "super") || word.starts_with("awsesame_");
        at = if first && ours && code[end..].starts_with("::") {
            let (mut read, length) = tree(&code[start..]);
            found.append(&mut read);
            start + length
        } else {
            end
        };
    }
    found
}

/// Parses one tree of paths, `a::{b, c::d}`, and returns its length in bytes.
fn tree(text: &str) -> (Vec<Vec<String>>, usize) {
    let mut path = Vec::new();
    let mut at = 0;
    loop {
        let rest = &text[at..];
        if rest.starts_with('{') {
            let (branches, length) = branches(rest);
            let whole = branches.into_iter().map(|branch| [path.clone(), branch].concat()).collect();
            return (whole, at + length);
        }
        let length = rest.find(|letter| !is_word(letter)).unwrap_or(rest.len());
        if length > 0 {
            path.push(rest[..length].to_owned());
        }
        at += length;
        if length == 0 || !text[at..].starts_with("::") {
            return (vec![path], at);
        }
        at += 2;
    }
}

/// Parses the text between two braces, and returns its length in bytes with them.
fn branches(text: &str) -> (Vec<Vec<String>>, usize) {
    let mut found = Vec::new();
    let mut at = 1;
    while let Some(start) =
        text[at..].find(|letter| is_word(letter) || "{}".contains(letter)).map(|length| at + length)
    {
        if text[start..].starts_with('}') {
            return (found, start + 1);
        }
        let (mut read, length) = tree(&text[start..]);
        found.append(&mut read);
        // Another name for it, ` as other`, is passed over.
        let end = start + length;
        at = text[end..].find([',', '}']).map_or(text.len(), |length| end + length);
    }
    (found, text.len())
}

fn is_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Returns the code without its tests, comments and the insides of its strings.
fn code(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or(text);
    let mut code = String::with_capacity(text.len());
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '/' if letters.peek() == Some(&'/') => {
                letters.by_ref().find(|letter| *letter == '\n');
                code.push('\n');
            }
            // This is a character literal such as `'"'` and `'\"'`. A lifetime has no second quote.
            '\'' => {
                let ahead: Vec<char> = letters.clone().take(3).collect();
                let quoted = match ahead[..] {
                    ['\\', _, '\''] => 3,
                    [_, '\'', ..] => 2,
                    _ => 0,
                };
                letters.by_ref().take(quoted).for_each(drop);
            }
            '"' => {
                let raw = code.ends_with(['r', '#']);
                let hashes = code.chars().rev().take_while(|letter| *letter == '#').count();
                skip_string(&mut letters, if raw { Some(hashes) } else { None });
            }
            _ => code.push(letter),
        }
    }
    code
}

/// Skips a string: one with escapes, or a raw one with this many hashes at its end.
fn skip_string(letters: &mut std::iter::Peekable<std::str::Chars<'_>>, raw: Option<usize>) {
    while let Some(letter) = letters.next() {
        match (letter, raw) {
            ('\\', None) => drop(letters.next()),
            ('"', None) => return,
            ('"', Some(hashes)) if letters.clone().take_while(|letter| *letter == '#').count() >= hashes => {
                return;
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        paths(text).into_iter().map(|path| path.join("::")).collect()
    }

    #[test]
    fn use_lines_with_and_without_braces_are_read() {
        let text = "use std::fs;\nuse crate::aws::sts;\npub(crate) use super::{code, store::{self, Store}};\n\
                    use awsesame_core::{fault::Fault,\n    name as other};\n";
        assert_eq!(
            read(text),
            [
                "crate::aws::sts",
                "super::code",
                "super::store::self",
                "super::store::Store",
                "awsesame_core::fault::Fault",
                "awsesame_core::name",
            ]
        );
    }

    #[test]
    fn paths_in_the_middle_of_code_are_read() {
        assert_eq!(
            read("fn f() { let x = crate::ui::say(super::super::word()); }"),
            ["crate::ui::say", "super::super::word",]
        );
    }

    #[test]
    fn comments_strings_and_tests_do_not_count() {
        let text = "//! See [`crate::cmd`].\nfn f() -> &'static str { \"crate::cmd\" }\n\
                    const R: &str = r#\"super::x \"crate::cmd\" \"#; const Q: char = '\"';\nuse crate::os;\n\
                    \n#[cfg(test)]\nmod tests {\n    use crate::cmd;\n}\n";
        assert_eq!(read(text), ["crate::os"]);
    }

    #[test]
    fn what_only_looks_like_a_path_of_ours_is_passed_over() {
        assert_eq!(
            read("pub(crate) fn f(crates: &str) { $crate::x(); other::crate_::y; is_super::z(); }"),
            [""; 0]
        );
    }
}
