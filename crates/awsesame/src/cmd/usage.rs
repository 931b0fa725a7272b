//! Reports a wrong command line in the two lines of all our errors. Clap finds the mistake; this module words the
//! message.

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::IsTerminal;

use awsesame_core::fault::{Exit, Fault};
use awsesame_core::name::{Shown, Typed};
use awsesame_core::render::{Exports, Format};
use awsesame_core::text::nearest::is_a_slip;
use clap::error::{ContextKind, ContextValue, ErrorKind};

use crate::os::context::Context;
use crate::ui;

/// Returns the mistake, and what to type instead.
pub(super) fn two_lines(error: &clap::Error, arguments: &[OsString]) -> (String, String) {
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
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(word) = known(ContextKind::InvalidSubcommand)
        && let Some(ours) = of_a_peer(&word)
    {
        return (what, format!("here that is: {}", filled(ours, &word, arguments)));
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

/// The whole line, with one of its words corrected.
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
        } else if word.starts_with('-')
            && Typed(word.trim_start_matches('-')).to_string() == word.trim_start_matches('-')
        {
            line += &word;
        } else {
            line += &Typed(&word).to_string();
        }
    }
    line
}

/// Returns our command for a word of another tool, with the profile that follows it.
fn filled(ours: &str, word: &str, arguments: &[OsString]) -> String {
    let mut words = arguments.iter().filter_map(|word| word.to_str());
    let flag = |word: &&str| matches!(*word, "-p" | "--profile");
    let named = match words.clone().position(|word| flag(&word)) {
        Some(at) => words.nth(at + 1),
        None => words.skip_while(|known| *known != word).nth(1).filter(|word| !word.starts_with('-')),
    };
    named.map_or_else(|| ours.to_owned(), |name| ours.replace("NAME", &Typed(name).to_string()))
}

/// The command of ours for a word that people know from another tool.
fn of_a_peer(word: &str) -> Option<&'static str> {
    Some(match word {
        "add" => "awsesame keys add -p NAME",
        "rotate" => "awsesame keys rotate -p NAME",
        "import" => "awsesame keys import -p NAME",
        "remove" => "awsesame keys remove -p NAME",
        "shell" | "assume" => "awsesame exec NAME",
        "run" => "awsesame exec NAME -- CMD",
        "export" => "eval \"$(awsesame env NAME)\"",
        "enroll" => "awsesame mfa enroll -p NAME",
        "whoami" => "awsesame status",
        "setup" | "configure" => "awsesame init -p NAME",
        _ => return None,
    })
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
