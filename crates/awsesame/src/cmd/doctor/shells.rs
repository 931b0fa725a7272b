//! Checks the user's shell: direnv's hook and our library for it, our prompt hook and our completions. Start-up files
//! can load code from other files, so a hook that is not found is only a note.

use std::path::Path;

use awsesame_core::checkup::starts;
use awsesame_core::name::Shown;

use super::super::{Runner, direnv};
use super::CheckContext;
use super::finding::{Finding, Fix};

/// The maximum size of a start-up file. A larger file is not one.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

pub(super) fn look(checked: &CheckContext<'_>) -> Vec<Finding> {
    let context = checked.runner.context;
    let mut found = Vec::new();
    let has_direnv = context.program("direnv").is_some();
    found.extend(library(checked.runner, has_direnv));
    let shell = context.var("SHELL").unwrap_or_default();
    let shell = shell.rsplit('/').next().unwrap_or_default();
    let Some(loading) = Loading::of(shell) else {
        // Elvish, nushell and PowerShell load by lines of their own.
        let what = match shell {
            "" => "SHELL is not set: the shell's start-up files are not checked".to_owned(),
            shell => format!("the start-up files of the shell `{}` are not checked", Shown(shell)),
        };
        found.push(Finding::note(what).type_in("awsesame hook --help"));
        return found;
    };
    let Some(home) = context.folders().home() else { return found };
    let texts: Vec<String> = loading.files.iter().filter_map(|file| read(&home.join(file))).collect();
    let loads = |words: &[&str]| texts.iter().any(|text| starts(text, words));
    let file = loading.files[0];
    if has_direnv {
        // Oh My Zsh has a plugin that loads direnv's hook.
        found.push(if loads(&["direnv", "hook"]) || loads(&["plugins", "direnv"]) {
            Finding::good(format!("direnv's hook is loaded by {shell}"))
        } else {
            Finding::note(format!("direnv's hook was not found in ~/{file}"))
                .type_in(loading.line.replace("awsesame hook", "direnv hook"))
        });
    }
    found.push(if loads(&["awsesame", "hook"]) {
        Finding::good(format!("awsesame's prompt hook is loaded by {shell}"))
    } else {
        Finding::note(format!(
            "awsesame's prompt hook, which reacts when a session expires, was not found in ~/{file}"
        ))
        .type_in(loading.line)
    });
    let completed = loads(&["awsesame", "completions"])
        || loading.completions.iter().any(|file| home.join(file).exists());
    found.push(if completed {
        Finding::good(format!("awsesame's completions are loaded by {shell}"))
    } else {
        Finding::note(format!("awsesame's completions were not found in ~/{file}"))
            .type_in(loading.line.replace("awsesame hook", "awsesame completions"))
    });
    found
}

/// Checks the library that provides `use awsesame` for .envrc files.
fn library(runner: &Runner<'_>, has_direnv: bool) -> Option<Finding> {
    let install = "awsesame direnv install";
    Some(match direnv::library(runner) {
        Ok((path, direnv::Library::Current)) => {
            Finding::good(format!("`{}` is up to date", runner.context.folders().shown(&path)))
        }
        Ok((path, direnv::Library::Other)) => Finding::failure(
            format!("`{}` is of another version of awsesame", runner.context.folders().shown(&path)),
            install,
        )
        .mended_by(Fix::Library),
        Ok((path, direnv::Library::Strange)) => Finding::failure(
            format!("`{}` is somebody else's", runner.context.folders().shown(&path)),
            "awsesame direnv install --force",
        ),
        Ok((_, direnv::Library::Missing)) if has_direnv => {
            Finding::note("direnv does not know `use awsesame` yet").type_in(install)
        }
        Ok((_, direnv::Library::Missing)) => return None,
        Err(fault) => Finding::fault(&fault),
    })
}

/// The ways in which a shell loads our hook.
struct Loading {
    /// The paths below the home, the usual one first.
    files: &'static [&'static str],
    /// The line that loads our hook from then on.
    line: &'static str,
    /// The files of completions that the shell loads automatically.
    completions: &'static [&'static str],
}

impl Loading {
    fn of(shell: &str) -> Option<Self> {
        Some(match shell {
            "bash" => Self {
                files: &[".bashrc", ".bash_profile", ".profile", ".bash_aliases"],
                line: "echo 'eval \"$(awsesame hook bash)\"' >> ~/.bashrc",
                completions: &[".local/share/bash-completion/completions/awsesame"],
            },
            "zsh" => Self {
                files: &[".zshrc", ".zprofile", ".zshenv", ".config/zsh/.zshrc"],
                line: "echo 'eval \"$(awsesame hook zsh)\"' >> ~/.zshrc",
                completions: &[],
            },
            "fish" => Self {
                files: &[
                    ".config/fish/config.fish",
                    ".config/fish/conf.d/awsesame.fish",
                    ".config/fish/conf.d/direnv.fish",
                ],
                line: "echo 'awsesame hook fish | source' >> ~/.config/fish/config.fish",
                completions: &[".config/fish/completions/awsesame.fish"],
            },
            _ => return None,
        })
    }
}

/// Returns the text of a start-up file. Returns None if it does not exist, or cannot be read.
fn read(path: &Path) -> Option<String> {
    // Reading a pipe would wait for a writer.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let bytes = crate::os::named_file::read(path, MOST_BYTES).ok()??;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
