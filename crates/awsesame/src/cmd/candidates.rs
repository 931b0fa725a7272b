//! `awsesame __complete`: prints the candidates for the word at the cursor, for the completions of the shells. clap's
//! engine knows the command line. This file adds the names of the profiles, and the form that each shell needs.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown, Typed};
use awsesame_core::text::quote;
use awsesame_core::text::typed_line::typed_line;
use clap_complete::engine::{CompletionCandidate, complete};

use crate::config::profiles;
use crate::os::context::Context;
use crate::ui;

/// Print the candidates of a completion; the scripts of `awsesame completions` call it
#[derive(Debug, clap::Args)]
pub(super) struct Candidates {
    shell: String,
    /// The word under the cursor, where it does not stand among the others
    #[arg(long)]
    word: Option<OsString>,
    /// The words; of bash its line up to the cursor, and where it cuts words
    #[arg(last = true)]
    words: Vec<OsString>,
}

/// A possible word at the cursor.
struct Candidate {
    value: String,
    about: String,
}

impl Candidates {
    /// Prints one candidate per line. An error produces no candidates, because a shell cannot show it.
    pub(super) fn run(&self) -> Result<ExitCode, Fault> {
        let mut words: Vec<OsString> = self.words.iter().chain(&self.word).cloned().collect();
        let mut kept = String::new();
        if let ("bash", [line, breaks]) = (self.shell.as_str(), &self.words[..]) {
            let typed = typed_line(&line.to_string_lossy(), &breaks.to_string_lossy());
            words = typed.words.into_iter().map(OsString::from).collect();
            kept = typed.kept;
        }
        let lines: Vec<String> =
            candidates(words).iter().filter_map(|candidate| self.line(candidate, &kept)).collect();
        ui::print(&lines.concat())?;
        Ok(ExitCode::SUCCESS)
    }

    /// A candidate as its shell reads it.
    fn line(&self, Candidate { value, about }: &Candidate, kept: &str) -> Option<String> {
        match self.shell.as_str() {
            // readline keeps this part of the word, so it must not be repeated.
            "bash" => {
                let left = value.strip_prefix(kept)?;
                // The dash of an option is never quoted, because it is meant as an option.
                let (dashes, word) = left.split_at(left.len() - left.trim_start_matches('-').len());
                let word = if word.is_empty() { String::new() } else { Typed(word).to_string() };
                Some(format!("{dashes}{word}\n"))
            }
            "powershell" if Typed(value).to_string() != *value => {
                Some(format!("{}\t{about}\n", quote::powershell(value)))
            }
            _ => Some(format!("{value}\t{about}\n")),
        }
    }
}

/// Returns all candidates for the last word.
fn candidates(words: Vec<OsString>) -> Vec<Candidate> {
    if let Some(begun) = begun_name(&words) {
        // Only a profile can follow here, and with thousands of profiles clap's engine would be slow.
        let names = names().into_iter().filter(|name| name.as_str().starts_with(begun));
        let typed = names.filter(|name| !name.as_str().contains(char::is_control));
        return typed
            .map(|name| Candidate { value: name.as_str().to_owned(), about: String::new() })
            .collect();
    }
    let last = words.len().saturating_sub(1);
    let found = complete(&mut super::definition(), words, last, None).unwrap_or_default();
    found
        .into_iter()
        .filter(|candidate| !candidate.is_hide_set())
        .filter_map(|candidate| {
            let value = candidate.get_value().to_str()?.to_owned();
            let about = candidate.get_help().map(ToString::to_string).unwrap_or_default();
            let about = Shown(about.lines().next().unwrap_or_default()).to_string();
            // A name with control characters cannot be typed.
            (!value.contains(char::is_control)).then_some(Candidate { value, about })
        })
        .collect()
}

/// Returns the beginning of a profile's name, where the last word is the value of `-p`.
fn begun_name(words: &[OsString]) -> Option<&str> {
    let [.., flag, begun] = words else { return None };
    let a_command_of_others = words.iter().any(|word| word == "--");
    (!a_command_of_others && (flag == "-p" || flag == "--profile")).then(|| begun.to_str())?
}

/// The names of all profiles.
fn names() -> BTreeSet<ProfileName> {
    let files = Context::of_process().folders().aws().ok();
    files.and_then(|files| profiles::names(&files).ok()).unwrap_or_default()
}

/// The names of all profiles, for clap.
pub(super) fn profile_names() -> Vec<CompletionCandidate> {
    names().iter().map(|name| CompletionCandidate::new(name.as_str())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_begun_behind_its_flag_and_nowhere_else() {
        for (line, begun) in [
            ("awsesame login -p |", Some("")),
            ("awsesame login --profile de|", Some("de")),
            ("awsesame -p de|", Some("de")),
            ("awsesame login de|", None),
            ("awsesame login -p dev --fo|", None),
            ("awsesame exec -- ls -p |", None),
        ] {
            let words: Vec<OsString> = line.trim_end_matches('|').split(' ').map(OsString::from).collect();
            assert_eq!(begun_name(&words), begun, "{line}");
        }
    }
}
