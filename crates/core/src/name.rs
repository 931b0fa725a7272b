//! Types for values that could be confused with each other (profile names, keys, roles, serial numbers, codes), and the
//! safe display of names that people chose. Nothing is looked up here.

pub mod secret;

use std::fmt;

/// Text from outside, made safe for one line of a message. Control characters, such as a newline or an escape sequence,
/// are shown as text.
#[derive(Debug, Clone, Copy)]
pub struct Shown<'a>(pub &'a str);

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Almost every text has no such characters, and a list may show hundreds of thousands.
        if !self.0.contains(drives_terminals) {
            return f.write_str(self.0);
        }
        for c in self.0.chars() {
            if drives_terminals(c) {
                write!(f, "{}", c.escape_default())?;
            } else {
                write!(f, "{c}")?;
            }
        }
        Ok(())
    }
}

/// Returns true if a character changes how text is displayed: control characters and the marks of writing direction,
/// which reorder text. They may not be part of a name.
pub fn drives_terminals(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Text from outside as one word of a command to paste, always on one line. It is put in single quotes only if that is
/// necessary. Control characters are written in the form that bash and zsh read (`$'..'`).
#[derive(Debug, Clone, Copy)]
pub struct Typed<'a>(pub &'a str);

impl fmt::Display for Typed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bare = |c: char| c.is_ascii_alphanumeric() || "-_./@:%+,=".contains(c);
        // A `-` in front would be read as an option, and a `=` by zsh as a path.
        if self.0.starts_with(|c: char| bare(c) && c != '-' && c != '=') && self.0.chars().all(bare) {
            return f.write_str(self.0);
        }
        if Shown(self.0).to_string() == self.0 {
            return write!(f, "'{}'", self.0.replace('\'', r"'\''"));
        }
        f.write_str("$'")?;
        for c in self.0.chars() {
            match c {
                '\'' => f.write_str(r"\'")?,
                '\\' => f.write_str(r"\\")?,
                _ if c.is_ascii_control() => write!(f, r"\x{:02x}", u32::from(c))?,
                _ if !Shown(c.encode_utf8(&mut [0; 4])).to_string().starts_with(c) => {
                    write!(f, r"\u{:04x}", u32::from(c))?;
                }
                _ => write!(f, "{c}")?,
            }
        }
        f.write_str("'")
    }
}

/// The name of a profile in `~/.aws/config`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProfileName(String);

impl ProfileName {
    /// The profile that AWS's tools use if none is named.
    pub const DEFAULT: &'static str = "default";

    /// Creates a name as the user or a file wrote it.
    pub fn new(name: impl Into<String>) -> Self {
        Self(name.into())
    }

    /// Returns the name without escapes.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns ` -p NAME` for a command to type (see [`Typed`]). Empty for `default`.
    pub fn flag(&self) -> String {
        if self.0 == Self::DEFAULT {
            return String::new();
        }
        format!(" -p {}", Typed(&self.0))
    }
}

impl fmt::Display for ProfileName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Shown(&self.0).fmt(f)
    }
}

/// The subject of a session: a profile, or the long-term key in the variables `MASTER_AWS_ACCESS_KEY_ID`,
/// `MASTER_AWS_SECRET_ACCESS_KEY` and `AWS_MFA_ARN`, which need no profile.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A profile of `~/.aws/config` or `~/.aws/credentials`.
    Profile(ProfileName),
    /// The key in the environment, by its access key id.
    Environment(AccessKeyId),
}

impl Subject {
    /// Returns ` -p NAME`, or an empty text if none is needed; see [`ProfileName::flag`].
    pub fn flag(&self) -> String {
        match self {
            Self::Profile(name) => name.flag(),
            Self::Environment(_) => String::new(),
        }
    }

    /// Returns the profile, if there is one.
    pub fn profile(&self) -> Option<&ProfileName> {
        match self {
            Self::Profile(name) => Some(name),
            Self::Environment(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Profile(name) => write!(f, "profile `{name}`"),
            Self::Environment(id) => write!(f, "key `{id}`"),
        }
    }
}

macro_rules! text_newtype {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Creates the value from a text.
            pub fn new(value: impl Into<String>) -> Self {
                Self(value.into())
            }

            /// Returns the text without escapes.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                Shown(&self.0).fmt(f)
            }
        }
    };
}

text_newtype! {
    /// The public half of a long-term access key (`AKIA...`).
    AccessKeyId
}
text_newtype! {
    /// The serial number of an MFA device: an ARN, or a hardware serial.
    Serial
}
text_newtype! {
    /// The ARN of a role.
    RoleArn
}
text_newtype! {
    /// An account ID, which has twelve digits.
    AccountId
}

impl AccessKeyId {
    /// Returns true if it is a session's: ids of long-term keys begin with `AKIA`, those of sessions with `ASIA`, whether
    /// or not the session's token is there.
    pub fn is_of_session(&self) -> bool {
        self.0.starts_with("ASIA")
    }
}

impl Serial {
    /// Returns false for FIDO devices and passkeys, which cannot give a code to the API.
    pub fn gives_codes(&self) -> bool {
        arn_field(&self.0, 5).is_none_or(|resource| !resource.starts_with("u2f/"))
    }

    /// Returns the account, if the serial number is an ARN.
    pub fn account(&self) -> Option<AccountId> {
        arn_field(&self.0, 4).filter(|a| !a.is_empty()).map(AccountId::new)
    }

    /// Returns the partition (`aws`, `aws-cn`, `aws-us-gov`), if the serial number is an ARN.
    pub fn partition(&self) -> Option<&str> {
        arn_field(&self.0, 1)
    }

    /// Returns the name of the device: the part after the slash of an ARN, or else the whole text.
    pub fn device(&self) -> &str {
        arn_field(&self.0, 5)
            .and_then(|resource| resource.split_once('/'))
            .map_or(self.0.as_str(), |(_, name)| name)
    }
}

impl RoleArn {
    /// Returns the role's name without its path.
    pub fn role_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }

    /// Returns the account of the role.
    pub fn account(&self) -> Option<AccountId> {
        arn_field(&self.0, 4).filter(|a| !a.is_empty()).map(AccountId::new)
    }
}

/// Returns field `index` of an ARN (`arn:partition:service:region:account:resource`). The resource may contain colons.
pub fn arn_field(arn: &str, index: usize) -> Option<&str> {
    arn.starts_with("arn:").then(|| arn.splitn(6, ':').nth(index)).flatten()
}

/// The reason why typed text is not a token code.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadCode {
    /// The reason, as a sentence about the text.
    pub why: String,
}

/// Returns true if the value can be a region: it becomes a label of a host name (RFC 1123), which is all that the SDKs
/// ask of it.
pub fn is_region(value: &str) -> bool {
    value.len() <= 63
        && !value.starts_with('-')
        && !value.ends_with('-')
        && value.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// A token code: six ASCII digits. Good once, for about 30 seconds.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenCode(String);

impl TokenCode {
    /// Parses a code as it is typed or pasted. Spaces around it and a separator between its halves (`123 456`,
    /// `123-456`), as phones and password managers show it, are removed.
    pub fn parse(typed: &str) -> Result<Self, BadCode> {
        let blank = |c: char| {
            c.is_whitespace() || c.is_control() || ('\u{200b}'..='\u{200f}').contains(&c) || c == '\u{feff}'
        };
        let trimmed = typed.trim_matches(blank);
        let parts = |c: char| blank(c) || matches!(c, '-' | '\u{2010}'..='\u{2015}' | '\u{2212}' | '·' | '.');
        let halves: Vec<&str> = trimmed.split(parts).filter(|half| !half.is_empty()).collect();
        let code = match halves[..] {
            [left, right] if left.len() == 3 && right.len() == 3 && trimmed.starts_with(left) => {
                left.to_owned() + right
            }
            _ => trimmed.to_owned(),
        };
        if code.len() == 6 && code.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Self(code));
        }
        let why = if trimmed.is_empty() {
            "it is empty".to_owned()
        } else if !code.chars().all(|c| c.is_ascii_digit()) {
            "it has something in it that is not a digit".to_owned()
        } else {
            format!("it has {} digits", code.len())
        };
        Err(BadCode { why })
    }

    /// Returns the six digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for TokenCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TokenCode(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_code_is_six_ascii_digits_and_nothing_else() {
        for good in [
            "123456",
            " 000000\n",
            "123 456",
            "123-456",
            "123\u{a0}456",
            "\u{feff}123456",
            "123\u{202f}456 ",
            "123  456",
            "123\u{2013}456",
            "123456\r\n",
            "\u{200b}123456",
        ] {
            assert!(TokenCode::parse(good).is_ok(), "{good:?}");
        }
        for bad in ["", "12345", "1234567", "12345a", "１２３４５６", "12 3456", "abc def", "-12345"] {
            let Err(BadCode { why }) = TokenCode::parse(bad) else {
                panic!("{bad:?} was taken for a code");
            };
            assert!(!why.is_empty());
        }
    }

    #[test]
    fn names_cannot_act_on_the_terminal_or_break_a_line() {
        assert_eq!(ProfileName::new("a\nb\u{1b}[2J").to_string(), r"a\nb\u{1b}[2J");
        assert_eq!(Shown("x\u{202e}y").to_string(), r"x\u{202e}y");
        assert_eq!(ProfileName::new("größe").to_string(), "größe");
    }

    #[test]
    fn a_profile_flag_can_be_pasted_into_a_shell() {
        for (name, flag) in [
            ("default", ""),
            ("dev", " -p dev"),
            ("team/prod.eu", " -p team/prod.eu"),
            ("it's", r" -p 'it'\''s'"),
            ("two words", " -p 'two words'"),
            ("-x", " -p '-x'"),
            ("", " -p ''"),
            ("=ls", " -p '=ls'"),
            ("$(reboot)`x`", " -p '$(reboot)`x`'"),
            ("größe", " -p 'größe'"),
            ("a\nb", r" -p $'a\x0ab'"),
            ("it's \\ \u{1b}[2J\u{9b}\u{202e}", r" -p $'it\'s \\ \x1b[2J\u009b\u202e'"),
        ] {
            assert_eq!(ProfileName::new(name).flag(), flag);
        }
    }

    #[test]
    fn a_serial_number_tells_its_device_account_and_kind() {
        let phone = Serial::new("arn:aws:iam::123456789012:mfa/alice");
        assert_eq!(phone.device(), "alice");
        assert_eq!(phone.account(), Some(AccountId::new("123456789012")));
        assert!(phone.gives_codes());
        let key = Serial::new("arn:aws:iam::123456789012:u2f/user/alice/yubi");
        assert!(!key.gives_codes());
        let fob = Serial::new("GAHT12345678");
        assert_eq!((fob.device(), fob.account(), fob.gives_codes()), ("GAHT12345678", None, true));
    }
}
