//! `awsesame completions` and `awsesame man`: what shells and `man` know of us.

use std::path::PathBuf;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use rustix::fs::Mode;

use crate::os::file;
use crate::ui;

/// Print completions for a shell, those of profile names included
///
/// The first lines say how they are loaded.
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    #[arg(value_parser = ["bash", "zsh", "fish", "elvish", "nu", "powershell"])]
    shell: String,
}

impl Completions {
    pub(super) fn run(&self) -> Result<ExitCode, Fault> {
        ui::print(match self.shell.as_str() {
            "zsh" => include_str!("../../templates/complete.zsh"),
            "fish" => include_str!("../../templates/complete.fish"),
            "elvish" => include_str!("../../templates/complete.elv"),
            "nu" => include_str!("../../templates/complete.nu"),
            "powershell" => include_str!("../../templates/complete.ps1"),
            _ => include_str!("../../templates/complete.bash"),
        })?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Print the manual page, or write one page a command into a folder
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// The folder for `awsesame.1`, `awsesame-login.1` and so on
    #[arg(long, value_name = "FOLDER", value_hint = clap::ValueHint::DirPath)]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self) -> Result<ExitCode, Fault> {
        if let Some(folder) = &self.out {
            let fail = |error: std::io::Error| file::unwritable(folder, &error);
            // Whatever the umask says, nobody else may write what people read.
            let before = rustix::process::umask(Mode::WGRP | Mode::WOTH);
            rustix::process::umask(before | Mode::WGRP | Mode::WOTH);
            let made = std::fs::create_dir_all(folder)
                .and_then(|()| clap_mangen::generate_to(super::definition(), folder));
            rustix::process::umask(before);
            made.map_err(fail)?;
        } else {
            let mut text = Vec::new();
            clap_mangen::Man::new(super::definition())
                .render(&mut text)
                .map_err(|error| Fault::Bug { what: format!("the manual cannot be made: {error}") })?;
            ui::print(&String::from_utf8_lossy(&text))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
