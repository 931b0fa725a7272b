//! A wrong command line in the two lines that every error of ours has. What is
//! wrong is clap's to find; only its words are ours.

use std::ffi::OsString;

use awsesame_core::name::Shown;
use clap::error::{ContextKind, ContextValue, ErrorKind};

/// What is wrong, and what to type instead.
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
        return (what, format!("here that is: {ours}"));
    }
    let nearest = known(ContextKind::SuggestedSubcommand).or_else(|| known(ContextKind::SuggestedArg));
    let hint = match nearest {
        // A name of our own definition needs no quotes.
        Some(nearest) => format!("did you mean `{nearest}`? {command} {nearest}"),
        None => format!("{command} --help"),
    };
    (what, hint)
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

/// What a value would have to be: the words of the parser, or the few that there are.
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

/// `--duration <TIME>` as `--duration`, `<CMD>...` as `CMD`.
fn name(argument: &str) -> &str {
    let name = argument.split(' ').next().unwrap_or_default();
    name.trim_matches(|c| "<>[].".contains(c))
}

/// The subcommand that was typed, as far as there is such a one.
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
