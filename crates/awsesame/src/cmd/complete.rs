//! `awsesame completions` and `awsesame man`: made from the command line's own definition.

use std::path::PathBuf;
use std::process::ExitCode;

use awsesame_core::fault::Fault;

use crate::{disk, ui};

/// Print completions for a shell
#[derive(Debug, clap::Args)]
pub(super) struct Completions {
    /// The shell
    shell: clap_complete::Shell,
}

impl Completions {
    pub(super) fn run(&self) -> Result<ExitCode, Fault> {
        let mut text = Vec::new();
        clap_complete::generate(self.shell, &mut super::definition(), "awsesame", &mut text);
        ui::print(&String::from_utf8_lossy(&text))?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Print the manual page, or write one page a command into a folder
#[derive(Debug, clap::Args)]
pub(super) struct Man {
    /// The folder for `awsesame.1`, `awsesame-login.1` and so on
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
}

impl Man {
    pub(super) fn run(&self) -> Result<ExitCode, Fault> {
        if let Some(folder) = &self.out {
            let fail = |error: std::io::Error| disk::unwritable(folder, &error);
            std::fs::create_dir_all(folder).map_err(fail)?;
            clap_mangen::generate_to(super::definition(), folder).map_err(fail)?;
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
