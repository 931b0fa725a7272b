//! The dialects of AWS's files, one for each client's own parser. The parsers agree on plain files only: they differ
//! about comments behind values, quotes, indents and names.

use std::borrow::Cow;

use awsesame_core::aws_files::reading::{FileKind, Reading, SectionName, Value};

/// A client whose parser is imitated. The AWS CLI and boto3 read as [`Reading`] does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The SDK for Go, version 2 (`config/internal/ini`).
    Go,
    /// The SDK for JavaScript, version 3 (`shared-ini-file-loader`).
    JavaScript,
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
            Self::Go => go(text, kind, take),
            Self::JavaScript => javascript(text, kind, take),
        }
    }
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

fn go(text: &str, kind: FileKind, take: &mut dyn FnMut(Read<'_>)) {
    let mut section: Option<&str> = None;
    // The setting that an indented line may continue, and whether it has a value.
    let mut above: Option<bool> = None;
    for (line, number) in text.split('\n').zip(1..) {
        let bare = line.trim_start_matches(GO_BLANKS);
        if line.trim().is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        let head =
            if may_have_comment(line) { line.split(['#', ';']).next().unwrap_or_default() } else { line };
        let head = head.trim();
        if let Some(name) = head.strip_prefix('[').and_then(|head| head.strip_suffix(']')) {
            section = go_profile(name.trim(), kind);
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

/// The name and the value of a setting, without quotes around the value.
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

fn javascript(text: &str, kind: FileKind, take: &mut dyn FnMut(Read<'_>)) {
    let mut section: Option<Cow<'_, str>> = None;
    let mut nested = false;
    for (line, number) in text.split('\n').zip(1..) {
        let line = line.strip_suffix('\r').unwrap_or(line);
        let bare = javascript_comment(line).trim();
        if let Some(name) = bare.strip_prefix('[').and_then(|bare| bare.strip_suffix(']')) {
            section = javascript_profile(name, kind);
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The settings that a parser reads: botocore's if no other is named.
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
