//! `awsesame man`: shows the manual, which is generated from the definition of the command line.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use clap::Command;
use clap_mangen::roff::{Roff, bold, italic, roman};
use rustix::fs::Mode;

use super::{Runner, help};
use crate::os::file;
use crate::os::process::in_the_foreground;
use crate::ui;

/// Show the manual: in a pager at a terminal, else as the source of the page
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// The command whose page is shown (`keys import`)
    #[arg(value_name = "COMMAND", conflicts_with = "out")]
    words: Vec<String>,
    /// Write every page into this folder: `awsesame.1`, `awsesame-login.1` and so on
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,
}

/// The exit codes, as the project promises them.
const EXIT_STATUS: [(&str, &str); 9] = [
    ("0", "The command did what it was asked for."),
    ("1", "It failed. MFA that is not enforced, and a code that AWS refused, end so as well."),
    ("2", "The command line is wrong. A malformed code ends so as well."),
    ("3", "A login is needed: there is no usable session, and nobody may be asked."),
    ("4", "The session is not of the account or the role that was expected."),
    ("126", "exec: the program cannot be started."),
    ("127", "exec: the program does not exist."),
    ("130", "Ctrl-C at a question."),
    ("255", "awsesame has a bug."),
];

const FILES: [(&str, &str); 6] = [
    ("~/.aws/config, ~/.aws/credentials", "The profiles, as AWS's tools read them."),
    ("~/.config/awsesame/config.toml", "The settings of awsesame; awsesame config keys lists them."),
    ("~/.local/state/awsesame/sessions", "The sessions, encrypted, and the stamps that change with them."),
    ("~/.local/share/awsesame/keys", "Which profile's long-term key is in which store."),
    ("~/.config/direnv/lib/awsesame.sh", "The library for direnv that awsesame direnv install writes."),
    ("~/.config/awsesame", "XDG_CONFIG_HOME, XDG_STATE_HOME and XDG_DATA_HOME move the last four."),
];

const ENVIRONMENT: [(&str, &str); 8] = [
    ("AWSESAME_PROFILE, AWS_PROFILE, AWS_DEFAULT_PROFILE", "The profile where none is named, in this order."),
    ("AWSESAME_NO_INPUT", "With 1, nothing is ever asked."),
    (
        "AWSESAME_STORE, AWSESAME_KEYS_STORE",
        "Where the key of the sessions and the long-term keys are stored.",
    ),
    ("AWSESAME_CODE_SOURCE", "Where token codes come from; a person types them by default."),
    ("AWSESAME_ACCOUNT, AWSESAME_ROLE", "The account and the role that are expected."),
    ("AWS_CONFIG_FILE, AWS_SHARED_CREDENTIALS_FILE", "Where AWS's files are."),
    ("NO_COLOR", "With any value, nothing is colored. TERM=dumb does the same."),
    ("AWSESAME_EXPORTED", "What awsesame exported into this shell; awsesame env --unset takes it back."),
];

impl Man {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let mut definition = help::bare().disable_help_subcommand(true);
        definition.build();
        if let Some(folder) = &self.out {
            let fail = |error: std::io::Error| file::unwritable(folder, &error);
            // With any umask, other users must not be able to write the pages that people read.
            let before = rustix::process::umask(Mode::WGRP | Mode::WOTH);
            rustix::process::umask(before | Mode::WGRP | Mode::WOTH);
            let made = std::fs::create_dir_all(folder).and_then(|()| write_all(&definition, "", folder));
            rustix::process::umask(before);
            made.map_err(fail)?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut command = &definition;
        for word in &self.words {
            command = command.find_subcommand(word).ok_or_else(|| Fault::BadValue {
                setting: "COMMAND",
                value: word.clone(),
                expected: "a subcommand of awsesame".to_owned(),
            })?;
        }
        let page = page(command, &self.words.join(" ")).map_err(|error| unmade(&error))?;
        if std::io::stdout().is_terminal() && !runner.shared.json && !runner.shared.no_input {
            return self.show(&page);
        }
        ui::print(&page)?;
        Ok(ExitCode::SUCCESS)
    }

    /// Shows the page with `man`, which starts the pager. Without `man`, the long help is shown.
    fn show(&self, page: &str) -> Result<ExitCode, Fault> {
        let folder = tempfile::tempdir().map_err(|error| unmade(&error))?;
        let name = std::iter::once("awsesame").chain(self.words.iter().map(String::as_str));
        let path = folder.path().join(format!("{}.1", name.collect::<Vec<_>>().join("-")));
        std::fs::write(&path, page).map_err(|error| file::unwritable(&path, &error))?;
        if in_the_foreground("man", &[path.into_os_string()]).is_some_and(|status| status.success()) {
            return Ok(ExitCode::SUCCESS);
        }
        let mut command = help::definition();
        command.build();
        for word in &self.words {
            let Some(found) = command.find_subcommand(word) else { break };
            command = found.clone();
        }
        ui::print(&command.render_long_help().to_string())?;
        Ok(ExitCode::SUCCESS)
    }
}

fn unmade(error: &std::io::Error) -> Fault {
    Fault::Bug { what: format!("the manual cannot be made: {error}") }
}

/// Writes the page of a command, and those of its subcommands.
fn write_all(command: &Command, path: &str, folder: &Path) -> std::io::Result<()> {
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        let below =
            if path.is_empty() { one.get_name().to_owned() } else { format!("{path} {}", one.get_name()) };
        write_all(one, &below, folder)?;
    }
    let name = clap_mangen::Man::new(command.clone()).get_filename();
    std::fs::write(folder.join(name), page(command, path)?)
}

/// Returns the page of one command. `path` is the words of the command without `awsesame`.
fn page(command: &Command, path: &str) -> std::io::Result<String> {
    let man = clap_mangen::Man::new(command.clone());
    let mut text = Vec::new();
    man.render_title(&mut text)?;
    man.render_name_section(&mut text)?;
    man.render_synopsis_section(&mut text)?;
    man.render_description_section(&mut text)?;
    man.render_options_section(&mut text)?;
    if command.has_subcommands() {
        man.render_subcommands_section(&mut text)?;
    }
    let mut roff = Roff::new();
    examples(&mut roff, path);
    list(&mut roff, "EXIT STATUS", &EXIT_STATUS);
    list(&mut roff, "FILES", &FILES);
    list(&mut roff, "ENVIRONMENT", &ENVIRONMENT);
    see_also(&mut roff, command, path);
    roff.to_writer(&mut text)?;
    if path.is_empty() {
        man.render_version_section(&mut text)?;
    }
    Ok(String::from_utf8_lossy(&text).into_owned())
}

fn examples(roff: &mut Roff, path: &str) {
    // The page of the program itself has no examples of its own, so it shows those of the most important commands.
    let paths: &[&str] = if path.is_empty() { &["init", "login", "exec", "env"] } else { &[path] };
    roff.control("SH", ["EXAMPLES"]);
    for (line, about) in paths.iter().flat_map(|path| help::of(path)) {
        roff.control("TP", []);
        roff.text([bold(*line)]);
        roff.text([roman(*about)]);
    }
}

fn list(roff: &mut Roff, heading: &str, entries: &[(&str, &str)]) {
    roff.control("SH", [heading]);
    for (term, about) in entries {
        roff.control("TP", []);
        roff.text([italic(*term)]);
        roff.text([roman(*about)]);
    }
}

fn see_also(roff: &mut Roff, command: &Command, path: &str) {
    roff.control("SH", ["SEE ALSO"]);
    let mut pages: Vec<String> = if path.is_empty() { Vec::new() } else { vec!["awsesame(1)".to_owned()] };
    if let Some((above, _)) = path.rsplit_once(' ') {
        pages.push(format!("awsesame-{}(1)", above.replace(' ', "-")));
    }
    let below = command.get_subcommands().filter(|one| !one.is_hide_set());
    let prefix =
        if path.is_empty() { "awsesame".to_owned() } else { format!("awsesame-{}", path.replace(' ', "-")) };
    pages.extend(below.map(|one| format!("{prefix}-{}(1)", one.get_name())));
    pages.extend(["aws(1)", "direnv(1)"].map(str::to_owned));
    roff.text([roman(pages.join(", "))]);
}
