//! `awsesame exec`: one program with credentials.

use std::ffi::OsString;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::render::Exports;

use super::{Needs, Runner};
use crate::{deliver, ui};

/// Run a program with credentials
#[derive(Debug, clap::Args)]
pub(super) struct Exec {
    #[command(flatten)]
    needs: Needs,
    /// How the program gets them
    #[arg(long, value_name = "WAY", default_value = "env", value_parser = ["env"])]
    via: String,
    /// The program and its arguments
    #[arg(required = true, last = true, value_name = "CMD")]
    command: Vec<OsString>,
}

impl Exec {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let told = runner.session(&mut runner.want(&self.needs)?)?;
        let fault = deliver::exec::replace(&self.command, &Exports::of(&told.header, &told.credentials));
        if runner.shared.json {
            runner.tell_program(&fault);
        }
        ui::fault(&fault);
        Ok(ExitCode::from(deliver::exec::code(&fault)))
    }
}
