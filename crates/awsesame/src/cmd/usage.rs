//! Reports a wrong command line in the two lines of all our errors. Clap finds the mistake; this module words the
//! message.

mod peers;

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::IsTerminal;

use awsesame_core::fault::{Exit, Fault};
use awsesame_core::name::{ProfileName, Shown, Typed};
use awsesame_core::render::{Exports, Format};
use awsesame_core::text::nearest::is_a_slip;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::typed;
use crate::config::profiles;
use crate::os::context::Context;
use crate::ui;

/// Returns the mistake, and what to type instead.
pub(super) fn two_lines(error: &clap::Error, arguments: &[OsString], context: Context) -> (String, String) {
    let command = command(arguments);
    let known = |kind| match error.get(kind)? {
        ContextValue::String(text) => Some(text.clone()),
        // The likeliest suggestion is the last; of what is missing the first is enough.
        ContextValue::Strings(texts) if kind == ContextKind::InvalidArg => texts.first().cloned(),
        ContextValue::Strings(texts) => texts.last().cloned(),
        _ => None,
    };
    let argument = known(ContextKind::InvalidArg).unwrap_or_default();
    let name = name(&argument);
    let value = known(ContextKind::InvalidValue).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::InvalidSubcommand => {
            let word = known(ContextKind::InvalidSubcommand).unwrap_or_default();
            format!("there is no subcommand `{}`", Shown(&word))
        }
        ErrorKind::UnknownArgument if argument.starts_with('-') => {
            format!("there is no option `{}` here", Shown(&argument))
        }
        ErrorKind::UnknownArgument => format!("`{}` is one argument too many", Shown(&argument)),
        ErrorKind::TooManyValues => format!("`{}` is one argument too many", Shown(&value)),
        ErrorKind::MissingRequiredArgument => format!("`{name}` is missing"),
        ErrorKind::MissingSubcommand | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            "a subcommand is missing".to_owned()
        }
        ErrorKind::InvalidValue if value.is_empty() => format!("`{name}` needs a value"),
        ErrorKind::InvalidValue | ErrorKind::ValueValidation => {
            format!("`{}` is not a value for `{name}`{}", Shown(&value), expected(error))
        }
        ErrorKind::ArgumentConflict if known(ContextKind::PriorArg).as_ref() == Some(&argument) => {
            format!("`{name}` is given twice")
        }
        ErrorKind::InvalidUtf8 => "an argument is not UTF-8 text".to_owned(),
        _ => {
            let text = error.render().to_string();
            let first = text.lines().next().unwrap_or_default().trim_start_matches("error: ").trim_end();
            Shown(&first.replace('\'', "`")).to_string()
        }
    };
    if let Some(hint) = of_another_tool(error.kind(), &known, arguments, context) {
        return (what, hint);
    }
    let nearest = known(ContextKind::SuggestedSubcommand).or_else(|| known(ContextKind::SuggestedArg));
    let wrong = known(ContextKind::InvalidSubcommand).unwrap_or(argument);
    let hint = match nearest.filter(|nearest| is_a_slip(&wrong, nearest)) {
        // A name of our own definition needs no quotes.
        Some(nearest) => format!("did you mean `{nearest}`? {}", corrected(arguments, &wrong, &nearest)),
        None => format!("{command} --help"),
    };
    (what, hint)
}

/// Returns the hint for a command line that another tool would accept, or that lacks only dashes. Returns None for
/// every other command line.
fn of_another_tool(
    kind: ErrorKind,
    known: &impl Fn(ContextKind) -> Option<String>,
    arguments: &[OsString],
    context: Context,
) -> Option<String> {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let typed = command(arguments);
    let path = typed.strip_prefix("awsesame").unwrap_or_default().trim_start();
    let (wrong, ours) = match kind {
        ErrorKind::InvalidSubcommand => {
            let word = known(ContextKind::InvalidSubcommand)?;
            let ours = peers::subcommand(path, &word);
            (word, ours)
        }
        ErrorKind::UnknownArgument => {
            let argument = known(ContextKind::InvalidArg)?;
            let ours = peers::option(path, &argument);
            (argument, ours)
        }
        ErrorKind::MissingRequiredArgument if path == "policy check" => {
            return Some("name a file, or a user: awsesame policy check --user NAME".to_owned());
        }
        ErrorKind::MissingSubcommand if path.is_empty() => {
            let at = words.iter().position(|word| matches!(*word, "-p" | "--profile"))?;
            let name = words.get(at + 1)?;
            return Some(format!("open a shell with that profile: awsesame exec -p {}", Typed(name)));
        }
        _ => return None,
    };
    let profiles = Profiles::read(context);
    if let Some(ours) = ours {
        let at = words.iter().position(|word| *word == wrong || word.starts_with(&format!("{wrong}=")))?;
        // With a wrong option, the search for the profile begins at the subcommand.
        let begin =
            if wrong.starts_with('-') { path.split(' ').count().saturating_sub(1).min(at) } else { at };
        let how = if ["-n", "--no-session"].contains(&wrong.as_str()) {
            "programs get no long-term key, but a session"
        } else {
            "here that is"
        };
        return Some(format!("{how}: {}", profiles.filled(ours, &words[begin..])));
    }
    if wrong.starts_with('-') { None } else { profiles.meant(path, &wrong, &words) }
}

/// Returns the whole command line, with one word corrected.
fn corrected(arguments: &[OsString], wrong: &str, right: &str) -> String {
    let mut line = "awsesame".to_owned();
    let mut is_done = false;
    for word in arguments.iter().map(|word| word.to_string_lossy()) {
        let (name, value) = word.split_once('=').map_or((&*word, None), |(name, value)| (name, Some(value)));
        line.push(' ');
        if name == wrong && !is_done {
            is_done = true;
            line += right;
            if let Some(value) = value {
                let _ = write!(line, "={}", Typed(value));
            }
        } else {
            line += &typed::word_as_typed(&word);
        }
    }
    line
}

/// The names of all profiles, and the profile that a variable names.
struct Profiles {
    all: BTreeSet<ProfileName>,
    named: Option<ProfileName>,
}

impl Profiles {
    /// Reads the names. There are none if the files cannot be read.
    fn read(context: Context) -> Self {
        let files = context.folders().aws();
        let all = files.and_then(|files| profiles::names(&files)).unwrap_or_default();
        Self { all, named: context.named_profile(None) }
    }

    fn has(&self, word: &str) -> bool {
        self.all.contains(&ProfileName::new(word))
    }

    /// Returns our command for the one of another tool, with the profile and the program from the typed command line.
    fn filled(&self, ours: &str, words: &[&str]) -> String {
        let end = words.iter().position(|word| *word == "--").unwrap_or(words.len());
        let (before, program) = (&words[..end], words.get(end + 1..).unwrap_or_default());
        let flag = before.iter().position(|word| matches!(*word, "-p" | "--profile"));
        let name = flag
            .and_then(|at| before.get(at + 1))
            .or_else(|| before.iter().skip(1).find(|word| self.has(word)))
            .copied()
            // In all of these tools, a word after the unknown subcommand is a profile.
            .or_else(|| before.get(1).copied().filter(|word| before.len() == 2 && !word.starts_with('-')))
            .or(self.named.as_ref().map(ProfileName::as_str));
        let mut command =
            name.map_or_else(|| ours.to_owned(), |name| ours.replace("NAME", &Typed(name).to_string()));
        if !program.is_empty() {
            let program: Vec<String> = program.iter().map(|word| typed::word_as_typed(word)).collect();
            command = command.replace("CMD", &program.join(" "));
        }
        command
    }

    /// Returns the hint for a superfluous word or an unknown subcommand whose meaning is clear all the same.
    fn meant(&self, path: &str, wrong: &str, words: &[&str]) -> Option<String> {
        let at = words.iter().position(|word| *word == wrong)?;
        let line_of = |words: &[&str]| {
            words.iter().fold(String::new(), |line, word| format!("{line} {}", typed::word_as_typed(word)))
        };
        let line = |before: &[&str], put: &str, after: &[&str]| {
            format!("awsesame{}{put}{}", line_of(before), line_of(after))
        };
        match path {
            // The word is a profile without a subcommand.
            "" if self.has(wrong) => {
                Some(format!("did you mean the profile? awsesame exec {}", Typed(wrong)))
            }
            "" => None,
            // The program lacks the dashes before it.
            "exec" => {
                let first = first_plain(words, words.iter().position(|word| *word == "exec")? + 1).min(at);
                let is_profile = words.get(first).is_some_and(|word| self.has(word));
                let program = if is_profile { first + 1 } else { first };
                let rest = line(&words[..program], " --", &words[program..]);
                Some(format!("the program comes after `--`: {rest}"))
            }
            _ if typed::is_about_a_profile(path) && self.has(wrong) => {
                let flag = format!(" -p {}", Typed(wrong));
                Some(format!("name the profile with `-p`: {}", line(&words[..at], &flag, &words[at + 1..])))
            }
            _ => None,
        }
    }
}

/// Returns the position of the first word, from `from` on, that is neither an option nor the value of one.
fn first_plain(words: &[&str], from: usize) -> usize {
    const WITH_VALUE: [&str; 6] = ["-p", "--profile", "--account", "--role", "--max-age", "--via"];
    let mut at = from;
    while let Some(word) = words.get(at).filter(|word| word.starts_with('-')) {
        at += if WITH_VALUE.contains(word) { 2 } else { 1 };
    }
    at
}

/// Returns the description of a valid value: the words of the parser, or the few values that there are.
fn expected(error: &clap::Error) -> String {
    use std::error::Error;
    if let Some(source) = error.source() {
        return format!(": {source}");
    }
    match error.get(ContextKind::ValidValue) {
        Some(ContextValue::Strings(values)) => format!(": expected {}", values.join(", ")),
        _ => String::new(),
    }
}

/// Returns `--duration` for `--duration <TIME>`, and `CMD` for `<CMD>...`.
fn name(argument: &str) -> &str {
    let name = argument.split(' ').next().unwrap_or_default();
    name.trim_matches(|c| "<>[].".contains(c))
}

/// Prints text that makes a shell fail when it evaluates the output. Without it, `eval` of nothing succeeds, and a
/// script continues with its old credentials. At a terminal nothing is printed.
pub(super) fn fail_in_a_shell(arguments: &[OsString], what: &str, context: Context) {
    let words: Vec<&str> = arguments.iter().filter_map(|word| word.to_str()).collect();
    let Some((&command, rest)) = words.split_first() else { return };
    if std::io::stdout().is_terminal() || rest.contains(&"--json") {
        return;
    }
    match command {
        // The usage error is what counts, not that this could not be printed.
        "env" => drop(withhold(typed_format(rest), what, context)),
        "hook" | "completions" => {
            let format = rest.iter().find_map(|word| named(word));
            let _ = ui::print(&format.unwrap_or(Format::Bash).failing(what, Exit::Usage as u8));
        }
        _ => {}
    }
}

/// Withholds all keys from a shell whose request was not understood, so that it does not continue with other keys.
/// Without a valid format, the most common shell is assumed.
pub(super) fn withhold(format: Option<Format>, what: &str, context: Context) -> Result<(), Fault> {
    let exports = Exports::refused(what).over(|name| context.var(name));
    ui::print(&exports.render_misused(format.unwrap_or(Format::Bash), what))
}

fn named(word: &str) -> Option<Format> {
    Format::ALL.into_iter().find(|(name, _)| *name == word).map(|(_, format)| format)
}

/// Returns the value of `--format`, if it is valid.
fn typed_format(words: &[&str]) -> Option<Format> {
    words.iter().enumerate().find_map(|(at, word)| match word.strip_prefix("--format") {
        Some("") => words.get(at + 1).and_then(|word| named(word)),
        Some(value) => named(value.strip_prefix('=')?),
        None => None,
    })
}

/// Returns the subcommand that was typed, if it exists.
fn command(arguments: &[OsString]) -> String {
    let mut definition = super::definition();
    let mut typed = "awsesame".to_owned();
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    while let Some(word) = words.next() {
        if matches!(word, "-p" | "--profile") {
            words.next();
        } else if let Some(found) = definition.find_subcommand(word) {
            typed = format!("{typed} {}", found.get_name());
            definition = found.clone();
        } else if !word.starts_with('-') {
            break;
        }
    }
    typed
}
