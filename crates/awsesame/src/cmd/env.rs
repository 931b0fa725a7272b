//! `awsesame env`: prints the exports. The front answers it from a fresh session; this file handles all other cases.

use std::io::IsTerminal as _;
use std::path::Path;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::render::{Exports, Format};
use awsesame_core::session::{Header, Kind};

use clap_complete::engine::{ArgValueCandidates, CompletionCandidate};

use super::{Named, Needs, Runner, usage};
use crate::deliver;
use crate::os::context::Context;
use crate::ui::{self, report};

/// Print the credentials as exports for a shell: `eval "$(awsesame env)"`
#[derive(Debug, clap::Args)]
pub(super) struct Env {
    #[command(flatten)]
    pub(super) named: Named,
    /// bash, zsh, fish, elvish, nu, powershell, dotenv or json [default: bash, with `--json` json]
    #[arg(long, value_name = "SHELL", add = ArgValueCandidates::new(formats))]
    format: Option<String>,
    /// Remove everything that awsesame exported into this shell
    #[arg(long, conflicts_with_all = ["word", "account", "role", "max_age"])]
    unset: bool,
    #[command(flatten)]
    needs: Needs,
}

impl Env {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let context = runner.context;
        let format = match &self.format {
            Some(format) => Format::parse(format).or_else(|fault| {
                // Without a valid format the shell is unknown, so the text makes the most common shells fail.
                if !runner.shared.json {
                    usage::withhold(None, &fault.to_string(), context)?;
                }
                Err(fault)
            })?,
            None if runner.shared.json => Format::Json,
            None => Format::Bash,
        };
        if self.unset {
            return unset(format, context);
        }
        let ready = runner.want(&self.needs).and_then(|mut want| runner.session(&mut want));
        match ready {
            Ok(ready) => {
                let exports = Exports::of(&ready.session);
                ui::print(&exports.over(|name| context.var(name)).render(format))?;
                say_how_short(&ready.session.header, context.now());
                Ok(ExitCode::SUCCESS)
            }
            Err(fault) => {
                // A shell that evaluates this must not continue with the keys of another profile, or without keys.
                if !runner.shared.json {
                    let exports = deliver::withheld(&context.subject(runner.profile()), &fault, context);
                    let failing = exports.over(|name| context.var(name)).render_failing(format, &fault);
                    ui::print(&failing)?;
                }
                Err(fault)
            }
        }
    }
}

/// Says how to get longer credentials if these last only fifteen minutes.
fn say_how_short(header: &Header, now: i64) {
    if header.kind == Kind::SignIn && std::io::stderr().is_terminal() {
        ui::say(&format!(
            "these variables expire in {} and cannot be refreshed; programs that ask can: awsesame exec --via broker{} -- COMMAND",
            report::span(header.left(now)),
            header.subject.flag()
        ));
    }
}

/// Prints the text that removes our exports.
fn unset(format: Format, context: Context) -> Result<ExitCode, Fault> {
    if format == Format::Dotenv {
        let expected = "a shell, or json: a dotenv file cannot unset anything".to_owned();
        return Err(Fault::BadValue { setting: "--format", value: "dotenv".to_owned(), expected });
    }
    let state = context.folders().state().ok();
    let is_ours = |path: &str| state.as_ref().is_some_and(|state| Path::new(path).starts_with(state));
    let exports = Exports::taken_back(|name| context.var(name), is_ours);
    if exports.is_empty() {
        ui::say("nothing in this environment comes from awsesame");
    }
    ui::print(&exports.render(format))?;
    Ok(ExitCode::SUCCESS)
}

fn formats() -> Vec<CompletionCandidate> {
    Format::ALL.map(|(name, _)| CompletionCandidate::new(name)).into()
}
