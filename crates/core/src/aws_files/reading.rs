//! Reads one of AWS's files as botocore does: its sections, their settings, and the profile that each section defines.
//! If botocore would reject the whole file, the flaws give the reason, and only the sections that contain them are
//! ignored.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::fmt;

use zeroize::Zeroizing;

pub use super::lines::Flaw;
use super::lines::{self, INHERITED, Line, Means};
use super::{few, words};

/// One of AWS's two files, which have different names for sections of profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileKind {
    /// The file `~/.aws/config`, in which profiles are sections `[default]` and `[profile NAME]`.
    Config,
    /// The file `~/.aws/credentials`, in which profiles are sections `[NAME]`.
    Credentials,
}

/// The parsed content of a file.
#[derive(Debug, Default)]
pub struct Reading {
    sections: Vec<Section>,
    flaws: Vec<Flawed>,
}

/// A section of the file.
#[derive(Debug)]
pub struct Section {
    /// The type and the name of the section.
    pub name: SectionName,
    /// The settings of the section, including those of `[DEFAULT]`.
    pub settings: Vec<Setting>,
    /// The flaw because of which the settings are not reliable, if there is one.
    pub spoiled: Option<Flawed>,
}

impl Section {
    /// Returns the text of a setting and its line. Returns None if the setting is missing or empty.
    pub fn text(&self, key: &str) -> Option<(&str, usize)> {
        let setting = self.settings.iter().find(|setting| setting.key == key)?;
        match &setting.value {
            Value::Text(text) if !text.is_empty() => Some((text, setting.line)),
            Value::Text(_) | Value::Nested(_) => None,
        }
    }
}

/// The kind and name of a section.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum SectionName {
    /// A section that defines a profile.
    Profile(String),
    /// A section `[services NAME]`.
    Services(String),
    /// A section `[sso-session NAME]`.
    SsoSession(String),
    /// Any other section, with its name as it is written.
    Other(String),
}

/// A setting of a section.
#[derive(Debug, Clone)]
pub struct Setting {
    /// The name of the setting in lower case.
    pub key: Cow<'static, str>,
    /// The value of the setting.
    pub value: Value,
    /// The number of the line, counted from one.
    pub line: usize,
}

/// The value of a setting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// A text, which may have several lines.
    Text(Zeroizing<String>),
    /// Nested settings, which are indented below the setting.
    Nested(BTreeMap<String, Zeroizing<String>>),
}

/// The flaw of a line, and the section that it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flawed {
    /// The line, counted from one.
    pub line: usize,
    /// The section as it is written, if there is one.
    pub section: Option<String>,
    /// The flaw of the line.
    pub flaw: Flaw,
}

impl fmt::Display for Flawed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.flaw)
    }
}

impl Reading {
    /// Parses the text of a file.
    pub fn of(text: &str, kind: FileKind) -> Self {
        Self::without(text, kind, &BTreeSet::new())
    }

    /// Parses a file that may contain invalid UTF-8. The sections with invalid bytes are not usable.
    pub fn of_bytes(bytes: &[u8], kind: FileKind) -> Self {
        if let Ok(text) = std::str::from_utf8(bytes) {
            return Self::of(text, kind);
        }
        let text = Zeroizing::new(String::from_utf8_lossy(bytes).into_owned());
        // Invalid bytes never end a line, so the lines are the same.
        let no_text = lines::split(&text).zip(1..).filter(|(line, _)| line.contains('\u{fffd}'));
        let spoiled = no_text.map(|(_, number)| number).collect();
        Self::without(&text, kind, &spoiled)
    }

    fn without(text: &str, kind: FileKind, no_text: &BTreeSet<usize>) -> Self {
        let mut builder = Builder::default();
        for (line, number) in lines::each(text).zip(1..) {
            builder.take(&line, number);
            if no_text.contains(&number) {
                builder.flaw(number, Flaw::NotText);
            }
        }
        builder.finish(kind)
    }

    /// Returns the sections that count, in order. If two headings name the same profile, only the later one counts.
    pub fn sections(&self) -> &[Section] {
        &self.sections
    }

    /// Returns the reasons why botocore rejects the file. Empty if it accepts the file.
    pub fn flaws(&self) -> &[Flawed] {
        &self.flaws
    }
}

/// Returns the names of the profiles in a file. It is used for completions, and does not parse the settings.
pub fn profile_names(bytes: &[u8], kind: FileKind) -> BTreeSet<String> {
    names_in(&String::from_utf8_lossy(bytes), kind)
}

fn names_in<'a>(text: &'a str, kind: FileKind) -> BTreeSet<String> {
    let heads = lines::heads(text).unwrap_or_else(|| {
        let head = |line: Line<'a>| match line.means {
            Means::Head(head) => Some(head),
            _ => None,
        };
        lines::each(text).filter_map(head).collect()
    });
    let heads = heads.into_iter().filter(|head| *head != INHERITED);
    let heads = heads.filter_map(|head| section_name(head, kind));
    let profile = |name| match name {
        SectionName::Profile(name) => Some(name),
        _ => None,
    };
    heads.filter_map(profile).collect()
}

/// The lines of a value, not yet joined.
struct Raw<'a> {
    key: Cow<'a, str>,
    first: &'a str,
    more: Vec<&'a str>,
    line: usize,
}

/// A setting with its value, if it is valid, and its line.
type Joined = (Cow<'static, str>, Option<Value>, usize);

#[derive(Default)]
struct Builder<'a> {
    sections: Vec<(&'a str, Vec<Raw<'a>>)>,
    by_head: HashMap<&'a str, usize>,
    /// The settings of the sections that have one twice.
    twice: HashMap<usize, HashMap<Cow<'a, str>, usize>>,
    flaws: Vec<Flawed>,
    /// The section that the next setting belongs to.
    at: Option<usize>,
    /// The setting that the next line may continue.
    setting: Option<usize>,
}

impl<'a> Builder<'a> {
    fn take(&mut self, line: &Line<'a>, number: usize) {
        match line.means {
            Means::Head(head) => {
                let next = self.sections.len();
                let at = *self.by_head.entry(head).or_insert(next);
                if at == next {
                    self.sections.push((head, Vec::new()));
                }
                (self.at, self.setting) = (Some(at), None);
            }
            Means::Setting { key, value } => {
                let Some(at) = self.at else { return };
                let settings = &mut self.sections[at].1;
                let raw = Raw { key: lines::lower(key), first: value, more: Vec::new(), line: number };
                // If a setting occurs twice, the later one counts. This is rare, so the positions are noted only from the
                // first duplicate on.
                let known = if line.flaw == Some(Flaw::SettingTwice) {
                    let known = self.twice.entry(at).or_default();
                    for (index, setting) in settings.iter().enumerate().skip(known.len()) {
                        known.insert(setting.key.clone(), index);
                    }
                    known.get(&raw.key).copied()
                } else {
                    None
                };
                self.setting = Some(known.unwrap_or(settings.len()));
                match known {
                    Some(index) => settings[index] = raw,
                    None => settings.push(raw),
                }
            }
            Means::More(text) => self.go_on(text),
            Means::Blank => self.go_on(""),
            Means::Nothing => {}
        }
        if let Some(flaw) = line.flaw {
            // Of the lines above the first section, only one is reported.
            if flaw != Flaw::Headless || !self.flaws.iter().any(|known| known.flaw == flaw) {
                self.flaw(number, flaw);
            }
        }
    }

    fn go_on(&mut self, text: &'a str) {
        if let (Some(at), Some(setting)) = (self.at, self.setting) {
            self.sections[at].1[setting].more.push(text);
        }
    }

    fn flaw(&mut self, line: usize, flaw: Flaw) {
        let section = self.at.and_then(|at| self.sections.get(at)).map(|(head, _)| (*head).to_owned());
        self.flaws.push(Flawed { line, section, flaw });
    }

    fn finish(mut self, kind: FileKind) -> Reading {
        let (mut read, mut inherited): (Vec<(&str, Vec<Joined>)>, Vec<Joined>) = Default::default();
        for (head, settings) in std::mem::take(&mut self.sections) {
            let joined = settings
                .into_iter()
                .map(|raw| (few::name(&raw.key), joined(raw.first, &raw.more), raw.line))
                .collect();
            if head == INHERITED {
                inherited = joined;
            } else {
                read.push((head, joined));
            }
        }
        for (head, settings) in &mut read {
            if !inherited.is_empty() {
                let own: HashSet<Cow<'static, str>> = settings.iter().map(|(key, ..)| key.clone()).collect();
                settings.extend(inherited.iter().filter(|(key, ..)| !own.contains(key)).cloned());
            }
            let stray = settings.iter().filter(|(_, value, _)| value.is_none());
            let flaw = Flaw::NestedStray;
            self.flaws.extend(stray.map(|(.., line)| Flawed {
                line: *line,
                section: Some((*head).to_owned()),
                flaw,
            }));
        }
        let mut sections: Vec<Section> = Vec::new();
        let heads: Vec<Option<SectionName>> = read.iter().map(|(head, _)| section_name(head, kind)).collect();
        let mut known: HashMap<&SectionName, usize> = HashMap::new();
        let mut spoiled: HashMap<String, Flawed> = HashMap::new();
        for flawed in self.flaws.iter().filter(|flawed| flawed.flaw.spoils()) {
            if let Some(section) = &flawed.section {
                spoiled.entry(section.clone()).or_insert_with(|| flawed.clone());
            }
        }
        for ((head, settings), name) in read.into_iter().zip(&heads) {
            let Some(name) = name else { continue };
            let settings = settings
                .into_iter()
                .filter_map(|(key, value, line)| Some(Setting { key, value: value?, line }))
                .collect();
            let section = Section { name: name.clone(), settings, spoiled: spoiled.remove(head) };
            if let Some(at) = known.get(name) {
                sections[*at] = section;
            } else {
                known.insert(name, sections.len());
                sections.push(section);
            }
        }
        Reading { sections, flaws: self.flaws }
    }
}

/// Returns the value of several lines. If the first line is empty, the others are nested settings. Returns None if one
/// of those is invalid.
fn joined(first: &str, more: &[&str]) -> Option<Value> {
    if more.is_empty() {
        return Some(Value::Text(Zeroizing::new(first.trim_end_matches(lines::is_blank).to_owned())));
    }
    let text = Zeroizing::new([&[first], more].concat().join("\n"));
    let text = Zeroizing::new(text.trim_end_matches(lines::is_blank).to_owned());
    if !text.starts_with('\n') {
        return Some(Value::Text(text));
    }
    let mut nested = BTreeMap::new();
    for line in text.split(ends_a_line).map(lines::trim).filter(|line| !line.is_empty()) {
        let (key, value) = line.split_once('=')?;
        nested.insert(lines::trim(key).to_owned(), Zeroizing::new(lines::trim(value).to_owned()));
    }
    Some(Value::Nested(nested))
}

/// Returns true if Python's `splitlines` treats the character as the end of a line.
fn ends_a_line(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{b}' | '\u{c}' | '\u{1c}'..='\u{1e}' | '\u{85}' | '\u{2028}' | '\u{2029}')
}

/// Returns the kind and name of a section, by its head. `None` if botocore drops it: a profile's head that is not two
/// words.
pub(super) fn section_name(head: &str, kind: FileKind) -> Option<SectionName> {
    if kind == FileKind::Credentials {
        return Some(SectionName::Profile(head.to_owned()));
    }
    // Almost every section head has this form, and there may be a hundred thousand.
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-/.%@:+".contains(c);
    if let Some(name) = head.strip_prefix("profile ")
        && !name.is_empty()
        && name.chars().all(plain)
    {
        return Some(SectionName::Profile(name.to_owned()));
    }
    let second = || {
        let [_, name] = <[String; 2]>::try_from(words::split(head)?).ok()?;
        Some(name)
    };
    if head.starts_with("profile") {
        second().map(SectionName::Profile)
    } else if head.starts_with("sso-session") {
        second().map(SectionName::SsoSession)
    } else if head.starts_with("services") {
        second().map(SectionName::Services)
    } else if head == "default" {
        Some(SectionName::Profile(head.to_owned()))
    } else {
        Some(SectionName::Other(head.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn the_names_alone_are_those_of_the_whole_reading(
            pieces in prop::collection::vec(
                prop::sample::select(vec![
                    "[profile a]", "[profile 'b c']", "[profile a", "[default]", "[ profile d ]", "[e]", "[DEFAULT]",
                    "[sso-session s]", "[services t]", "[profile]", "[profile x y]", "region = r", " nested = n", "# c",
                    "\n", "\n", "\n", "\r\n", "\u{feff}", "=", "]", "[profile x#y] ; z", "é",
                ]),
                0..40,
            ),
        ) {
            let text = pieces.concat();
            for kind in [FileKind::Config, FileKind::Credentials] {
                let whole = Reading::of(&text, kind);
                let names = whole.sections().iter().filter_map(|section| match &section.name {
                    SectionName::Profile(name) => Some(name.clone()),
                    _ => None,
                });
                prop_assert_eq!(profile_names(text.as_bytes(), kind), names.collect::<BTreeSet<_>>());
            }
        }
    }
}
