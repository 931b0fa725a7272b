//! `awsesame policy detach`: removes an inline policy from a user or a group.

use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::Shown;
use serde_json::json;

use super::super::Runner;
use super::client::{Bundle, PolicyClient, whose};
use super::{Target, agree, iam_name, report};
use crate::aws::iam::policies as iam;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// Take an inline policy from a user or a group; first shows the effect, and asks
#[derive(Debug, clap::Args)]
pub(super) struct Detach {
    #[command(flatten)]
    target: Target,
    /// The name of the inline policy
    #[arg(long, value_name = "NAME", default_value = "ForceMfa", value_parser = iam_name)]
    name: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
}

impl Detach {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let source = self.target.source();
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let client = PolicyClient::of(runner, &keyring)?;
        let label = source.inline(&self.name);
        let left = client.attached(source)?.into_iter().filter(|one| one.boundary || one.name != label);
        let left = Bundle::read(left.collect(), whose(source))?;
        let after = left.judge(&client.subject(source), runner.context.now()).proof;
        ui::say(&format!("{source} without `{}`: {}", self.name, Shown(&report::verdict(&after))));
        if !self.yes {
            let question = format!("detach `{}` from {source}? [y/N] ", self.name);
            agree(runner, source, "detach", &question, "the policy stays")?;
        }
        client.call(|aws, signer| iam::delete(aws, signer, source, &self.name))?;
        ui::say(&format!("{source} no longer has `{}`", self.name));
        if runner.shared.json {
            let done = json!({
                "target": source.to_string(), "policy": self.name, "after": after.verdict.word(),
            });
            ui::print_json(&done)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}
