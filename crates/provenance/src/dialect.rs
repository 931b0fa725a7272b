//! The dialects of AWS's files, one for each client's own parser. The parsers agree on plain files only: they differ
//! about comments behind values, quotes, indents and names.

use std::borrow::Cow;

use awsesame_core::aws_files::reading::{FileKind, Reading, SectionName, Value};

/// A client whose parser is imitated. The AWS CLI and boto3 read as [`Reading`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The SDK for Go, version 2 (`config/internal/ini`).
    Go,
    /// The SDK for Go, version 1, which forgets what it read of a section when its head comes again.
    GoV1,
    /// The SDK for JavaScript, version 3 (`shared-ini-file-loader`).
    JavaScript,
    /// The SDK for Java, version 2 (`ProfileFileReader`). It refuses a whole file for one line that it does not understand.
    Java,
    /// The SDK for Java, version 1, which reads as botocore does, but for a setting without `=`.
    JavaV1,
}

/// A setting of a profile as a parser reads it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Read<'r> {
    pub(super) profile: &'r str,
    /// The setting and its value. None for a profile section that contains no setting.
    pub(super) setting: Option<(&'r str, &'r str)>,
    /// The number of the line, counted from one.
    pub(super) line: usize,
}

impl Dialect {
    /// Passes every setting to `take`, in order.
    pub(super) fn read(self, text: &str, kind: FileKind, take: &mut dyn FnMut(Read<'_>)) {
        match self {
            Self::Go | Self::GoV1 => go(text, kind, take),
            Self::JavaScript => javascript(text, kind, take),
            Self::Java => java(text, kind, take),
            Self::JavaV1 => {}
        }
    }

    /// Returns the line for which a parser refuses the whole file, and why. None if it reads the file.
    pub(super) fn refuses(self, text: &str, kind: FileKind) -> Option<(usize, String)> {
        match self {
            Self::Java => java_refuses(text, kind).map(|(line, why)| (line, why.to_owned())),
            Self::JavaV1 => {
                let lines = text.split('\n').zip(1..).map(|(line, number)| (line.trim(), number));
                let mut settings =
                    lines.filter(|(line, _)| !line.is_empty() && !line.starts_with(['#', '[']));
                let stray = settings.find(|(line, _)| !line.contains('='));
                stray.map(|(_, number)| (number, "a setting has no `=`".to_owned()))
            }
            Self::Go | Self::GoV1 | Self::JavaScript => None,
        }
    }
}

/// Returns true if a config file has a default profile under a head with the prefix: botocore takes the later of it and
/// `[default]`, and the others this one.
fn has_prefixed_default(
    text: &str,
    kind: FileKind,
    head: impl Fn(&str) -> Option<&str>,
    is_prefixed: impl Fn(&str) -> bool,
) -> bool {
    // Almost no file has one.
    kind == FileKind::Config && text.contains("default") && text.split('\n').filter_map(head).any(is_prefixed)
}

pub(super) fn botocore(reading: &Reading, take: &mut dyn FnMut(Read<'_>)) {
    for section in reading.sections() {
        let SectionName::Profile(profile) = &section.name else { continue };
        take(Read { profile, setting: None, line: 0 });
        for setting in &section.settings {
            let value = match &setting.value {
                Value::Text(value) => value.as_str(),
                Value::Nested(_) => "",
            };
            take(Read { profile, setting: Some((&setting.key, value)), line: setting.line });
        }
    }
}

const GO_BLANKS: [char; 2] = [' ', '\t'];

fn go_head(line: &str) -> Option<&str> {
    let head = line.split(['#', ';']).next().unwrap_or_default().trim();
    head.strip_prefix('[').and_then(|head| head.strip_suffix(']')).map(str::trim)
}

fn go(text: &str, kind: FileKind, take: &mut dyn FnMut(Read<'_>)) {
    let prefixed = |name: &str| name.contains(GO_BLANKS) && go_profile(name, kind) == Some("default");
    let passes_default = has_prefixed_default(text, kind, go_head, prefixed);
    let mut section: Option<&str> = None;
    // The setting that an indented line may continue, and whether it has a value.
    let mut above: Option<bool> = None;
    for (line, number) in text.split('\n').zip(1..) {
        let bare = line.trim_start_matches(GO_BLANKS);
        if line.trim().is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        if let Some(name) = go_head(line) {
            section = go_profile(name, kind).filter(|_| !passes_default || name.contains(GO_BLANKS));
            above = None;
            if let Some(profile) = section {
                take(Read { profile, setting: None, line: number });
            }
            continue;
        }
        let indented = line.starts_with(GO_BLANKS);
        let setting = if indented && above == Some(false) { None } else { go_setting(before_comment(line)) };
        if let (Some((key, value)), Some(profile)) = (setting, section) {
            above = Some(!value.is_empty());
            take(Read { profile, setting: Some((&key, value)), line: number });
        }
    }
}

/// Returns the name and the value of a setting, without quotes around the value.
fn go_setting(text: &str) -> Option<(Cow<'_, str>, &str)> {
    let at = text.bytes().position(|byte| byte == b'=' || byte == b':')?;
    let (key, value) = (&text[..at], text[at + 1..].trim());
    let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
    Some((lower(key.trim()), quoted('\'').or_else(|| quoted('"')).unwrap_or(value)))
}

/// Returns a name in lower case. Almost all names are in lower case already, and there may be a million.
fn lower(key: &str) -> Cow<'_, str> {
    let is_lower = |byte: u8| byte.is_ascii() && !byte.is_ascii_uppercase();
    if key.bytes().all(is_lower) { key.into() } else { key.to_lowercase().into() }
}

/// Returns false for a line without any sign of a comment. Almost all lines have none, and there may be a million.
fn may_have_comment(line: &str) -> bool {
    line.bytes().any(|byte| byte == b'#' || byte == b';')
}

/// Removes the comment after a value.
fn before_comment(line: &str) -> &str {
    if !may_have_comment(line) {
        return line;
    }
    let ends = [" #", " ;", "\t#", "\t;"].into_iter().filter_map(|comment| line.find(comment));
    ends.min().map_or(line, |at| &line[..at])
}

fn go_profile(name: &str, kind: FileKind) -> Option<&str> {
    let (prefix, rest) = match name.split_once(GO_BLANKS) {
        Some((prefix, rest)) => (Some(prefix), rest.trim_start_matches(GO_BLANKS)),
        None => (None, name),
    };
    let is_profile = match (kind, prefix) {
        (FileKind::Config, Some(prefix)) => prefix == "profile",
        (FileKind::Config, None) => rest.eq_ignore_ascii_case("default"),
        (FileKind::Credentials, prefix) => prefix != Some("profile"),
    };
    let whole = if kind == FileKind::Config { rest } else { name };
    is_profile.then_some(whole)
}

fn javascript_head(line: &str) -> Option<&str> {
    javascript_comment(line).trim().strip_prefix('[').and_then(|bare| bare.strip_suffix(']'))
}

fn javascript(text: &str, kind: FileKind, take: &mut dyn FnMut(Read<'_>)) {
    let prefixed =
        |name: &str| name != "default" && javascript_profile(name, kind).as_deref() == Some("default");
    let passes_default = has_prefixed_default(text, kind, javascript_head, prefixed);
    let mut section: Option<Cow<'_, str>> = None;
    let mut nested = false;
    for (line, number) in text.split('\n').zip(1..) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        // A byte order mark is white space in JavaScript.
        let bare = javascript_comment(line).trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if let Some(name) = bare.strip_prefix('[').and_then(|bare| bare.strip_suffix(']')) {
            section = javascript_profile(name, kind).filter(|_| !passes_default || name != "default");
            nested = false;
            continue;
        }
        let Some(profile) = &section else { continue };
        let Some((key, value)) = bare.split_once('=').filter(|(key, _)| !key.is_empty()) else { continue };
        let (key, value) = (key.trim(), value.trim());
        if value.is_empty() {
            nested = true;
            continue;
        }
        nested &= line.starts_with(char::is_whitespace);
        if !nested {
            take(Read { profile, setting: Some((key, value)), line: number });
        }
    }
}

/// Removes a comment, which begins the line or follows a blank.
fn javascript_comment(line: &str) -> &str {
    if !may_have_comment(line) {
        return line;
    }
    let mut blank = true;
    for (at, c) in line.char_indices() {
        if blank && (c == '#' || c == ';') {
            return &line[..at];
        }
        blank = c.is_whitespace();
    }
    line
}

fn javascript_profile(name: &str, kind: FileKind) -> Option<Cow<'_, str>> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let typed = name.split_once(char::is_whitespace).and_then(|(prefix, rest)| {
        let quoted = |quote| rest.strip_prefix(quote)?.strip_suffix(quote);
        let inside = quoted('\'').or_else(|| quoted('"')).unwrap_or(rest);
        let named = !inside.is_empty() && inside.chars().all(|c| word(c) || "@+.%:/".contains(c));
        (!prefix.is_empty() && prefix.chars().all(word) && named).then_some((prefix, inside))
    });
    match (kind, typed) {
        (FileKind::Config, Some((prefix, inside))) => (prefix == "profile").then_some(Cow::Borrowed(inside)),
        (FileKind::Config, None) => (name == "default").then_some(Cow::Borrowed(name)),
        (FileKind::Credentials, Some((prefix, inside))) => {
            // JavaScript stores such a section as `profile.NAME`, which nothing looks up.
            ["profile", "sso-session", "services"]
                .contains(&prefix)
                .then(|| format!("{prefix}.{inside}").into())
        }
        (FileKind::Credentials, None) => Some(Cow::Borrowed(name)),
    }
}

fn java_head(line: &str) -> Option<&str> {
    let head = line.split(['#', ';']).next().unwrap_or_default().trim_matches(GO_BLANKS);
    Some(head.strip_prefix('[')?.strip_suffix(']')?.trim_matches(GO_BLANKS))
}

/// The name of a profile. Quotes are not understood, and a profile with another character in its name is passed over.
fn java_profile(head: &str, kind: FileKind) -> Option<&str> {
    let prefixed = head.strip_prefix("profile").filter(|rest| rest.starts_with(GO_BLANKS));
    let name = match (kind, prefixed) {
        (FileKind::Config, Some(rest)) => rest.trim_matches(GO_BLANKS),
        (FileKind::Config, None) if head == "default" => head,
        (FileKind::Credentials, None) => head,
        _ => return None,
    };
    let named = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    (!name.is_empty() && name.chars().all(named)).then_some(name)
}

/// Reads a file that is not refused.
fn java(text: &str, kind: FileKind, take: &mut dyn FnMut(Read<'_>)) {
    let prefixed = |head: &str| head != "default" && java_profile(head, kind) == Some("default");
    let passes_default = has_prefixed_default(text, kind, java_head, prefixed);
    let (mut section, mut above) = (None, "");
    for (line, number) in text.split('\n').zip(1..) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let bare = line.trim_matches(GO_BLANKS);
        if bare.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        if bare.starts_with('[') {
            let head = java_head(line).unwrap_or_default();
            section = java_profile(head, kind).filter(|_| !passes_default || head != "default");
            continue;
        }
        let Some(profile) = section else { continue };
        if line.starts_with(GO_BLANKS) {
            // The line is a part of the value above, a comment too: that is then no id of a key.
            if above == "aws_access_key_id" {
                take(Read { profile, setting: Some((above, "")), line: number });
            }
        } else if let Some((key, value)) = before_comment(line).split_once('=') {
            let (key, value) = (key.trim_matches(GO_BLANKS), value.trim_matches(GO_BLANKS));
            above = key;
            take(Read { profile, setting: Some((key, value)), line: number });
        }
    }
}

/// The rules of `ProfileFileReader`, which throws at the first line that breaks one.
fn java_refuses(text: &str, kind: FileKind) -> Option<(usize, &'static str)> {
    // Whether a section has begun, and whether what is in it is read; and whether a setting has begun in it.
    let (mut section, mut setting) = (None, false);
    for (line, number) in text.split('\n').zip(1..) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let bare = line.trim_matches(GO_BLANKS);
        if bare.is_empty() || line.starts_with(['#', ';']) {
            continue;
        }
        let refuse = |why| Some((number, why));
        if bare.starts_with('[') {
            let Some(head) = java_head(line) else { return refuse("a head does not end with `]`") };
            (section, setting) = (Some(java_profile(head, kind).is_some()), false);
            continue;
        }
        match section {
            None => return refuse("this is above the first section"),
            Some(false) => continue,
            Some(true) => {}
        }
        if line.starts_with(GO_BLANKS) {
            if !setting {
                return refuse("an indented line has no setting above it");
            }
            continue;
        }
        match before_comment(line).split_once('=') {
            None => return refuse("this is neither a section nor a setting"),
            Some((key, _)) if key.trim().is_empty() => return refuse("a setting has no name"),
            Some(_) => setting = true,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the settings that a parser reads: botocore's if no other is named.
    fn read(dialect: Option<Dialect>, text: &str, kind: FileKind) -> Vec<String> {
        let mut all = Vec::new();
        let mut take = |read: Read<'_>| {
            all.extend(read.setting.map(|(key, value)| format!("{} {key}={value}", read.profile)));
        };
        match dialect {
            Some(dialect) => dialect.read(text, kind, &mut take),
            None => botocore(&Reading::of(text, kind), &mut take),
        }
        all
    }

    #[test]
    fn java_refuses_a_whole_file_for_one_line() {
        for (text, line) in [
            ("[default]\nregion = a\n# c\n\n  b = c\n[a b]\nx\n", None),
            ("[default]\nregion: a\n", Some(2)),
            ("[default]\nregion = a\n[profile x]\nstray\n", Some(4)),
            ("[default]\n  region = a\n", Some(2)),
            ("[default]\n  # c\nregion = a\n", Some(2)),
            ("[profile x#y]\nregion = a\n", Some(1)),
            ("region = a\n", Some(1)),
            ("[default]\n= a\n", Some(2)),
            ("\u{feff}[default]\nregion = a\n", Some(1)),
        ] {
            let refused = Dialect::Java.refuses(text, FileKind::Config);
            assert_eq!(refused.map(|(line, _)| line), line, "{text:?}");
        }
    }

    #[test]
    fn a_default_with_its_prefix_counts_before_the_other_but_to_botocore() {
        for text in
            ["[profile default]\na = 1\n[default]\na = 2\n", "[default]\na = 2\n[profile default]\na = 1\n"]
        {
            for dialect in [Dialect::Go, Dialect::JavaScript, Dialect::Java] {
                assert_eq!(
                    read(Some(dialect), text, FileKind::Config),
                    ["default a=1"],
                    "{dialect:?} {text}"
                );
            }
        }
    }

    #[test]
    fn parsers_differ_where_their_sources_do() {
        type Case = (&'static str, &'static str, &'static str, &'static str);
        let cases: [Case; 9] = [
            ("[default]\nregion = a # c", "default region=a # c", "default region=a", "default region=a"),
            ("[default]\nregion: a", "default region=a", "default region=a", ""),
            ("[profile \"two words\"]\nregion = a", "two words region=a", "\"two words\" region=a", ""),
            ("[profile 'dev']\nregion = a", "dev region=a", "'dev' region=a", "dev region=a"),
            ("[profile x#y]\nregion = a", "x#y region=a", "", ""),
            ("[ profile dev ]\nregion = a", "", "dev region=a", ""),
            ("[default]\nregion = 'a'", "default region='a'", "default region=a", "default region='a'"),
            (
                "[default]\noutput = a\n  region = b",
                "default output=a\nregion = b",
                "default output=a|default region=b",
                "default output=a|default region=b",
            ),
            ("  [default]\n  region = a", "default region=a", "default region=a", "default region=a"),
        ];
        for (text, botocore, go, javascript) in cases {
            let all = [None, Some(Dialect::Go), Some(Dialect::JavaScript)]
                .map(|dialect| read(dialect, text, FileKind::Config).join("|"));
            assert_eq!(all, [botocore, go, javascript], "{text}");
        }
    }
}
