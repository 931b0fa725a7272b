//! Quotes values for shells, one function per shell: for every value, the shell reads exactly that value, and nothing
//! is executed. Property tests run the functions in the real shells.

use std::borrow::Cow;

use crate::name::drives_terminals;

/// Quotes a value in POSIX single quotes, as bash and zsh read them (also with zsh's `RC_QUOTES`).
pub fn posix(value: &str) -> String {
    // The size is computed in advance, because a growing string would leave copies of secrets in memory.
    let ends = value.bytes().filter(|byte| *byte == b'\'').count();
    let mut quoted = String::with_capacity(value.len() + 3 * ends + 2);
    quoted.push('\'');
    for (at, part) in value.split('\'').enumerate() {
        if at > 0 {
            quoted.push_str(r"'\''");
        }
        quoted.push_str(part);
    }
    quoted.push('\'');
    quoted
}

/// Quotes a value for fish: inside single quotes only the backslash and the quote are escaped.
pub fn fish(value: &str) -> String {
    in_single_quotes(value, |c| match c {
        '\\' => Some(r"\\"),
        '\'' => Some(r"\'"),
        _ => None,
    })
}

/// Quotes a value for Elvish: a single quote is doubled.
pub fn elvish(value: &str) -> String {
    in_single_quotes(value, |c| (c == '\'').then_some("''"))
}

/// Puts a value into single quotes, with some characters written as two. The size is computed in advance, because a
/// growing string would leave copies of secrets in memory.
fn in_single_quotes(value: &str, pair: impl Fn(char) -> Option<&'static str>) -> String {
    let mut quoted = String::with_capacity(2 * value.len() + 2);
    quoted.push('\'');
    for c in value.chars() {
        match pair(c) {
            Some(pair) => quoted.push_str(pair),
            None => quoted.push(c),
        }
    }
    quoted.push('\'');
    quoted
}

/// PowerShell also accepts typographic quotes as quotes, so each is doubled (`about_Quoting_Rules`;
/// `CharTraits.IsSingleQuote` in its source). Characters that could end a line are written as numbers: output that is
/// piped to `Invoke-Expression` is often evaluated line by line, and a second line would be a separate command.
pub fn powershell(value: &str) -> String {
    let mut quoted = String::with_capacity(18 * value.len() + 2);
    quoted.push('\'');
    for c in value.chars() {
        if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') {
            quoted.extend(["' + [char]", &u32::from(c).to_string(), " + '"]);
            continue;
        }
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

/// Quotes a value for a dotenv file. Every reader of such files has its own dialect. The value stays bare if possible.
/// Otherwise it is put in single quotes, in which all readers take each character as it is, except for a few after a
/// backslash. Those, the single quote and a carriage return (which node's reader drops) need double quotes with
/// escapes. Of the escapes, node's reader knows only `\n`, and python-dotenv does not know `\$`.
pub fn dotenv(value: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-./+=:@,%\\".contains(c);
    if !value.is_empty() && value.chars().all(bare) {
        return value.to_owned();
    }
    if !value.contains(['\'', '\r']) && !value.contains("\\\\") && !value.ends_with('\\') {
        return format!("'{value}'");
    }
    let mut quoted = String::with_capacity(2 * value.len() + 5);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '"' | '\\' | '$' => {
                quoted.push('\\');
                quoted.push(c);
            }
            _ => quoted.push(c),
        }
    }
    quoted.push('"');
    if value.ends_with('\\') {
        // python-dotenv reads the quote after a backslash as an escaped one, and would continue into the next lines.
        // For the other readers, this is a comment.
        quoted.push_str(" #\"");
    }
    quoted
}

/// Returns a JSON string (RFC 8259). Characters that could control a terminal are escaped: control characters and the
/// marks of writing direction.
pub fn json(value: &str) -> String {
    let mut quoted = String::with_capacity(6 * value.len() + 2);
    quoted.push('"');
    for c in value.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if drives_terminals(c) => quoted.push_str(&code_of(c)),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

/// Escapes the characters in JSON that would control a terminal. Only strings can contain them, so the value stays the
/// same.
pub fn json_for_terminals(json: &str) -> Cow<'_, str> {
    let drives = |c: char| drives_terminals(c) && !c.is_ascii_control() || c == '\u{7f}';
    if !json.contains(drives) {
        return Cow::Borrowed(json);
    }
    let mut text = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        if drives(c) { text.push_str(&code_of(c)) } else { text.push(c) }
    }
    Cow::Owned(text)
}

/// Returns the escape sequence of a character in JSON, which always has four digits.
fn code_of(c: char) -> String {
    format!("\\u{:04x}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn each_dialect_quotes_its_own_way() {
        let value = "it's $HOME \\ \"x\"\n`id`";
        assert_eq!(posix(value), "'it'\\''s $HOME \\ \"x\"\n`id`'");
        assert_eq!(fish(value), "'it\\'s $HOME \\\\ \"x\"\n`id`'");
        assert_eq!(elvish(value), "'it''s $HOME \\ \"x\"\n`id`'");
        assert_eq!(powershell(value), "'it''s $HOME \\ \"x\"' + [char]10 + '`id`'");
        assert_eq!(powershell("a'b\u{2019}c"), "'a''b\u{2019}\u{2019}c'");
        assert_eq!(dotenv(value), r#""it's \$HOME \\ \"x\"\n`id`""#);
        assert_eq!(dotenv("two $words\n\\d"), "'two $words\n\\d'");
        assert_eq!(dotenv("C:\\"), "C:\\");
        assert_eq!(dotenv("C: \\"), r#""C: \\" #""#);
        assert_eq!(dotenv("ASIA/+=x"), "ASIA/+=x");
        assert_eq!(dotenv(""), "''");
        assert_eq!(json("a\"\\\n\u{1}"), r#""a\"\\\n\u0001""#);
        assert_eq!(json("\u{7f}\u{9b}2J\u{202e}\u{61c}ü"), r#""\u007f\u009b2J\u202e\u061cü""#);
    }

    #[test]
    fn json_of_a_serializer_keeps_its_value_and_drives_no_terminal() {
        let value = serde_json::json!({ "a\u{9b}2J": ["\u{202e}x\u{2069}", "\u{85}\u{7f}\n", "plain ü"] });
        let text = json_for_terminals(&value.to_string()).into_owned();
        assert!(!text.contains(drives_terminals), "{text}");
        assert_eq!(serde_json::from_str::<serde_json::Value>(&text).unwrap(), value);
        assert!(matches!(json_for_terminals("{\"a\":\n\"ü\"}"), Cow::Borrowed(_)));
    }

    /// Parses a sum of verbatim strings and `[char]` numbers as PowerShell's tokenizer does (`ScanStringLiteral`): of
    /// two quotes of any kind in a row, the second is part of the value. Returns None if the text is more than one
    /// value.
    fn read_powershell(text: &str) -> Option<String> {
        let is_quote = |c: char| matches!(c, '\'' | '\u{2018}'..='\u{201b}');
        let mut value = String::new();
        let mut rest = text;
        loop {
            if let Some(number) = rest.strip_prefix("[char]") {
                let end = number.find(|c: char| !c.is_ascii_digit()).unwrap_or(number.len());
                value.push(char::from_u32(number[..end].parse().ok()?)?);
                rest = &number[end..];
            } else {
                let mut chars = rest.char_indices().peekable();
                is_quote(chars.next()?.1).then_some(())?;
                loop {
                    let (at, c) = chars.next()?;
                    if !is_quote(c) {
                        value.push(c);
                    } else if let Some((_, second)) = chars.next_if(|(_, next)| is_quote(*next)) {
                        value.push(second);
                    } else {
                        rest = &rest[at + c.len_utf8()..];
                        break;
                    }
                }
            }
            if rest.is_empty() {
                return Some(value);
            }
            rest = rest.strip_prefix(" + ")?;
        }
    }

    proptest! {
        #[test]
        fn powershell_reads_one_value_on_one_line(value in "['\u{2018}-\u{201b}a$`\"\r\n\u{85}\u{2028} +\\[\\]]{0,12}|\\PC*|(?s:.)*") {
            let quoted = powershell(&value);
            prop_assert_eq!(read_powershell(&quoted), Some(value));
            let ends_line = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}');
            prop_assert!(!quoted.contains(ends_line));
        }
    }
}
