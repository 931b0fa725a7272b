//! Checks the wording of what users read. It refuses expressions that readers have to read twice, and shows what to
//! write instead. The list is short and exact, because a false alarm costs more than a missed expression.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use crate::project::Project;
use crate::step::{Outcome, Remarks, Tally};

/// A turn of phrase that is refused.
struct Expression {
    /// The words in lower case. A space means the edge of a word.
    words: &'static str,
    /// Longer expressions that contain the words and are good English.
    except: &'static [&'static str],
    /// The words to write instead.
    instead: &'static str,
}

const fn expression(
    words: &'static str,
    except: &'static [&'static str],
    instead: &'static str,
) -> Expression {
    Expression { words, except, instead }
}

const EXPRESSIONS: &[Expression] = &[
    expression(" is no ", &["there is no ", "is no longer "], "is not a"),
    expression(" who looks after ", &[], "the owner of"),
    expression(" are no ", &["there are no ", "are no longer "], "are not"),
    expression(" a row a ", &[], "one row per"),
    expression(" a line a ", &[], "one line per"),
    expression(" an object a ", &[], "one object per"),
    expression(" an id a ", &[], "one id per"),
    expression(" a browser a ", &[], "one browser per"),
    expression(" one a line", &[], "one per line"),
    expression(" one a user", &[], "one per user"),
    expression(" rests ", &[], "is stored"),
    expression(" rest in ", &[], "are stored in"),
    expression(" lies ", &[], "is stored, is in"),
    expression(" lie in ", &[], "are stored in"),
    expression(" lie about", &[], "are unused"),
    expression(" stands ", &[" stands for "], "is"),
    expression(" stand on ", &[], "start from"),
    expression(" ends with ", &[], "exits with"),
    expression(" tells ", &[], "says, shows"),
    expression(" is told ", &[], "is shown, is named"),
    expression(" are told ", &[], "are shown"),
    expression(" mends ", &[], "corrects"),
    expression(" mend ", &[], "correct"),
    expression(" mended ", &[], "corrected"),
    expression(" goes on ", &[], "continues"),
    expression(" go on ", &[], "continue"),
    expression(" goes with ", &[], "disappears with"),
    expression(" whoever ", &[], "anybody who"),
    expression(" whatever ", &[], "everything that"),
    expression(" shall ", &[], "will, must"),
    expression(" anew ", &[], "again"),
    expression(" in the place of ", &[], "instead of"),
    expression(" such are the words", &[], "<reason>"),
    expression(" held against ", &[], "checked against"),
    expression(" runs out ", &[], "expires"),
    expression(" take away ", &[], "delete, remove"),
    expression(" takes away ", &[], "deletes, removes"),
    expression(" taken away ", &[], "deleted, removed"),
    expression(" hands out ", &[], "gives"),
    expression(" enrol ", &[], "enroll"),
    expression(" licence", &[], "license"),
    expression(" colour", &[], "color"),
    expression(" honour", &[], "honor"),
    expression(" behaviour", &[], "behavior"),
    expression(" practise", &[], "practice"),
    expression(" cancelled ", &[], "canceled"),
    expression(" labelled ", &[], "labeled"),
];

/// The beginnings of sentences without a subject.
const HEADLESS: [&str; 5] = ["What ", "Who ", "Whoever ", "Whatever ", "Those that "];

/// Lines that may keep a refused expression, by a part of their text. Each must still be needed.
const ALLOWED: &[&str] = &[];

/// The texts that are read, below the root of the repository.
const TEXTS: [&str; 4] = ["crates/core/src/fault/lines.txt", "README.md", "CHANGELOG.md", "docs"];

pub(super) fn check(project: &Project, _: &mut Remarks) -> Result<Outcome> {
    let mut faults = Vec::new();
    let mut used = vec![false; ALLOWED.len()];
    for text in TEXTS {
        for file in files(&project.root().join(text))? {
            let content = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
            let name = file.strip_prefix(project.root()).unwrap_or(&file).display().to_string();
            for (number, line) in content.lines().enumerate() {
                // A fault's name for programs, which never changes.
                if name.ends_with("lines.txt") && !line.contains(": ") {
                    continue;
                }
                let Some(fault) = fault_of(line) else { continue };
                match ALLOWED.iter().position(|allowed| line.contains(allowed)) {
                    Some(at) => used[at] = true,
                    None => faults.push(format!("{name}:{}: {fault}: {}", number + 1, line.trim())),
                }
            }
        }
    }
    for (allowed, used) in ALLOWED.iter().zip(used) {
        if !used {
            faults.push(format!("`{allowed}` need not be allowed any longer"));
        }
    }
    if !faults.is_empty() {
        bail!("{} lines to write in other words:\n{}", faults.len(), faults.join("\n"));
    }
    Ok(Outcome::Done(Tally::PASSED))
}

/// Returns the reason why a line is refused, or None if it is good.
fn fault_of(line: &str) -> Option<String> {
    let plain: String =
        line.chars().map(|c| if c.is_alphanumeric() || "<>'-".contains(c) { c } else { ' ' }).collect();
    let words = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    let padded = format!(" {} ", words.to_lowercase());
    for Expression { words, except, instead } in EXPRESSIONS {
        let allowed: usize = except.iter().map(|longer| padded.matches(longer).count()).sum();
        if padded.matches(words).count() > allowed {
            return Some(format!("not `{}` but `{instead}`", words.trim()));
        }
    }
    let text = line.trim_start_matches(['#', '-', '*', '>', '|', ' ']);
    let sentences = std::iter::once(text).chain(text.split(". ").skip(1));
    for sentence in sentences {
        let question = sentence.split('.').next().is_some_and(|first| first.contains('?'));
        if !question && let Some(head) = HEADLESS.iter().find(|head| sentence.starts_with(**head)) {
            return Some(format!("no sentence begins with `{}`", head.trim()));
        }
    }
    None
}

/// Returns a file itself, or the Markdown files of a folder in the order of their names.
fn files(path: &Path) -> Result<Vec<PathBuf>> {
    if !path.is_dir() {
        return Ok(vec![path.to_owned()]);
    }
    let entries = fs::read_dir(path).with_context(|| path.display().to_string())?;
    let mut found: Vec<PathBuf> = entries.map(|entry| Ok(entry?.path())).collect::<Result<_>>()?;
    found.retain(|file| file.extension().is_some_and(|extension| extension == "md"));
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_refused_turn_is_found_and_named_with_its_substitute() {
        for Expression { words, instead, .. } in EXPRESSIONS {
            let line = format!("awsesame{words}thing.");
            // A turn of half a word, such as ` colour`, continues there.
            let fault = fault_of(&line).unwrap_or_else(|| panic!("{line}"));
            assert!(fault.contains(instead), "{line}: {fault}");
        }
    }

    #[test]
    fn good_english_passes() {
        for line in [
            "there is no profile `dev`",
            "the session is no longer good",
            "`...` stands for other lines",
            "the rest is behind `--all`",
            "What does it need?",
            "| what awsesame does | how |",
            "it says what to type",
        ] {
            assert_eq!(fault_of(line), None, "{line}");
        }
    }

    #[test]
    fn a_turn_is_found_across_punctuation_at_the_edges_and_in_tables() {
        for line in
            ["`x` is no account: expected", "| rests | x |", "It rests", "the key, which *lies* there"]
        {
            assert!(fault_of(line).is_some(), "{line}");
        }
    }

    #[test]
    fn a_sentence_has_a_subject() {
        for line in ["What works is named.", "- Whoever asks gets it.", "It works. What does not is named."] {
            assert!(fault_of(line).is_some(), "{line}");
        }
    }
}
