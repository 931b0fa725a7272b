//! Offers, after the set-up of a profile, the parts that connect a shell with the sessions: direnv's library, the
//! prompt hook and the completions. Nothing is written without the user's agreement.

use std::path::{Path, PathBuf};

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Shown};

use super::super::Runner;
use super::super::direnv::{Library, library, write_library};
use super::super::person::is_yes;
use crate::config::editing::Original;
use crate::config::profiles;
use crate::os::context::Context;
use crate::ui;

/// Offers each part that is not there yet.
pub(super) fn make(runner: &Runner<'_>, profile: &ProfileName) -> Result<(), Fault> {
    if runner.shared.json || runner.terminal()?.is_none() {
        return Ok(());
    }
    let missing = runner.context.has_program("direnv") && library(runner)?.1 == Library::Missing;
    if missing
        && agrees(runner, "direnv is here; write its library, for `use awsesame` in an .envrc?", profile)?
    {
        write_library(runner)?;
        ui::say(&format!(
            "wrote direnv's library; in an .envrc: use awsesame {}",
            profile.flag().trim_start_matches(" -p ")
        ));
    }
    let Some((shell, path, lines)) = start_up(runner.context) else { return Ok(()) };
    let text = profiles::contents(&path)?.unwrap_or_default();
    if text.contains("awsesame hook") {
        return Ok(());
    }
    let shown = runner.context.folders().shown(&path);
    let question = format!("add the prompt hook and the completions for {shell} to `{}`?", Shown(&shown));
    if agrees(runner, &question, profile)? {
        append(&path, &text, lines, profile)?;
        ui::say(&format!("added two lines to `{}`; they are read by the next shell", Shown(&shown)));
    }
    Ok(())
}

fn agrees(runner: &Runner<'_>, question: &str, profile: &ProfileName) -> Result<bool, Fault> {
    let mut person = runner.person("an offer", "init", profile)?;
    // No answer means no; the profile is complete without these parts.
    Ok(person.says(&format!("{question} [y/N] "))?.is_some_and(|answer| is_yes(&answer)))
}

/// Returns the user's shell, its start-up file, and the lines for it.
pub(in super::super) fn start_up(context: Context) -> Option<(&'static str, PathBuf, &'static str)> {
    const SHELLS: [(&str, &str, &str); 3] = [
        ("bash", ".bashrc", "eval \"$(awsesame hook bash)\"\neval \"$(awsesame completions bash)\"\n"),
        (
            "zsh",
            ".zshrc",
            "eval \"$(awsesame hook zsh)\"\n(( $+functions[compdef] )) && eval \"$(awsesame completions zsh)\"\n",
        ),
        (
            "fish",
            ".config/fish/config.fish",
            "awsesame hook fish | source\nawsesame completions fish | source\n",
        ),
    ];
    let shell = context.var("SHELL")?;
    let shell = Path::new(&shell).file_name()?.to_str()?.to_owned();
    let home = context.folders().home()?;
    let (name, file, lines) = SHELLS.into_iter().find(|(name, ..)| *name == shell)?;
    Some((name, home.join(file), lines))
}

fn append(path: &Path, text: &str, lines: &str, profile: &ProfileName) -> Result<(), Fault> {
    let gap = if text.is_empty() || text.ends_with('\n') { "" } else { "\n" };
    let new = format!("{text}{gap}{lines}");
    match Original::read(path)? {
        Some(original) => original.replace(&new, "init", profile),
        None => Original::create(path, &new),
    }
}
