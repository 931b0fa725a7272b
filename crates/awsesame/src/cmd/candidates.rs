//! `awsesame __complete`: prints the candidates for the word at the cursor, for the completions of the shells. clap's
//! engine knows the command line. This file adds the names of the profiles, and the form that each shell needs.

use std::ffi::{OsStr, OsString};
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

    /// Returns the line for a candidate in the form that the shell reads.
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
        // Only a profile can follow here.
        return names_begun("", begun);
    }
    let last = words.len().saturating_sub(1);
    let found = complete(&mut super::definition(), words, last, None).unwrap_or_default();
    found
        .into_iter()
        .filter(|candidate| !candidate.is_hide_set())
        .flat_map(|candidate| {
            let value = candidate.get_value().to_str();
            if let Some(begun) = candidate.get_id().and_then(|id| id.strip_prefix(NAMES)) {
                // A flag may stand in front, as in `--profile=dev`.
                let flag = value.and_then(|value| value.strip_suffix(begun)).unwrap_or_default();
                return names_begun(flag, begun);
            }
            let about = candidate.get_help().map(ToString::to_string).unwrap_or_default();
            let about = Shown(about.lines().next().unwrap_or_default()).to_string();
            let candidate = value.map(|value| Candidate { value: value.to_owned(), about });
            candidate.into_iter().filter(Candidate::can_be_typed).collect::<Vec<_>>()
        })
        .collect()
}

impl Candidate {
    fn can_be_typed(&self) -> bool {
        !self.value.contains(char::is_control)
    }
}

/// Returns the beginning of a profile's name, where the last word is the value of `-p`.
fn begun_name(words: &[OsString]) -> Option<&str> {
    let [.., flag, begun] = words else { return None };
    let a_command_of_others = words.iter().any(|word| word == "--");
    (!a_command_of_others && (flag == "-p" || flag == "--profile")).then(|| begun.to_str())?
}

/// The profiles whose names begin so, each behind a flag.
fn names_begun(flag: &str, begun: &str) -> Vec<Candidate> {
    let files = Context::of_process().folders().aws().ok();
    let names = files.and_then(|files| profiles::names(&files).ok()).unwrap_or_default();
    let names = names.iter().map(ProfileName::as_str).filter(|name| name.starts_with(begun));
    let candidates = names.map(|name| Candidate { value: format!("{flag}{name}"), about: String::new() });
    candidates.filter(Candidate::can_be_typed).collect()
}

/// The mark of the candidate that stands for all profiles.
const NAMES: &str = "profiles that begin with ";

/// One candidate in the place of all profiles: there may be thousands, and clap would work on each of them.
pub(super) fn profile_names(begun: &OsStr) -> Vec<CompletionCandidate> {
    let mark = format!("{NAMES}{}", begun.to_string_lossy());
    vec![CompletionCandidate::new(begun).id(Some(mark))]
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
