//! Remembers the typed command line, so that a hint can be pasted: it repeats the profile and the options about the
//! session, and the user does not have to type them again.

mod again;

use std::ffi::OsString;
use std::fmt::Write as _;

use awsesame_core::config::{seconds, split_words};
use awsesame_core::fault::{Fault, NoSession};
use awsesame_core::name::{ProfileName, Typed};
use clap::parser::ValueSource;
use clap::{ArgMatches, Command};

use super::help;

/// A command line that was understood.
#[derive(Debug, Default)]
pub(super) struct Line {
    /// All arguments as they were typed. Empty if one of them is not valid UTF-8.
    words: Vec<String>,
    /// The words of the subcommand: `keys import`.
    path: String,
    profile: Option<String>,
    /// The long options that were given, each with its values.
    options: Vec<(String, Vec<String>)>,
}

/// The subcommands that are about a profile.
const ABOUT_A_PROFILE: [&str; 31] = [
    "audit",
    "check",
    "config show",
    "console",
    "doctor",
    "env",
    "exec",
    "explain",
    "init",
    "keys add",
    "keys export",
    "keys import",
    "keys move",
    "keys remove",
    "keys rotate",
    "login",
    "logout",
    "mfa code",
    "mfa enroll",
    "mfa list",
    "mfa remove",
    "mfa resync",
    "mfa seed",
    "policy attach",
    "policy check",
    "policy detach",
    "policy probe",
    "process",
    "sso populate",
    "status",
    "wait",
];

/// The options of the command line that a hint for the same subcommand keeps.
const KEPT: [(&str, &[&str]); 9] = [
    ("login", &["duration", "max-age", "also", "all"]),
    ("audit", &["role", "accounts", "organization", "older-than", "unused-for", "fail-on", "timeout"]),
    ("init", &["as", "all", "key"]),
    ("keys rotate", &["all", "older-than"]),
    ("keys move", &["all", "sessions", "to"]),
    ("mfa enroll", &["name", "another"]),
    ("policy check", &["simulate", "strict", "boundary", "account", "partition"]),
    ("policy attach", &["for", "name", "max-age"]),
    ("sso populate", &["session", "prefix", "template", "region"]),
];

/// The faults about the duration of a session or the age of its MFA. For these, the typed option is the mistake, so the
/// hint does not repeat it.
const WRONG_AS_TYPED: [&str; 4] = ["duration_out_of_range", "chaining", "chained_too_long", "no_mfa_here"];

impl Line {
    /// Reads clap's matches for these arguments.
    pub(super) fn of(matches: &ArgMatches, arguments: &[OsString]) -> Self {
        let mut definition = help::bare();
        definition.build();
        // A hint cannot repeat an argument that is not valid UTF-8.
        let words = arguments.iter().map(|word| word.to_str().map(str::to_owned)).collect::<Option<_>>();
        Self { words: words.unwrap_or_default(), ..Self::read(matches, &definition) }
    }

    fn read(matches: &ArgMatches, definition: &Command) -> Self {
        let mut path = Vec::new();
        let (mut matches, mut command) = (matches, definition);
        while let Some((name, below)) = matches.subcommand()
            && let Some(found) = command.find_subcommand(name)
        {
            path.push(found.get_name());
            (matches, command) = (below, found);
        }
        let mut options = Vec::new();
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            let (Some(long), Ok(true)) = (
                argument.get_long(),
                matches
                    .try_contains_id(id)
                    .map(|_| matches.value_source(id) == Some(ValueSource::CommandLine)),
            ) else {
                continue;
            };
            let values: Vec<String> = if argument.get_action().takes_values() {
                let raw = matches.get_raw(id).into_iter().flatten();
                raw.map(|value| value.to_string_lossy().into_owned()).collect()
            } else {
                Vec::new()
            };
            options.push((long.to_owned(), values));
        }
        let profile = options.iter().find(|(name, _)| name == "profile");
        let profile = profile.and_then(|(_, values)| values.first().cloned()).or_else(|| {
            let word = matches.try_get_one::<String>("word").ok().flatten();
            word.cloned()
        });
        Self { words: Vec::new(), path: path.join(" "), profile, options }
    }

    /// Returns the words of the subcommand.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    /// Returns the same line about a profile that was named as a plain word.
    pub(super) fn about(self, profile: Option<&str>) -> Self {
        Self { profile: profile.map(str::to_owned), ..self }
    }

    /// Returns the hint of a fault, with the options of this command line added to its command. `otherwise` is the
    /// profile of a command that names none.
    pub(super) fn kept_in(&self, fault: &Fault, otherwise: Option<&ProfileName>) -> String {
        let mut hint = fault.hint();
        if let Some(line) = again::with_another_profile(self, fault)
            && let Some(at) = command_in(&hint)
        {
            hint.replace_range(at.., &line);
            return hint;
        }
        if let (Some(words), false) = (hint.strip_suffix("awsesame --help"), self.path.is_empty()) {
            hint = format!("{words}awsesame {} --help", self.path);
        }
        let Some(at) = command_in(&hint) else { return hint };
        let Some(line) = parsed(&hint[at..]) else { return hint };
        let mut whole = hint.clone();
        if let Some(profile) = self.profile_for(&line, otherwise) {
            let _ = write!(whole, " -p {}", Typed(profile));
        }
        for (name, values) in self.options_for(&line, fault) {
            let _ = write!(whole, " --{name}");
            for value in values {
                let _ = write!(whole, " {}", Typed(&value));
            }
        }
        // Options that the command of the hint does not accept are left out.
        if parsed(&whole[at..]).is_some() { whole } else { hint }
    }

    /// Returns the profile that the command in the hint lacks.
    fn profile_for(&self, hint: &Self, otherwise: Option<&ProfileName>) -> Option<&str> {
        let named = self.profile.as_deref()?;
        let lacks = hint.profile.is_none() && is_about_a_profile(&hint.path);
        // Without a name, the command is about the default profile, unless a variable names another one.
        let is_meant = named == ProfileName::DEFAULT
            && otherwise.is_none_or(|other| other.as_str() == ProfileName::DEFAULT);
        (lacks && !is_meant).then_some(named)
    }

    /// Returns the options that the command of the hint needs.
    fn options_for(&self, hint: &Self, fault: &Fault) -> Vec<(String, Vec<String>)> {
        let given = |name: &str| self.options.iter().find(|(known, _)| known == name).cloned();
        let has = |name: &str| hint.options.iter().any(|(known, _)| known == name);
        // A session that lasts as long as is asked for.
        if let Fault::LoginNeeded { reason: NoSession::TooShort, .. } = fault
            && hint.path == "login"
            && !has("duration")
            && let Some((_, least)) = given("for")
        {
            return vec![("duration".to_owned(), least.iter().map(|least| longer_than(least)).collect())];
        }
        if hint.path != self.path || WRONG_AS_TYPED.contains(&fault.slug()) {
            return Vec::new();
        }
        let kept = KEPT.iter().find(|(path, _)| *path == hint.path).map_or(&[][..], |(_, kept)| kept);
        // An option that the hint itself mentions is not repeated, for example in `leave --max-age out`.
        let text = fault.hint();
        let kept = kept.iter().filter(|name| !text.contains(&format!("--{name}")));
        kept.filter_map(|name| given(name)).collect()
    }
}

/// Returns a duration that is 15 minutes longer, because a session of exactly the required length would be too short a
/// moment later. AWS allows at most 36 hours.
fn longer_than(least: &str) -> String {
    const MORE: u32 = 15 * 60;
    const MOST: u32 = 36 * 3600;
    let Some(seconds) = seconds(least) else { return least.to_owned() };
    let minutes = seconds.saturating_add(MORE).min(MOST).div_ceil(60);
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes}m"),
        (hours, 0) => format!("{hours}h"),
        (hours, minutes) => format!("{hours}h{minutes}m"),
    }
}

/// Returns true for a subcommand that works on a profile.
pub(super) fn is_about_a_profile(path: &str) -> bool {
    ABOUT_A_PROFILE.contains(&path)
}

/// Returns a word in quotes, if the shell needs them. The dashes of an option need none.
pub(super) fn word_as_typed(word: &str) -> String {
    let name = word.trim_start_matches('-');
    let is_plain = name.is_empty() || Typed(name).to_string() == name;
    if is_plain { word.to_owned() } else { Typed(word).to_string() }
}

/// Returns the position at which our command at the end of a hint begins. None if there is none.
fn command_in(hint: &str) -> Option<usize> {
    let begins = |at: usize| at == 0 || [": ", "; ", "? "].iter().any(|end| hint[..at].ends_with(end));
    hint.rmatch_indices("awsesame ").map(|(at, _)| at).find(|at| begins(*at))
}

/// Parses one of our command lines. Returns `None` if the text is not one.
fn parsed(text: &str) -> Option<Line> {
    let mut definition = help::bare();
    let matches = definition.try_get_matches_from_mut(split_words(text)?).ok()?;
    definition.build();
    Some(Line::read(&matches, &definition))
}

#[cfg(test)]
mod tests {
    use awsesame_core::fault::{AuditFault, PolicyFault};
    use awsesame_core::name::Subject;

    use super::*;

    pub(super) fn hint(line: &str, fault: impl Into<Fault>) -> String {
        let words = split_words(line).expect("words");
        let arguments: Vec<OsString> = words.iter().skip(1).map(OsString::from).collect();
        let matches = help::definition().try_get_matches_from(words).expect("a command line");
        Line::of(&matches, &arguments).kept_in(&fault.into(), None)
    }

    fn too_short() -> Fault {
        let subject = Subject::Profile(ProfileName::new("prod"));
        Fault::LoginNeeded { subject, reason: NoSession::TooShort }
    }

    #[test]
    fn a_hint_keeps_the_profile_and_what_was_said_of_the_session() {
        let refused = || Fault::BadCode { why: "it is empty".into(), profile: None };
        let unsure = || PolicyFault::Unsure { what: "user `alice`".into() };
        let found = || AuditFault::Found { what: "much".into(), page: None, flag: String::new() };
        let out_of_range = || Fault::DurationOutOfRange {
            subject: Subject::Profile(ProfileName::new("prod")),
            seconds: 100,
            allowed: "900 to 129600 s".into(),
        };
        for (hint, end) in [
            (hint("awsesame check prod --for 13h", too_short()), "login --force -p prod --duration 13h15m"),
            (hint("awsesame check -p prod", too_short()), "login --force -p prod"),
            (hint("awsesame login -p x --duration 8h 123", refused()), "123456 -p x --duration 8h"),
            (hint("awsesame login 123", refused()), "awsesame login 123456"),
            (
                hint("awsesame policy check --user alice -p 'two words'", unsure()),
                "policy probe -p 'two words'",
            ),
            (
                hint("awsesame audit -p prod --organization --role Audit", found()),
                "--html audit.html -p prod --role Audit --organization",
            ),
            (hint("awsesame login prod --duration 100", out_of_range()), "login --duration 1h -p prod"),
        ] {
            assert!(hint.ends_with(end), "{hint} does not end with {end}");
        }
    }

    #[test]
    fn a_hint_that_is_not_an_awsesame_command_is_unchanged() {
        let fault = Fault::ConfigBroken { path: "/a".into(), why: "b".into() };
        assert_eq!(hint("awsesame login prod", fault.clone()), fault.hint());
    }
}
