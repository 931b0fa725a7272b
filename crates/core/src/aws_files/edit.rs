//! Edits `~/.aws/config` and `~/.aws/credentials` line by line. Every line that is not changed stays the same to the
//! byte. No file is read or written here.
//!
//! A line has the meaning that it has to botocore (`lines.rs`): a line that is indented deeper than the setting before
//! it continues that setting, also across empty lines and comments. So it is removed or moved together with that
//! setting.

#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::lines::{self, Means};
pub use super::reading::FileKind;
use super::reading::{SectionName, section_name};
use super::words;
use crate::name::ProfileName;

/// A file as its lines.
#[derive(Debug, Clone)]
pub struct AwsFile<'a> {
    kind: FileKind,
    lines: Vec<Line<'a>>,
}

/// One line with its end.
#[derive(Debug, Clone)]
struct Line<'a> {
    text: &'a str,
    means: Means<'a>,
    /// The profile of the section that contains the line.
    profile: Option<Rc<ProfileName>>,
}

/// The change to one profile's settings.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Change {
    /// The settings to remove, in lower case.
    pub without: Cow<'static, [&'static str]>,
    /// The new settings with their values.
    pub with: Vec<(&'static str, String)>,
}

impl<'a> AwsFile<'a> {
    /// Reads a file. A byte order mark in front is kept and means nothing.
    pub fn read(text: &'a str, kind: FileKind) -> Self {
        let mut profile = None;
        let lines = lines::read(text).into_iter().map(|line| {
            if let Means::Head(head) = line.means {
                profile = profile_of(head, kind).map(Rc::new);
            }
            let means = match line.means {
                Means::Setting { key, value } => {
                    Means::Setting { key, value: lines::without_comment(key, value) }
                }
                means => means,
            };
            Line { text: line.text, means, profile: profile.clone() }
        });
        Self { kind, lines: lines.collect() }
    }

    /// Returns the profiles that have a section here, each once, in order.
    pub fn profiles(&self) -> Vec<ProfileName> {
        let mut known = HashSet::new();
        let heads = self.lines.iter().filter(|line| matches!(line.means, Means::Head(_)));
        let named = heads.filter_map(|line| line.profile.as_deref());
        named.filter(|name| known.insert(*name)).cloned().collect()
    }

    /// Returns all values of `key` in the sections of a profile, including overridden ones: the first line of each.
    pub fn values(&self, profile: &ProfileName, key: &str) -> Vec<&'a str> {
        let values = self.lines.iter().filter_map(|line| match line.means {
            Means::Setting { key: found, value }
                if line.profile.as_deref() == Some(profile) && is_named(found, key) =>
            {
                Some(value)
            }
            _ => None,
        });
        values.collect()
    }

    /// Returns the text with the profiles changed as `change` says. New settings are written where the first setting
    /// was removed, or else below the head of the first section of the profile. A profile without a section in this
    /// file stays without one.
    pub fn changed(&self, mut change: impl FnMut(&ProfileName) -> Change) -> String {
        let changes: BTreeMap<ProfileName, Change> = self
            .profiles()
            .into_iter()
            .map(|name| {
                let change = change(&name);
                (name, change)
            })
            .collect();
        let places = self.places();
        let mut text = String::new();
        let mut index = 0;
        while index < self.lines.len() {
            let end = self.section_end(index);
            let section = &self.lines[index..end];
            match section[0].profile.as_deref().and_then(|name| changes.get(name)) {
                Some(change) => {
                    let first = places.contains(&index);
                    self.change_section(section, change, (first, self.lines.get(end)), &mut text);
                }
                None => section.iter().for_each(|line| text.push_str(line.text)),
            }
            index = end;
        }
        text
    }

    /// Returns the lines of the headings below which new settings are put: one for each profile. If two spellings of a
    /// heading name the same profile, only the sections of the later one count.
    fn places(&self) -> HashSet<usize> {
        let mut spellings: HashSet<&str> = HashSet::new();
        let mut places: BTreeMap<&ProfileName, usize> = BTreeMap::new();
        for (index, line) in self.lines.iter().enumerate() {
            if let (Means::Head(head), Some(profile)) = (line.means, &line.profile)
                && spellings.insert(head)
            {
                places.insert(profile, index);
            }
        }
        places.into_values().collect()
    }

    /// Returns every setting of every profile in order: the profile, the name, and the part of the value on the first
    /// line.
    pub fn settings(&self) -> impl Iterator<Item = (&ProfileName, &'a str, &'a str)> {
        self.lines.iter().filter_map(|line| match (line.means, line.profile.as_deref()) {
            (Means::Setting { key, value }, Some(profile)) => Some((profile, key, value)),
            _ => None,
        })
    }

    /// Returns the text with single values replaced. The text around a value stays, also a comment after it. `value` is
    /// called for each setting, also for those that a later one overrides.
    pub fn exchanged<'v>(&self, mut value: impl FnMut(&str, &str, &str) -> Option<&'v str>) -> String {
        let mut text = String::new();
        for line in &self.lines {
            let new = match (line.means, &line.profile) {
                (Means::Setting { key, value: old }, Some(profile)) => {
                    value(profile.as_str(), key, old).map(|new| (old, new))
                }
                _ => None,
            };
            match new {
                Some((old, new)) => {
                    // The value is a slice of the line, so its position is the difference of the pointers.
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

    /// Returns the text without any line that some parser could read as one of these settings, in every section and at
    /// every indentation.
    pub fn scrubbed(&self, settings: &[&str]) -> String {
        let mut text = String::new();
        let mut going = false;
        for line in &self.lines {
            let is_one = match lines::trim(without_mark(line.text)).split_once(['=', ':']) {
                Some((key, _)) => settings.iter().any(|known| is_named(lines::trim(key), known)),
                None => false,
            };
            match line.means {
                Means::Setting { .. } | Means::Head(_) => going = is_one,
                Means::More(_) | Means::Blank | Means::Nothing => {}
            }
            if !(is_one || going && matches!(line.means, Means::More(_))) {
                text.push_str(line.text);
            }
        }
        text
    }

    /// Returns the text with settings of one profile set. A profile without a section gets a new one at the end.
    pub fn with(&self, profile: &ProfileName, settings: &[(&'static str, String)]) -> String {
        self.with_all(&[(profile.clone(), settings.to_vec())])
    }

    /// Returns the text with the settings of many profiles set, in one pass.
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
                if !text.ends_with(['\n', '\r']) {
                    text.push_str(end);
                }
                text.push_str(end);
            }
            text.push_str(&head(profile, self.kind));
            text.push_str(end);
            for (key, value) in settings {
                text.push_str(&setting("", key, value, end));
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
            let head = matches!(section[0].means, Means::Head(_));
            let goes = head && section[0].profile.as_deref().is_some_and(|name| profiles.contains(name));
            let says = |line: &Line<'_>| !matches!(line.means, Means::Nothing | Means::Blank);
            let last = section.iter().rposition(says).map_or(0, |at| at + 1);
            let kept = if goes { &section[last..] } else { section };
            text.extend(kept.iter().map(|line| line.text));
            index = end;
        }
        text
    }

    /// Returns the end of the section that begins at a line.
    fn section_end(&self, start: usize) -> usize {
        let next = self.lines[start + 1..].iter().position(|line| matches!(line.means, Means::Head(_)));
        next.map_or(self.lines.len(), |next| start + 1 + next)
    }

    /// Changes one section. If `first` is true, new settings are added to it. `next` is the heading after the section.
    fn change_section(
        &self,
        section: &[Line<'a>],
        change: &Change,
        (first, next): (bool, Option<&Line<'a>>),
        text: &mut String,
    ) {
        let goes = |line: &Line<'_>| match line.means {
            Means::Setting { key, .. } => change.without.iter().any(|known| is_named(key, known)),
            _ => false,
        };
        // In a later section of the same profile nothing is put in twice.
        let mut place =
            (first && !change.with.is_empty()).then(|| section.iter().position(goes).unwrap_or(1));
        // The new setting has the same indent as the setting or heading below it. With a smaller indent, that line
        // would be read as its continuation.
        let below = section.get(place.unwrap_or_default()..).unwrap_or_default();
        let setting = below.iter().find(|line| matches!(line.means, Means::Setting { .. }));
        let depth = setting.or(next).map_or("", indent);
        let mut going = false;
        for (index, line) in section.iter().enumerate() {
            if place == Some(index) {
                place = None;
                self.put_in(change, depth, text);
            }
            match line.means {
                Means::Setting { .. } => going = goes(line),
                Means::More(_) if going => continue,
                _ => {}
            }
            if !(matches!(line.means, Means::Setting { .. }) && going) {
                text.push_str(line.text);
            }
        }
        if place.is_some() {
            self.put_in(change, depth, text);
        }
    }

    fn put_in(&self, change: &Change, depth: &str, text: &mut String) {
        let end = self.line_end();
        if !text.is_empty() && !text.ends_with(['\n', '\r']) {
            text.push_str(end);
        }
        for (key, value) in &change.with {
            text.push_str(&setting(depth, key, value, end));
        }
    }

    /// Returns the line ends of this file: those of its first line.
    fn line_end(&self) -> &'static str {
        match self.lines.first() {
            Some(line) if line.text.ends_with("\r\n") => "\r\n",
            _ => "\n",
        }
    }
}

/// Splits a text into the settings at its beginning, which belong to the section before the text, and the rest.
/// Comments and empty lines belong to the rest.
pub fn settings_in_front(text: &str) -> (String, Cow<'_, str>) {
    const HEAD: &str = "[x]\n";
    let headed = format!("{HEAD}{text}");
    let lines = lines::read(&headed);
    let (mut settings, mut rest) = (String::new(), String::new());
    let mut lines = lines.iter().skip(1);
    for line in lines.by_ref() {
        match line.means {
            Means::Head(_) => {
                rest.push_str(line.text);
                break;
            }
            Means::Setting { .. } | Means::More(_) => settings.push_str(line.text),
            Means::Blank | Means::Nothing => rest.push_str(line.text),
        }
    }
    rest.extend(lines.map(|line| line.text));
    if settings.is_empty() {
        return (settings, Cow::Borrowed(text));
    }
    if !settings.ends_with(['\n', '\r']) {
        settings.push('\n');
    }
    (settings, Cow::Owned(rest))
}

/// Returns the text without a byte order mark, which some editors put in front.
pub fn without_mark(text: &str) -> &str {
    text.strip_prefix('\u{feff}').unwrap_or(text)
}

/// Returns the indent of a line.
fn indent<'a>(line: &Line<'a>) -> &'a str {
    let text = without_mark(line.text);
    &text[..text.len() - text.trim_start_matches(lines::is_blank).len()]
}

fn is_named(key: &str, name: &str) -> bool {
    // A file may have a million settings. Only those that are not ASCII need more than a look at their lengths.
    key.eq_ignore_ascii_case(name)
        || !(key.is_ascii() && name.is_ascii()) && key.to_lowercase() == name.to_lowercase()
}

fn setting(depth: &str, key: &str, value: &str, end: &str) -> String {
    format!("{depth}{key} = {value}{end}")
}

/// Returns the heading of a profile's section.
fn head(profile: &ProfileName, kind: FileKind) -> String {
    match (kind, profile.as_str()) {
        (FileKind::Config, name) if name != ProfileName::DEFAULT => {
            format!("[profile {}]", words::quoted(name))
        }
        (_, name) => format!("[{name}]"),
    }
}

/// Returns the profile that a heading names. Returns None if the AWS CLI reads no profile in it.
fn profile_of(head: &str, kind: FileKind) -> Option<ProfileName> {
    match section_name(head, kind)? {
        SectionName::Profile(name) if head != lines::INHERITED => Some(ProfileName::new(name)),
        _ => None,
    }
}

/// Returns true if AWS's SDKs read a profile of that name; the AWS CLI reads others too.
pub fn is_read_by_sdks(name: &str) -> bool {
    name.chars().all(|c| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c))
}
