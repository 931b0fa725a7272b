//! How each client's own parser reads AWS's files. They agree on plain files only: about
//! comments behind values, quotes, indents and names each has rules of its own.

use awsesame_core::aws_files::reading::{FileKind, Reading, SectionName, Value};

/// The client whose parser is imitated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialect {
    /// The AWS CLI and boto3.
    Botocore,
    /// The SDK for Go, version 2 (`config/internal/ini`).
    Go,
    /// The SDK for JavaScript, version 3 (`shared-ini-file-loader`).
    JavaScript,
}

/// A setting of a profile as a parser reads it.
pub(super) struct Read {
    pub(super) profile: String,
    /// None for a profile alone, which is there without any setting.
    pub(super) setting: Option<(String, String)>,
    /// Its line, counted from one.
    pub(super) line: usize,
}

impl Dialect {
    pub(super) fn read(self, text: &str, kind: FileKind) -> Vec<Read> {
        match self {
            Self::Botocore => botocore(text, kind),
            Self::Go => go(text, kind),
            Self::JavaScript => javascript(text, kind),
        }
    }
}

fn botocore(text: &str, kind: FileKind) -> Vec<Read> {
    let mut all = Vec::new();
    for section in Reading::of(text, kind).sections() {
        let SectionName::Profile(profile) = &section.name else { continue };
        all.push(Read { profile: profile.clone(), setting: None, line: 0 });
        for setting in &section.settings {
            let value = match &setting.value {
                Value::Text(value) => value.to_string(),
                Value::Nested(_) => String::new(),
            };
            let (profile, setting, line) =
                (profile.clone(), Some((setting.key.clone(), value)), setting.line);
            all.push(Read { profile, setting, line });
        }
    }
    all
}

const GO_BLANKS: [char; 2] = [' ', '\t'];

fn go(text: &str, kind: FileKind) -> Vec<Read> {
    let mut all: Vec<Read> = Vec::new();
    let mut section: Option<String> = None;
    // The setting that an indented line may belong to, and whether it has a value.
    let mut above: Option<bool> = None;
    for (line, number) in text.split('\n').zip(1..) {
        let bare = line.trim_start_matches(GO_BLANKS);
        if line.trim().is_empty() || bare.starts_with(['#', ';']) {
            continue;
        }
        let head = line.split(['#', ';']).next().unwrap_or_default().trim();
        if let Some(name) = head.strip_prefix('[').and_then(|head| head.strip_suffix(']')) {
            section = go_profile(name.trim(), kind);
            above = None;
            if let Some(profile) = section.clone() {
                all.push(Read { profile, setting: None, line: number });
            }
            continue;
        }
        let indented = line.starts_with(GO_BLANKS);
        let split = |text: &str| {
            let (key, value) = text.split_once(['=', ':'])?;
            let value = value.trim();
            let quoted = |quote| value.strip_prefix(quote)?.strip_suffix(quote);
            let value = quoted('\'').or_else(|| quoted('"')).unwrap_or(value);
            Some((key.trim().to_lowercase(), value.to_owned()))
        };
        let setting = if indented && above == Some(false) { None } else { split(before_comment(line)) };
        if let (Some((key, value)), Some(profile)) = (setting, section.clone()) {
            above = Some(!value.is_empty());
            all.push(Read { profile, setting: Some((key, value)), line: number });
        }
    }
    all
}

/// A line without the comment behind a value.
fn before_comment(line: &str) -> &str {
    let ends = [" #", " ;", "\t#", "\t;"].into_iter().filter_map(|comment| line.find(comment));
    ends.min().map_or(line, |at| &line[..at])
}

fn go_profile(name: &str, kind: FileKind) -> Option<String> {
    let (prefix, rest) = match name.split_once(GO_BLANKS) {
        Some((prefix, rest)) => (Some(prefix), rest.trim_start_matches(GO_BLANKS)),
        None => (None, name),
    };
    let is_profile = match (kind, prefix) {
        (FileKind::Config, Some(prefix)) => prefix == "profile",
        (FileKind::Config, None) => rest.eq_ignore_ascii_case("default"),
        (FileKind::Credentials, prefix) => prefix != Some("profile"),
    };
    let whole = if kind == FileKind::Config { rest.to_owned() } else { name.to_owned() };
    is_profile.then_some(whole)
}

fn javascript(text: &str, kind: FileKind) -> Vec<Read> {
    let mut all = Vec::new();
    let mut section: Option<String> = None;
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
            let setting = Some((key.to_owned(), value.to_owned()));
            all.push(Read { profile: profile.clone(), setting, line: number });
        }
    }
    all
}

/// A line up to a comment, which begins the line or has a blank before it.
fn javascript_comment(line: &str) -> &str {
    let mut blank = true;
    for (at, c) in line.char_indices() {
        if blank && (c == '#' || c == ';') {
            return &line[..at];
        }
        blank = c.is_whitespace();
    }
    line
}

fn javascript_profile(name: &str, kind: FileKind) -> Option<String> {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    let typed = name.split_once(char::is_whitespace).and_then(|(prefix, rest)| {
        let quoted = |quote| rest.strip_prefix(quote)?.strip_suffix(quote);
        let inside = quoted('\'').or_else(|| quoted('"')).unwrap_or(rest);
        let named = !inside.is_empty() && inside.chars().all(|c| word(c) || "@+.%:/".contains(c));
        (!prefix.is_empty() && prefix.chars().all(word) && named).then_some((prefix, inside))
    });
    match (kind, typed) {
        (FileKind::Config, Some((prefix, inside))) => (prefix == "profile").then(|| inside.to_owned()),
        (FileKind::Config, None) => (name == "default").then(|| name.to_owned()),
        (FileKind::Credentials, Some((prefix, inside))) => {
            // What it keeps of such a head is `profile.NAME`, which nobody asks for.
            ["profile", "sso-session", "services"].contains(&prefix).then(|| format!("{prefix}.{inside}"))
        }
        (FileKind::Credentials, None) => Some(name.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(dialect: Dialect, text: &str, kind: FileKind) -> Vec<String> {
        let shown = |read: Read| {
            let (key, value) = read.setting?;
            Some(format!("{} {key}={value}", read.profile))
        };
        dialect.read(text, kind).into_iter().filter_map(shown).collect()
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
            let all = [Dialect::Botocore, Dialect::Go, Dialect::JavaScript]
                .map(|dialect| read(dialect, text, FileKind::Config).join("|"));
            assert_eq!(all, [botocore, go, javascript], "{text}");
        }
    }
}
