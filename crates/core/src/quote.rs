//! Quoting, one function a shell: whatever stands in a value, the shell reads
//! exactly that value and nothing runs. Property-tested in the real shells.

/// POSIX single quotes, as bash and zsh read them (zsh's `RC_QUOTES` included).
pub fn posix(value: &str) -> String {
    format!("'{}'", value.replace('\'', r"'\''"))
}

/// fish: inside single quotes only the backslash and the quote are escaped.
pub fn fish(value: &str) -> String {
    format!("'{}'", value.replace('\\', r"\\").replace('\'', r"\'"))
}

/// Elvish: a single quote is doubled.
pub fn elvish(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// PowerShell takes the typographic quotes for quotes too, so each is doubled
/// (`about_Quoting_Rules`; `CharTraits.IsSingleQuote` in its source).
pub fn powershell(value: &str) -> String {
    let mut quoted = String::from("'");
    for c in value.chars() {
        if matches!(c, '\'' | '\u{2018}'..='\u{201b}') {
            quoted.push(c);
        }
        quoted.push(c);
    }
    quoted.push('\'');
    quoted
}

/// The dotenv dialect: bare where it can be, else double quotes with the four
/// escapes that the common readers (docker compose, node's, python's) share.
pub fn dotenv(value: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || "_-./+=:@,%".contains(c);
    if !value.is_empty() && value.chars().all(bare) {
        return value.to_owned();
    }
    let mut quoted = String::from("\"");
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
    quoted
}

/// A JSON string (RFC 8259), ASCII controls and DEL escaped.
pub fn json(value: &str) -> String {
    let mut quoted = String::from("\"");
    for c in value.chars() {
        match c {
            '"' => quoted.push_str("\\\""),
            '\\' => quoted.push_str("\\\\"),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            '\t' => quoted.push_str("\\t"),
            c if c.is_ascii_control() => quoted.extend(format!("\\u{:04x}", u32::from(c)).chars()),
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_dialect_quotes_its_own_way() {
        let value = "it's $HOME \\ \"x\"\n`id`";
        assert_eq!(posix(value), "'it'\\''s $HOME \\ \"x\"\n`id`'");
        assert_eq!(fish(value), "'it\\'s $HOME \\\\ \"x\"\n`id`'");
        assert_eq!(elvish(value), "'it''s $HOME \\ \"x\"\n`id`'");
        assert_eq!(powershell("a'b\u{2019}c"), "'a''b\u{2019}\u{2019}c'");
        assert_eq!(dotenv(value), r#""it's \$HOME \\ \"x\"\n`id`""#);
        assert_eq!(dotenv("ASIA/+=x"), "ASIA/+=x");
        assert_eq!(dotenv(""), "\"\"");
        assert_eq!(json("a\"\\\n\u{1}"), r#""a\"\\\n\u0001""#);
    }
}
