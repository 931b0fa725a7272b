//! The two AWS files as a client reads them: which profile sets which credentials, in which file and on which line. The
//! module checks whether a secret is set, but does not keep it.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use awsesame_core::aws_files::profile::SETTINGS;
use awsesame_core::aws_files::reading::{FileKind, Reading};
use awsesame_core::name::ProfileName;
use awsesame_core::plan::OurProcess;

use super::Client;
use super::dialect::{self, Dialect, Read};
use super::failure::Failure;
use super::place::Place;
use super::variables::Variables;

/// The settings whose values are not kept.
const HIDDEN: [&str; 5] = [
    "aws_secret_access_key",
    "aws_session_token",
    "aws_security_token",
    "credential_process",
    "web_identity_token_process",
];

/// The settings that Go's version 1 reads if it does not read `~/.aws/config`.
const OF_GO_V1_ALONE: [&str; 5] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "aws_session_token",
    "credential_process",
    "web_identity_token_file",
];

/// A setting as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stated {
    /// The value, or None for a secret.
    pub value: Option<String>,
    /// The place at which it is written.
    pub place: Place,
}

/// One setting of a profile. Of several with one name in a file, the last one counts.
#[derive(Debug, Clone)]
struct Line {
    kind: FileKind,
    key: Cow<'static, str>,
    place: Place,
    /// The setting as it is written. None if it has no value, which removes an earlier one.
    stated: Option<Stated>,
}

/// The settings of one profile in the order of the files. There may be a hundred thousand profiles, and only a few of them
/// are looked up.
#[derive(Debug, Clone, Default)]
struct Section {
    lines: Vec<Line>,
    /// The request that the `credential_process` makes to awsesame. None if it calls another program.
    asks_us: Option<OurProcess>,
}

/// Both files, as the AWS CLI and boto3 read them, and as the other clients do.
#[derive(Debug, Clone, Default)]
pub struct Files {
    sections: BTreeMap<String, Section>,
    of_others: Vec<(Client, Files)>,
    /// The lines for which a client refuses a whole file, and why.
    refused: Vec<(FileKind, Place, String)>,
    /// True if a head that comes again begins its section anew.
    begins_anew: bool,
}

impl Files {
    /// Reads both texts, each with its path.
    pub fn read(config: (&str, &str), credentials: (&str, &str)) -> Self {
        let first = Reading::of(config.0, FileKind::Config);
        let second = Reading::of(credentials.0, FileKind::Credentials);
        Self::of_the_cli((&first, config.1), (&second, credentials.1)).with_others(config, credentials)
    }

    /// Reads both files as the AWS CLI and boto3 do, each with its path. The other clients are not included.
    pub fn of_the_cli(config: (&Reading, &str), credentials: (&Reading, &str)) -> Self {
        let mut files = Self::default();
        for ((reading, path), kind) in [(config, FileKind::Config), (credentials, FileKind::Credentials)] {
            let path = Rc::from(path);
            dialect::botocore(reading, &mut |read| files.add(read, &path, kind));
            let flaw = reading.flaws().first().map(|flawed| (flawed.line, flawed.flaw.to_string()));
            files.refuse(flaw, &path, kind);
        }
        files
    }

    /// Adds the content of both texts as the other clients read them.
    #[must_use]
    pub fn with_others(mut self, config: (&str, &str), credentials: (&str, &str)) -> Self {
        for (client, dialect) in [
            (Client::Go, Dialect::Go),
            (Client::GoV1, Dialect::GoV1),
            (Client::JavaScript, Dialect::JavaScript),
            (Client::Java, Dialect::Java),
            (Client::JavaV1, Dialect::JavaV1),
        ] {
            let mut files = Self { begins_anew: dialect == Dialect::GoV1, ..Self::default() };
            for ((text, path), kind) in [(config, FileKind::Config), (credentials, FileKind::Credentials)] {
                let path = Rc::from(path);
                dialect.read(text, kind, &mut |read| files.add(read, &path, kind));
                files.refuse(dialect.refuses(text, kind), &path, kind);
            }
            self.of_others.push((client, files));
        }
        self
    }

    /// Returns the files as a client reads them.
    pub(super) fn of(&self, client: Client, variables: &Variables) -> Cow<'_, Self> {
        let by = |client: Client| {
            self.of_others.iter().find(|(other, _)| *other == client).map_or(self, |(_, files)| files)
        };
        match client {
            Client::CliV1 | Client::CliV2 | Client::Boto3 => Cow::Borrowed(self),
            Client::GoV1 if !variables.loads_config() => {
                Cow::Owned(by(client).alone(FileKind::Credentials, &OF_GO_V1_ALONE))
            }
            Client::Go | Client::GoV1 | Client::Java | Client::JavaScript => Cow::Borrowed(by(client)),
            Client::JavaV1 => {
                // Java's version 1 reads one file, which its own variable may name.
                let own = variables.get("AWS_CREDENTIAL_PROFILES_FILE");
                let config = own.is_some() && own == variables.get("AWS_CONFIG_FILE");
                let kind = if config { FileKind::Config } else { FileKind::Credentials };
                let mut alone = self.alone(kind, &[]);
                // It reads what botocore reads, and refuses more.
                let refused = self.refused.iter().chain(&by(client).refused);
                alone.refused = refused.filter(|(of, ..)| *of == kind).cloned().collect();
                Cow::Owned(alone)
            }
        }
    }

    /// Returns the content of one file alone: the given settings, or all of them if none is given.
    fn alone(&self, kind: FileKind, keys: &[&str]) -> Self {
        let counts =
            |line: &&Line| line.kind == kind && (keys.is_empty() || keys.contains(&line.key.as_ref()));
        let sections = self.sections.iter().filter_map(|(name, section)| {
            if !section.lines.iter().any(|line| line.kind == kind) {
                return None;
            }
            let lines = section.lines.iter().filter(counts).cloned().collect();
            Some((name.clone(), Section { lines, asks_us: section.asks_us.clone() }))
        });
        Self { sections: sections.collect(), ..Self::default() }
    }

    /// Notes a line for which a whole file is refused, if there is one.
    fn refuse(&mut self, line: Option<(usize, String)>, path: &Rc<str>, kind: FileKind) {
        let found = line.map(|(line, why)| (kind, Place { path: Rc::clone(path), line }, why));
        self.refused.extend(found);
    }

    /// Returns the reason why the client refuses one of the files, if it does.
    pub(super) fn refusal(&self) -> Option<Failure> {
        let (_, place, why) = self.refused.first()?.clone();
        Some(Failure::FileRefused { place, why })
    }

    fn add(&mut self, read: Read<'_>, path: &Rc<str>, kind: FileKind) {
        if !self.sections.contains_key(read.profile) {
            self.sections.insert(read.profile.to_owned(), Section::default());
        }
        let Some(section) = self.sections.get_mut(read.profile) else { return };
        let Some((key, value)) = read.setting else {
            if self.begins_anew {
                section.lines.retain(|line| line.kind != kind);
            }
            return;
        };
        if key == "credential_process" {
            section.asks_us = OurProcess::read(value);
        }
        let place = Place { path: Rc::clone(path), line: read.line };
        let stated = (!value.is_empty()).then(|| Stated {
            value: (!HIDDEN.contains(&key)).then(|| value.to_owned()),
            place: place.clone(),
        });
        let known = SETTINGS.iter().find(|known| **known == key);
        let key = known.map_or_else(|| Cow::Owned(key.to_owned()), |known| Cow::Borrowed(*known));
        section.lines.push(Line { kind, key, place, stated });
    }

    /// Returns the names of all profiles.
    pub fn profiles(&self) -> impl Iterator<Item = ProfileName> + '_ {
        self.sections.keys().map(ProfileName::new)
    }

    /// Returns true if the profile exists.
    pub fn has(&self, profile: &ProfileName) -> bool {
        self.sections.contains_key(profile.as_str())
    }

    /// Returns the setting of a profile in the merged files. The credentials file takes precedence. Returns None if
    /// neither has it.
    pub fn stated(&self, profile: &ProfileName, key: &str) -> Option<&Stated> {
        self.stated_in(profile, key, FileKind::Credentials)
            .or_else(|| self.stated_in(profile, key, FileKind::Config))
    }

    /// Returns the setting of a profile in one of the files. None if it is not there.
    pub(super) fn stated_in(&self, profile: &ProfileName, key: &str, kind: FileKind) -> Option<&Stated> {
        let lines = &self.sections.get(profile.as_str())?.lines;
        lines.iter().rev().find(|line| line.kind == kind && line.key == key)?.stated.as_ref()
    }

    /// Returns the place of a setting that has no value. None if it has one, or is not there.
    pub(super) fn empty(&self, profile: &ProfileName, key: &str) -> Option<&Place> {
        let lines = &self.sections.get(profile.as_str())?.lines;
        let empty = lines.iter().rev().find(|line| line.key == key && line.stated.is_none());
        empty.map(|line| &line.place).filter(|_| self.stated(profile, key).is_none())
    }

    /// Returns the value of a setting that is not secret.
    pub(super) fn value(&self, profile: &ProfileName, key: &str) -> Option<&str> {
        self.stated(profile, key)?.value.as_deref()
    }

    /// Returns the request of a profile's `credential_process` to awsesame. None if it does not ask awsesame.
    pub fn asks_us(&self, profile: &ProfileName) -> Option<OurProcess> {
        self.sections.get(profile.as_str())?.asks_us.clone()
    }

    /// Returns all settings of a profile, in the order of the lines.
    pub fn all(&self, profile: &ProfileName) -> Vec<(&str, &Stated)> {
        let Some(section) = self.sections.get(profile.as_str()) else { return Vec::new() };
        let mut merged: BTreeMap<&str, &Stated> = BTreeMap::new();
        for kind in [FileKind::Config, FileKind::Credentials] {
            let lines = section.lines.iter().filter(|line| line.kind == kind);
            let last: BTreeMap<&str, Option<&Stated>> =
                lines.map(|line| (line.key.as_ref(), line.stated.as_ref())).collect();
            merged.extend(last.into_iter().filter_map(|(key, stated)| Some((key, stated?))));
        }
        let mut all: Vec<(&str, &Stated)> = merged.into_iter().collect();
        all.sort_by_key(|(_, stated)| &stated.place);
        all
    }
}
