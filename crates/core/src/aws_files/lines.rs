//! Splits AWS's files into lines as botocore's parser reads them: Python's `configparser.RawConfigParser` with its
//! defaults, which the AWS CLI and boto3 use. This module does not know the meaning of sections and settings.
//!
//! That parser accepts a file or rejects it as a whole. Here each line keeps its own error, so that a faulty section
//! affects only that section.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};

/// The characters that begin a comment on a line of its own. After a value they are part of the value.
const COMMENT: [char; 2] = ['#', ';'];
/// The section whose settings apply in every other section of the file.
pub(super) const INHERITED: &str = "DEFAULT";

/// One line with its ending.
#[derive(Debug, Clone, Copy)]
pub(super) struct Line<'a> {
    pub(super) text: &'a str,
    pub(super) means: Means<'a>,
    /// The reason why botocore would reject the file, if this line is the cause.
    pub(super) flaw: Option<Flaw>,
}

/// The meaning of a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Means<'a> {
    /// The head of a section: the text between the brackets.
    Head(&'a str),
    /// A setting, and the part of its value on this line.
    Setting { key: &'a str, value: &'a str },
    /// A line that continues the setting before it.
    More(&'a str),
    /// An empty line. It is part of a value that continues after it.
    Blank,
    /// A comment, or a line that no parser reads.
    Nothing,
}

/// The reasons why botocore rejects a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A byte order mark in front.
    #[error("the file begins with a byte order mark")]
    Mark,
    /// There is text before the first section.
    #[error("this is above the first section")]
    Headless,
    /// A section's head without its end.
    #[error("the name of a section has no `]` after it")]
    OpenHead,
    /// A line that is neither a section nor a setting.
    #[error("this is neither a section nor a setting")]
    Stray,
    /// A setting without a name.
    #[error("a setting has no name")]
    Nameless,
    /// A section that was there before.
    #[error("the section is in the file twice")]
    SectionTwice,
    /// The section has the setting already.
    #[error("the setting is in its section twice")]
    SettingTwice,
    /// A line without `=` among the nested settings of another.
    #[error("a nested setting has no `=`")]
    NestedStray,
    /// The bytes are not valid UTF-8.
    #[error("this is not UTF-8 text")]
    NotText,
}

impl Flaw {
    /// Returns true if the section cannot be used. If something occurs twice, awsesame uses the later one, as all other
    /// SDKs do.
    pub(super) const fn spoils(self) -> bool {
        matches!(self, Self::OpenHead | Self::Stray | Self::Nameless | Self::NestedStray | Self::NotText)
    }
}

/// Reads the lines of a file.
pub(super) fn read(text: &str) -> Vec<Line<'_>> {
    each(text).collect()
}

/// Reads the lines of a file one after the other.
pub(super) fn each(text: &str) -> impl Iterator<Item = Line<'_>> {
    let mut state = State::default();
    split(text).enumerate().map(move |(index, text)| {
        let bare = text.trim_end_matches(['\n', '\r']);
        let (bare, mark) = match bare.strip_prefix('\u{feff}').filter(|_| index == 0) {
            Some(rest) => (rest, true),
            None => (bare, false),
        };
        let (means, flaw) = state.take(bare);
        Line { text, means, flaw: if mark { Some(Flaw::Mark) } else { flaw } }
    })
}

/// Returns the heads of a file whose heads all stand at the beginning of a line, which no setting can go on over. None if
/// there may be others: then the whole file has to be read.
pub(super) fn heads(text: &str) -> Option<Vec<&str>> {
    let mut heads = Vec::new();
    if text.contains('\r') {
        return None;
    }
    for line in text.split('\n') {
        match line.as_bytes().first() {
            Some(b'[') => heads.push(head(trim(line))?),
            Some(b'!'..=b'~') | None => {}
            Some(_) if trim(line).starts_with(['[', '\u{feff}']) => return None,
            Some(_) => {}
        }
    }
    Some(heads)
}

/// Returns the lines with their ends: `\n`, `\r\n` or `\r`, as Python reads a text file.
pub(super) fn split(mut text: &str) -> impl Iterator<Item = &str> {
    std::iter::from_fn(move || {
        if text.is_empty() {
            return None;
        }
        let end = match text.bytes().position(|byte| byte == b'\n' || byte == b'\r') {
            Some(at) if text[at..].starts_with("\r\n") => at + 2,
            Some(at) => at + 1,
            None => text.len(),
        };
        let (line, rest) = text.split_at(end);
        text = rest;
        Some(line)
    })
}

/// Returns true if Python counts the character as white space: these are the ones of Unicode and a few control
/// characters.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// Returns the text without the spaces around it.
pub(super) fn trim(text: &str) -> &str {
    text.trim_matches(is_blank)
}

/// The state of the parser.
#[derive(Default)]
struct State<'a> {
    /// The section that it is in, if it is in one.
    section: Option<&'a str>,
    /// True if a setting came since then, which an indented line would continue.
    in_setting: bool,
    indent: usize,
    /// The current section, and the previous ones.
    now: Seen<'a>,
    left: HashMap<&'a str, Seen<'a>>,
}

/// A section as far as it was read.
#[derive(Default)]
struct Seen<'a> {
    /// True if one of its heads was whole.
    headed: bool,
    settings: Names<'a>,
}

/// The names of a section's settings. Most sections have a handful, which is compared faster than it is hashed.
#[derive(Default)]
struct Names<'a> {
    few: Vec<Cow<'a, str>>,
    more: HashSet<Cow<'a, str>>,
}

impl<'a> Names<'a> {
    const FEW: usize = 16;

    /// Adds a name. Returns false if it was there.
    fn insert(&mut self, name: Cow<'a, str>) -> bool {
        if self.few.contains(&name) {
            return false;
        }
        if self.few.len() < Self::FEW {
            self.few.push(name);
            return true;
        }
        self.more.insert(name)
    }
}

/// Returns the name of a setting in lower case. Almost all names are in lower case already, and there may be a million.
pub(super) fn lower(key: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if key.bytes().all(is_lower) { key.into() } else { key.to_lowercase().into() }
}

impl<'a> State<'a> {
    fn take(&mut self, line: &'a str) -> (Means<'a>, Option<Flaw>) {
        let text = trim(line);
        if text.starts_with(COMMENT) {
            return (Means::Nothing, None);
        }
        if text.is_empty() {
            return (Means::Blank, None);
        }
        let indent = line.chars().take_while(|c| is_blank(*c)).count();
        if self.in_setting && indent > self.indent {
            return (Means::More(text), None);
        }
        self.indent = indent;
        if let Some(head) = head(text) {
            self.enter(head);
            let twice = std::mem::replace(&mut self.now.headed, true) && head != INHERITED;
            return (Means::Head(head), twice.then_some(Flaw::SectionTwice));
        }
        let at = text.bytes().position(|byte| byte == b'=' || byte == b':');
        // The lines below a faulty head are meant for that section, and not for the one before it.
        if let Some(head) = text.strip_prefix('[').filter(|_| self.section.is_none() || at.is_none()) {
            self.enter(head);
            return (Means::Head(head), Some(Flaw::OpenHead));
        }
        if self.section.is_none() {
            return (Means::Nothing, Some(Flaw::Headless));
        }
        let Some(at) = at else { return (Means::Nothing, Some(Flaw::Stray)) };
        let (key, value) = (text[..at].trim_end_matches(is_blank), trim(&text[at + 1..]));
        self.in_setting = !key.is_empty();
        if key.is_empty() {
            return (Means::Nothing, Some(Flaw::Nameless));
        }
        let twice = !self.now.settings.insert(lower(key));
        (Means::Setting { key, value }, twice.then_some(Flaw::SettingTwice))
    }

    /// Enters a section, which may have occurred before.
    fn enter(&mut self, head: &'a str) {
        self.in_setting = false;
        let seen = std::mem::take(&mut self.now);
        if let Some(before) = self.section.replace(head) {
            self.left.insert(before, seen);
        }
        self.now = self.left.remove(head).unwrap_or_default();
    }
}

/// The settings that contain a key. A key never contains a blank.
const KEYS: [&str; 4] =
    ["aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_security_token"];

/// Removes the comment after the value of a key. The AWS CLI reads such a comment as part of the key, which then does
/// not work. Every other SDK removes it, and so does awsesame.
pub(super) fn without_comment<'a>(key: &str, value: &'a str) -> &'a str {
    let is_key = KEYS.iter().any(|known| key.eq_ignore_ascii_case(known));
    let mut comments = value.match_indices(COMMENT).map(|(at, _)| &value[..at]);
    let before = comments.find(|before| before.ends_with(is_blank)).filter(|_| is_key);
    before.map_or(value, trim)
}

/// Returns the text between the first bracket and the last; text after it is ignored. Returns None if there is no such
/// text.
fn head(text: &str) -> Option<&str> {
    let inside = &text.strip_prefix('[')?;
    let head = &inside[..inside.rfind(']')?];
    (!head.is_empty()).then_some(head)
}
