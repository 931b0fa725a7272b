//! `awsesame process`: prints the answer to `credential_process`. The front answers it from a fresh session; this file
//! handles all other cases.

use std::process::ExitCode;
use std::time::Duration;

use awsesame_core::fault::Fault;
use awsesame_core::render;

use super::{Named, Needs, Runner};
use crate::deliver::generated;
use crate::os::client;
use crate::ui;

/// The time limit of a question. The SDK for Go gives up after a minute, and then nobody reads the answer.
const PATIENCE: Duration = Duration::from_secs(50);

/// Print the credentials for `credential_process` in ~/.aws/config
#[derive(Debug, clap::Args)]
pub(super) struct Process {
    #[command(flatten)]
    pub(super) named: Named,
    #[command(flatten)]
    needs: Needs,
}

impl Process {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let mut want = runner.want(&self.needs)?;
        client::watch();
        want.asking.patience = want.asking.patience.min(PATIENCE);
        want.asking.by_program = true;
        let ready = runner.session(&mut want)?;
        ui::print(&render::process(&ready.session))?;
        // The user's own files may have changed, and then the generated ones are outdated too.
        generated::refresh(runner.context, &runner.state()?);
        Ok(ExitCode::SUCCESS)
    }
}
