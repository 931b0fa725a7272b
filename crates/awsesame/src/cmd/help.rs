//! Builds the help of the command line: the subcommands in groups, and examples below the help of each. The module of a
//! subcommand defines its arguments.

mod examples;

use std::fmt::Write as _;

use clap::{Command, CommandFactory};

pub(super) use self::examples::{Example, of};
use super::Cli;

/// A heading, and below it each subcommand with its purpose.
type Group = (&'static str, &'static [(&'static str, &'static str)]);

/// Every subcommand that is shown, once.
const GROUPS: [Group; 5] = [
    (
        "Every day",
        &[
            ("login", "get a session, for one MFA code"),
            ("exec", "run a program, or a shell, with a session"),
            ("env", "print a session as exports for this shell"),
            ("console", "open the web console, signed in"),
            ("list", "list every profile, and its session"),
            ("status", "show every session, and the time left"),
            ("check", "exit with 0 where there is a session"),
            ("explain", "show whose credentials AWS's tools use"),
            ("logout", "delete sessions"),
            ("lock", "remove the key that decrypts the sessions"),
            ("unlock", "get that key from its store again"),
        ],
    ),
    (
        "Set-up",
        &[
            ("init", "set up a profile"),
            ("doctor", "find what is wrong, and how to correct it"),
            ("sso", "write profiles for an Identity Center portal"),
            ("config", "show the settings"),
        ],
    ),
    (
        "MFA and keys",
        &[
            ("mfa", "list, enroll, resync and remove MFA devices"),
            ("keys", "keep long-term access keys in a store"),
        ],
    ),
    (
        "Policies and audit",
        &[
            ("policy", "write and check policies that enforce MFA"),
            ("audit", "find who can use AWS without MFA"),
        ],
    ),
    (
        "Shells and programs",
        &[
            ("direnv", "`use awsesame` in an .envrc"),
            ("hook", "print a prompt hook for a shell"),
            ("completions", "print completions for a shell"),
            ("process", "answer as a `credential_process`"),
            ("wait", "return when somebody has logged in"),
            ("broker", "serve credentials to running programs"),
            ("man", "show the manual"),
        ],
    ),
];

/// Returns the definition without groups and examples, for the manual, which has its own places for both.
pub(super) fn bare() -> Command {
    Cli::command()
}

/// Returns the definition that is parsed and shown.
pub(super) fn definition() -> Command {
    let command = bare();
    let template = format!(
        "{{about-with-newline}}\n{{usage-heading}} {{usage}}\n{}\nOptions:\n{{options}}{{after-help}}",
        grouped()
    );
    let command = command.help_template(template).after_help(
        "`awsesame help COMMAND` explains each of them, with examples; `awsesame man` is the manual.",
    );
    with_examples(command, "")
}

/// Returns every group with its subcommands, in lines that fit 60 columns.
fn grouped() -> String {
    let mut text = String::new();
    for (heading, commands) in GROUPS {
        let _ = writeln!(text, "\n{heading}:");
        for (name, about) in commands {
            let _ = writeln!(text, "  {name:<11}  {about}");
        }
    }
    text
}

/// Returns the command with examples below its help and below the help of its subcommands.
fn with_examples(command: Command, above: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    names.into_iter().fold(command, |command, name| {
        let path = format!("{above}{name}");
        command.mut_subcommand(name, |one| {
            let one = match of(&path) {
                [] => one,
                examples => one.after_help(text(examples)),
            };
            with_examples(one, &format!("{path} "))
        })
    })
}

/// Returns the examples as text: each on a line, with its purpose after or below it.
fn text(examples: &[Example]) -> String {
    const ROOM: usize = 78;
    let longest = |of: fn(&Example) -> &str| examples.iter().map(|one| of(one).chars().count()).max();
    let width = longest(|(command, _)| command).unwrap_or_default();
    let beside = width + longest(|(_, about)| about).unwrap_or_default() + 4 <= ROOM;
    let mut text = "Examples:\n".to_owned();
    for (command, about) in examples {
        let _ = if beside {
            writeln!(text, "  {command:<width$}  {about}")
        } else {
            writeln!(text, "  {command}\n      {about}")
        };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_subcommand_is_in_one_group_of_the_first_help() {
        let command = bare();
        let visible: Vec<&str> =
            command.get_subcommands().filter(|one| !one.is_hide_set()).map(Command::get_name).collect();
        let mut grouped: Vec<&str> =
            GROUPS.iter().flat_map(|(_, commands)| commands.iter().map(|(name, _)| *name)).collect();
        for name in &visible {
            assert_eq!(grouped.iter().filter(|known| known == &name).count(), 1, "{name}");
        }
        grouped.retain(|name| !visible.contains(name));
        assert_eq!(grouped, [""; 0], "in a group, but no subcommand");
    }

    #[test]
    fn the_groups_fit_sixty_columns() {
        for line in grouped().lines() {
            assert!(line.chars().count() <= 60, "{line}");
        }
    }
}
