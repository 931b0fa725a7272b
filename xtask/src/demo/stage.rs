//! Writes the transcript: the narration, the typed lines and their output, and checks that the output matches. The
//! module `tour` contains the narration.

use std::env;
use std::io::{self, IsTerminal};

use anyhow::{Result, bail, ensure};

use super::shell::Shell;
use crate::say;

/// Escape codes, or empty texts where colors are not wanted.
struct Style {
    heading: &'static str,
    told: &'static str,
    typed: &'static str,
    said: &'static str,
    plain: &'static str,
}

const COLOURED: Style = Style {
    heading: "\u{1b}[1m",
    told: "\u{1b}[36m",
    typed: "\u{1b}[1;32m",
    said: "\u{1b}[2m",
    plain: "\u{1b}[0m",
};
const PLAIN: Style = Style { heading: "", told: "", typed: "", said: "", plain: "" };

/// The part of an output that is shown. The whole output is checked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shown {
    /// Every line is shown.
    Whole,
    /// Only the checked lines are shown, with `...` for the others.
    Brief,
}

/// The way in which a line that is typed must end.
#[derive(Clone, Copy)]
pub(crate) enum Ends {
    /// The command exits with this code.
    With(i32),
    /// The command fails with any code, because the AWS CLI's codes depend on its version.
    Badly,
}

/// The outcome that a line that is typed must have.
pub(crate) struct Outcome<'a> {
    /// The expected exit code.
    pub(crate) ends: Ends,
    /// The words that it prints, or that are on the terminal before the next prompt.
    pub(crate) says: &'a [&'a str],
    /// The part of the output that is shown.
    pub(crate) shown: Shown,
}

/// Returns the outcome of a successful command that prints these texts.
pub(crate) fn done<'a>(says: &'a [&'a str]) -> Outcome<'a> {
    Outcome { ends: Ends::With(0), says, shown: Shown::Whole }
}

/// Returns the outcome of a refusal that prints these words.
pub(crate) fn refused<'a>(says: &'a [&'a str]) -> Outcome<'a> {
    Outcome { ends: Ends::Badly, says, shown: Shown::Whole }
}

/// The transcript so far.
pub(crate) struct Stage {
    style: Style,
    secrets: Vec<String>,
    chapters: usize,
}

impl Stage {
    /// Creates an empty transcript. These secrets must not appear in it.
    pub(crate) fn new(secrets: Vec<String>) -> Self {
        let plain = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let style = if plain || !io::stdout().is_terminal() { PLAIN } else { COLOURED };
        Self { style, secrets, chapters: 0 }
    }

    /// Adds secrets that must not appear in the transcript.
    pub(crate) fn keep_secret(&mut self, secrets: &[String]) {
        self.secrets.extend_from_slice(secrets);
    }

    /// Begins a chapter.
    pub(crate) fn chapter(&mut self, name: &str) {
        self.chapters += 1;
        let Style { heading, plain, .. } = self.style;
        say::line(&format!("\n{heading}{}. {name}{plain}", self.chapters));
    }

    /// Announces the next step.
    pub(crate) fn tell(&self, text: &str) {
        let Style { told, plain, .. } = self.style;
        for line in text.lines() {
            say::line(&format!("{told}{line}{plain}"));
        }
    }

    /// Types a line, shows its output, and checks it.
    pub(crate) fn run(&self, shell: &mut Shell, line: &str, must: &Outcome<'_>) -> Result<()> {
        self.type_out(shell.name, line);
        let came = shell.run(line)?;
        self.check(line, came, must)
    }

    /// Types a line that asks questions, shows its output, and checks it.
    pub(crate) fn run_and_answer(
        &self,
        shell: &mut Shell,
        line: &str,
        answers: &[(&str, &dyn Fn() -> Result<String>)],
        must: &Outcome<'_>,
    ) -> Result<()> {
        self.type_out(shell.name, line);
        let came = shell.run_and_answer(line, answers)?;
        self.check(line, came, must)
    }

    fn type_out(&self, name: &str, line: &str) {
        let Style { typed, plain, .. } = self.style;
        say::line(&format!("  {name}$ {typed}{line}{plain}"));
    }

    fn check(&self, line: &str, (status, said): (i32, String), must: &Outcome<'_>) -> Result<()> {
        if self.secrets.iter().any(|secret| said.contains(secret)) {
            bail!("`{line}` prints a secret, and is not shown for that");
        }
        let said = without_escapes(&said);
        let Style { said: dim, plain, .. } = self.style;
        let mut cut = false;
        for text in said.lines().map(str::trim_end).filter(|text| !text.is_empty()) {
            let shown = must.shown == Shown::Whole || must.says.iter().any(|word| text.contains(word));
            if shown {
                say::line(&format!("  {dim}{}{plain}", cut_short(text)));
            } else if !cut {
                say::line(&format!("  {dim}...{plain}"));
            }
            cut = !shown;
        }
        let as_told = match must.ends {
            Ends::With(expected) => status == expected,
            Ends::Badly => status != 0,
        };
        ensure!(as_told, "`{line}` was not to end with {status}: {said}");
        for word in must.says {
            ensure!(said.contains(word), "`{line}` does not say `{word}`: {said}");
        }
        Ok(())
    }
}

/// Removes the escape sequences that some programs print even on a terminal without colors (ECMA-48, 5.4).
pub(crate) fn without_escapes(said: &str) -> String {
    let mut parts = said.split("\u{1b}[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        plain +=
            part.trim_start_matches(|byte: char| (' '..='?').contains(&byte)).get(1..).unwrap_or_default();
    }
    plain
}

/// Shortens direnv's list of the variables that it sets.
fn cut_short(line: &str) -> String {
    const WIDTH: usize = 90;
    if !line.starts_with("direnv: export ") || line.len() <= WIDTH {
        return line.to_owned();
    }
    let end = line.char_indices().take_while(|(at, _)| *at <= WIDTH).filter(|(_, c)| *c == ' ').last();
    format!("{} ...", &line[..end.map_or(0, |(at, _)| at)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_are_taken_out_and_nothing_else() {
        assert_eq!(without_escapes("\u{1b}[mdirenv: \u{1b}[1;31mred\u{1b}[0m [1]"), "direnv: red [1]");
        assert_eq!(without_escapes("plain\u{1b}["), "plain");
    }

    #[test]
    fn only_long_lists_of_variables_are_cut() {
        let long = "+AWS_ACCESS_KEY_ID ".repeat(9);
        assert_eq!(cut_short(&long), long);
        let cut = cut_short(&format!("direnv: export {long}"));
        assert!(cut.ends_with("+AWS_ACCESS_KEY_ID ..."), "{cut}");
        assert_eq!(cut_short("direnv: export +AWS_PROFILE"), "direnv: export +AWS_PROFILE");
    }
}
