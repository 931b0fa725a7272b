//! `awsesame env`: the exports. The front answers it from a fresh session; this
//! is the way of all other cases.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::render::{Exports, Format};

use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use super::{Named, Needs, Runner};
use crate::deliver;
use crate::ui;

/// Print the credentials as exports for a shell: `eval "$(awsesame env)"`
#[derive(Debug, clap::Args)]
pub(super) struct Env {
    #[command(flatten)]
    pub(super) named: Named,
    /// bash, zsh, fish, elvish, nu, powershell, dotenv or json [default: bash, with `--json` json]
    #[arg(long, value_name = "SHELL", add = ArgValueCandidates::new(formats))]
    format: Option<String>,
    #[command(flatten)]
    needs: Needs,
}

impl Env {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let format = match &self.format {
            Some(format) => Format::parse(format)?,
            None if runner.shared.json => Format::Json,
            None => Format::Bash,
        };
        let context = runner.context;
        let told = runner.want(&self.needs).and_then(|mut want| runner.session(&mut want));
        match told {
            Ok(told) => {
                let exports = Exports::of(&told.session);
                ui::print(&exports.over(|name| context.var(name)).render(format))?;
                Ok(ExitCode::SUCCESS)
            }
            Err(fault) => {
                // A shell that evaluates this must not go on with another profile's keys, nor with nobody's.
                if !runner.shared.json {
                    let exports = deliver::withheld(&context.subject(runner.profile()), context);
                    let failing = exports.over(|name| context.var(name)).render_failing(format, &fault);
                    ui::print(&failing)?;
                }
                Err(fault)
            }
        }
    }
}

fn formats() -> Vec<CompletionCandidate> {
    Format::ALL.map(|(name, _)| CompletionCandidate::new(name)).into()
}
