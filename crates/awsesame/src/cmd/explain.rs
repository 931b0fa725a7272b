//! `awsesame explain`: shows which credentials AWS's tools use here, and why. It reads the environment, files and the
//! keyring. It asks nobody and makes no call.

mod known;
mod plan;
mod told;

use std::path::Path;
use std::process::ExitCode;

use awsesame_core::fault::Fault;
use awsesame_core::name::{ProfileName, Subject};
use awsesame_core::session::Header;
use awsesame_core::session::standing::Standing;
use awsesame_provenance::{Client, ClientSetup, Files, Variables, Verdict};

use self::known::OwnCredentials;
use self::plan::Planning;
use super::{Named, Runner};
use crate::config::profiles;
use crate::os::context::Context;
use crate::ui;
use crate::vault::standing::standing;

/// Explain whose credentials AWS's tools use here, and why
///
/// With `-p NAME`, as if each tool was told that profile: `aws --profile NAME`, or the profile
/// as an argument in code. Nobody is asked and no call is made.
#[derive(Debug, clap::Args)]
pub(super) struct Explain {
    #[command(flatten)]
    pub(super) named: Named,
}

/// Everything there is to explain.
struct Explained {
    /// The subject of the plan and the session.
    subject: Subject,
    /// The profile that is set on the clients themselves.
    asked: Option<ProfileName>,
    variables: Variables,
    verdicts: Vec<Verdict>,
    known: OwnCredentials,
    planning: Planning,
    session: Option<(Header, Standing)>,
    /// The command by which this shell removes a variable from the environment.
    unset: &'static str,
    now: i64,
}

impl Explain {
    #[expect(clippy::unused_self, reason = "every command is run alike")]
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let explained = Explained::gather(runner)?;
        if runner.shared.json {
            ui::print_json(&explained.object())?;
        } else {
            ui::print(&explained.text(ui::width()))?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

impl Explained {
    fn gather(runner: &Runner<'_>) -> Result<Self, Fault> {
        let context = runner.context;
        let (now, json) = (context.now(), runner.shared.json);
        let asked = runner.profile().map(ProfileName::new);
        let variables = Variables::read(|name| context.raw_var(name));
        let [config, credentials] = context.folders().aws_of_tools()?;
        let files = read(context, json, &config, &credentials)?;
        let setup = ClientSetup { variables: &variables, files: &files, asked: asked.as_ref() };
        let verdicts = Client::ALL.map(|client| setup.verdict(client)).into();
        let state = runner.state()?;
        let planning = Planning::of(runner, json);
        let subject = planning.subject().unwrap_or_else(|| context.subject(runner.profile()));
        let header = state.session(&subject)?.and_then(Result::ok).map(|sealed| sealed.header().clone());
        let session = match header {
            Some(header) => standing(&state, &header, now)?.map(|standing| (header, standing)),
            None => None,
        };
        let known = OwnCredentials::read(context, &state, now)?;
        let fish = context.var("SHELL").is_some_and(|shell| shell.ends_with("/fish"));
        let unset = if fish { "set -e" } else { "unset" };
        Ok(Self { subject, asked, variables, verdicts, known, planning, session, unset, now })
    }
}

/// Reads two files with the lines of their settings. Programs get the full paths.
fn read(context: Context, json: bool, config: &Path, credentials: &Path) -> Result<Files, Fault> {
    let text = |path: &Path| profiles::contents(path).map(Option::unwrap_or_default);
    let shown =
        |path: &Path| if json { path.to_string_lossy().into_owned() } else { context.folders().shown(path) };
    Ok(Files::read((&text(config)?, &shown(config)), (&text(credentials)?, &shown(credentials))))
}
