//! Editing `~/.aws/config` and `~/.aws/credentials` line by line: what is not
//! taken out or put in stays byte for byte. Text in, text out; only what AWS's own
//! parser accepted may be edited, because this module never complains.
//!
//! Lines mean here what they mean to that parser (`aws-runtime`'s `env_config`): a
//! line that begins with a blank continues the setting before it, also across
//! empty lines and comments, and is no setting of its own; so it goes where that goes.

#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, HashMap, HashSet};

use crate::name::ProfileName;

/// Which of the two files: they name their profiles differently.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// `~/.aws/config`: `[default]` and `[profile NAME]`.
    Config,
    /// `~/.aws/credentials`: `[NAME]`.
    Credentials,
}

/// What AWS's parser takes for a blank.
const BLANKS: &[char] = &[' ', '\t'];
/// What begins a comment.
const COMMENT: &[char] = &['#', ';'];

/// A file as its lines.
#[derive(Debug, Clone)]
pub struct AwsFile<'a> {
    kind: FileKind,
    lines: Vec<Line<'a>>,
}

/// One line with its end.
#[derive(Debug, Clone, Copy)]
struct Line<'a> {
    text: &'a str,
    means: Means<'a>,
}

#[derive(Debug, Clone, Copy)]
enum Means<'a> {
    /// The head of a section; of a profile's where there is a name.
    Head(Option<&'a str>),
    /// A setting, and what stands behind its `=` on this line.
    Setting { key: &'a str, value: &'a str },
    /// A line that continues the setting before it.
    More,
    /// An empty line, a comment, or what no parser reads.
    Nothing,
}

/// What becomes of one profile's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The settings that go, in lower case.
    pub without: Vec<&'static str>,
    /// The settings that stand in their place, each with its value.
    pub with: Vec<(&'static str, String)>,
}

impl<'a> AwsFile<'a> {
    /// Reads a file. A byte order mark in front is kept and means nothing.
    pub fn read(text: &'a str, kind: FileKind) -> Self {
        let mut lines = Vec::new();
        let mut first = true;
        for text in text.split_inclusive('\n') {
            let bare = if std::mem::take(&mut first) { without_mark(text) } else { text };
            let bare = bare.strip_suffix('\n').unwrap_or(bare);
            let bare = bare.strip_suffix('\r').unwrap_or(bare);
            lines.push(Line { text, means: meaning(bare, kind) });
        }
        Self { kind, lines }
    }

    /// The profiles that have a section here, each once, in order.
    pub fn profiles(&self) -> Vec<ProfileName> {
        let mut known = HashSet::new();
        let heads = self.lines.iter().filter_map(|line| match line.means {
            Means::Head(name) => name,
            _ => None,
        });
        heads.filter(|name| known.insert(*name)).map(ProfileName::new).collect()
    }

    /// Everything that a profile's sections set `key` to, the overridden too.
    pub fn values(&self, profile: &ProfileName, key: &str) -> Vec<&'a str> {
        let mut section = None;
        let mut values = Vec::new();
        for line in &self.lines {
            match line.means {
                Means::Head(name) => section = name,
                Means::Setting { key: found, value }
                    if section == Some(profile.as_str()) && found.eq_ignore_ascii_case(key) =>
                {
                    values.push(value);
                }
                _ => {}
            }
        }
        values
    }

    /// Every setting of every profile in order: whose, its name, its value, and its line.
    pub fn settings(&self) -> impl Iterator<Item = (&'a str, &'a str, &'a str, usize)> {
        let mut section = None;
        self.lines.iter().zip(1..).filter_map(move |(line, number)| match line.means {
            Means::Head(name) => {
                section = name;
                None
            }
            Means::Setting { key, value } => Some((section?, key, value, number)),
            Means::More | Means::Nothing => None,
        })
    }

    /// The text with the profiles changed as `change` says. What is put in stands
    /// where the first setting went out, else below the head of the profile's first
    /// section; a profile that has no section here gets none.
    pub fn changed(&self, mut change: impl FnMut(&ProfileName) -> Change) -> String {
        let changes: Vec<(ProfileName, Change)> = self
            .profiles()
            .into_iter()
            .map(|name| {
                let change = change(&name);
                (name, change)
            })
            .collect();
        let places: HashMap<&str, usize> =
            changes.iter().enumerate().map(|(at, (name, _))| (name.as_str(), at)).collect();
        let mut text = String::new();
        let mut edited = vec![false; changes.len()];
        let mut index = 0;
        while index < self.lines.len() {
            let end = self.section_end(index);
            let section = &self.lines[index..end];
            let at = match section[0].means {
                Means::Head(Some(name)) => places.get(name).copied(),
                _ => None,
            };
            match at {
                Some(at) => {
                    let first = !std::mem::replace(&mut edited[at], true);
                    self.change_section(section, &changes[at].1, first, &mut text);
                }
                None => section.iter().for_each(|line| text.push_str(line.text)),
            }
            index = end;
        }
        text
    }

    /// The text with single values of profiles' settings exchanged, and nothing else: what
    /// stands around a value stays, the comment behind it too. `value` is asked for each,
    /// the overridden ones included.
    pub fn exchanged<'v>(&self, mut value: impl FnMut(&str, &str, &str) -> Option<&'v str>) -> String {
        let mut section = None;
        let mut text = String::new();
        for line in &self.lines {
            let mut new = None;
            match line.means {
                Means::Head(name) => section = name,
                Means::Setting { key, value: old } => {
                    new = section.and_then(|profile| value(profile, key, old)).map(|new| (old, new));
                }
                _ => {}
            }
            match new {
                Some((old, new)) => {
                    // What was read is a part of the line, so where it stands is known.
                    let at = old.as_ptr() as usize - line.text.as_ptr() as usize;
                    text.push_str(&line.text[..at]);
                    text.push_str(new);
                    text.push_str(&line.text[at + old.len()..]);
                }
                None => text.push_str(line.text),
            }
        }
        text
    }

    /// The text with one profile's settings set, in a new section at the end where it has none.
    pub fn with(&self, profile: &ProfileName, settings: &[(&'static str, String)]) -> String {
        self.with_all(&[(profile.clone(), settings.to_vec())])
    }

    /// The same for many profiles at once, in one pass.
    pub fn with_all(&self, profiles: &[(ProfileName, Vec<(&'static str, String)>)]) -> String {
        let known: HashSet<ProfileName> = self.profiles().into_iter().collect();
        let (there, new): (Vec<_>, Vec<_>) = profiles.iter().partition(|(name, _)| known.contains(name));
        let there: HashMap<&ProfileName, &Vec<(&'static str, String)>> =
            there.into_iter().map(|(name, settings)| (name, settings)).collect();
        let mut text = if there.is_empty() {
            self.lines.iter().map(|line| line.text).collect()
        } else {
            self.changed(|name| match there.get(name) {
                Some(settings) => Change {
                    without: settings.iter().map(|(key, _)| *key).collect(),
                    with: (*settings).clone(),
                },
                None => Change::default(),
            })
        };
        let end = self.line_end();
        let mut written = without_mark(&text).chars().any(|c| !c.is_whitespace());
        for (profile, settings) in new {
            if std::mem::replace(&mut written, true) {
                if !text.ends_with('\n') {
                    text.push_str(end);
                }
                text.push_str(end);
            }
            text.push_str(&head(profile, self.kind));
            text.push_str(end);
            for (key, value) in settings {
                text.push_str(&setting(key, value, end));
            }
        }
        text
    }

    /// Returns the text without the sections of some profiles. Comments and empty lines at the end of a
    /// section belong to what follows, and stay.
    pub fn without(&self, profiles: &BTreeSet<ProfileName>) -> String {
        let mut text = String::new();
        let mut index = 0;
        while index < self.lines.len() {
            let end = self.section_end(index);
            let section = &self.lines[index..end];
            let goes = match section[0].means {
                Means::Head(Some(name)) => profiles.contains(&ProfileName::new(name)),
                _ => false,
            };
            let last =
                section.iter().rposition(|line| !matches!(line.means, Means::Nothing)).map_or(0, |at| at + 1);
            let kept = if goes { &section[last..] } else { section };
            text.extend(kept.iter().map(|line| line.text));
            index = end;
        }
        text
    }

    /// Where the section that begins at a line ends.
    fn section_end(&self, start: usize) -> usize {
        let next = self.lines[start + 1..].iter().position(|line| matches!(line.means, Means::Head(_)));
        next.map_or(self.lines.len(), |next| start + 1 + next)
    }

    fn change_section(&self, section: &[Line<'a>], change: &Change, first: bool, text: &mut String) {
        let goes = |line: &Line<'_>| match line.means {
            Means::Setting { key, .. } => change.without.iter().any(|known| key.eq_ignore_ascii_case(known)),
            _ => false,
        };
        // In a later section of the same profile nothing is put in twice.
        let mut place =
            (first && !change.with.is_empty()).then(|| section.iter().position(goes).unwrap_or(1));
        let mut going = false;
        for (index, line) in section.iter().enumerate() {
            if place == Some(index) {
                place = None;
                self.put_in(change, text);
            }
            match line.means {
                Means::Setting { .. } => going = goes(line),
                Means::More if going => continue,
                _ => {}
            }
            if !(matches!(line.means, Means::Setting { .. }) && going) {
                text.push_str(line.text);
            }
        }
        if place.is_some() {
            self.put_in(change, text);
        }
    }

    fn put_in(&self, change: &Change, text: &mut String) {
        let end = self.line_end();
        if !text.is_empty() && !text.ends_with('\n') {
            text.push_str(end);
        }
        for (key, value) in &change.with {
            text.push_str(&setting(key, value, end));
        }
    }

    /// The line ends of this file: those of its first line.
    fn line_end(&self) -> &'static str {
        match self.lines.first() {
            Some(line) if line.text.ends_with("\r\n") => "\r\n",
            _ => "\n",
        }
    }
}

/// The text without a byte order mark, which some editors put in front.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

fn setting(key: &str, value: &str, end: &str) -> String {
    format!("{key} = {value}{end}")
}

/// The head of a profile's section.
fn head(profile: &ProfileName, kind: FileKind) -> String {
    match (kind, profile.as_str()) {
        (FileKind::Config, name) if name != ProfileName::DEFAULT => format!("[profile {name}]"),
        (_, name) => format!("[{name}]"),
    }
}

/// What a line without its end means.
fn meaning(line: &str, kind: FileKind) -> Means<'_> {
    if line.trim_matches(BLANKS).is_empty() || line.starts_with(COMMENT) {
        return Means::Nothing;
    }
    if line.starts_with('[') {
        return Means::Head(profile_of(line, kind));
    }
    if line.starts_with(BLANKS) {
        return Means::More;
    }
    match before_comment(line).split_once('=') {
        Some((key, value)) => {
            Means::Setting { key: key.trim_matches(BLANKS), value: value.trim_matches(BLANKS) }
        }
        None => Means::Nothing,
    }
}

/// A setting's line without the comment behind it, which a blank parts from the value.
fn before_comment(line: &str) -> &str {
    let mut blank_before = false;
    for (at, c) in line.char_indices() {
        if blank_before && COMMENT.contains(&c) {
            return &line[..at];
        }
        blank_before = c.is_whitespace();
    }
    line
}

/// The profile that a head names: none where AWS's tools see no profile in it.
fn profile_of(line: &str, kind: FileKind) -> Option<&str> {
    let head = line.split(COMMENT).next().unwrap_or_default();
    let inside = head.trim_matches(BLANKS).strip_prefix('[')?.strip_suffix(']')?.trim_matches(BLANKS);
    let (prefix, name) = match inside.split_once(BLANKS) {
        Some((prefix, name)) => (Some(prefix.trim()), name.trim()),
        None => (None, inside.trim()),
    };
    let known = match (kind, prefix) {
        (FileKind::Config, Some(prefix)) => prefix == "profile",
        (FileKind::Config, None) => name == ProfileName::DEFAULT,
        (FileKind::Credentials, prefix) => prefix.is_none(),
    };
    (known && is_read_by_sdks(name)).then_some(name)
}

/// Whether AWS's SDKs read a profile of that name; the AWS CLI reads others too.
pub fn is_read_by_sdks(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c))
}
