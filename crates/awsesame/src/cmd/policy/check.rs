//! `awsesame policy check`: whether policies force MFA, from files or as AWS has them.

use std::io::Read;
use std::process::ExitCode;

use awsesame_core::fault::{Fault, PolicyFault};
use awsesame_policy::{Finding, Subject, Verdict, findings};

use super::super::Runner;
use super::desk::{Bundle, Desk, Judged, SOMEBODY};
use super::report::Report;
use super::simulated::{self, Difference};
use super::{PARTITIONS, account, iam_name};
use crate::account::policies::Attached;
use crate::aws::iam::user_or_group::UserOrGroup;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// Judge policies: who gets what without MFA, and which statements only seem to force it
#[derive(Debug, clap::Args)]
pub(super) struct Check {
    /// Files with a policy each, judged together; `-` is standard input
    #[arg(value_name = "FILE", required_unless_present_any = ["user", "group"])]
    files: Vec<String>,
    /// The policies of a user, as AWS has them: its own, its groups', and its boundary
    #[arg(long, value_name = "NAME", conflicts_with_all = ["files", "group"], value_parser = iam_name)]
    user: Option<String>,
    /// The policies of a group, as AWS has them
    #[arg(long, value_name = "NAME", conflicts_with = "files", value_parser = iam_name)]
    group: Option<String>,
    /// Ask AWS's policy simulator as well, which knows the organization's policies; its word counts
    #[arg(long, requires = "user")]
    simulate: bool,
    /// A file with the permission boundary
    #[arg(long, value_name = "FILE", requires = "files")]
    boundary: Option<String>,
    /// The account that the ARNs in question are of
    #[arg(long, value_name = "ID", requires = "files", default_value = "123456789012", value_parser = account)]
    account: String,
    /// The partition that the ARNs in question are of
    #[arg(long, value_name = "NAME", requires = "files", default_value = "aws", value_parser = PARTITIONS)]
    partition: String,
}

/// What is judged.
struct Gathered {
    name: String,
    subject: Subject,
    bundle: Bundle,
    judged: Judged,
    /// Where AWS's simulator says something else.
    differences: Vec<Difference>,
}

/// A policy no file of ours takes more than: IAM's own limit is 10,240 characters.
const MOST_BYTES: u64 = 1024 * 1024;

impl Check {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let Gathered { name, subject, bundle, judged, differences } = self.gather(runner)?;
        let Judged { judgement, beside_everything } = judged;
        let found: Vec<(&str, Finding)> = bundle
            .parsed
            .iter()
            .flat_map(|(one, policy)| {
                findings(policy, &one.text, &subject).into_iter().map(|finding| (one.name.as_str(), finding))
            })
            .collect();
        let report = Report {
            name: &name,
            judgement: &judgement,
            found: &found,
            beside_everything,
            simulated: self.simulate.then_some(&differences),
        };
        ui::print(&if runner.shared.json { report.json() } else { report.text() })?;
        let unsound = found.iter().any(|(_, finding)| finding.flaw.is_unsound());
        match &judgement.verdict {
            Verdict::Forced | Verdict::NothingAllowed if !unsound => Ok(ExitCode::SUCCESS),
            Verdict::Unsure(actions) if !unsound => {
                Err(PolicyFault::Unsure { what: name, actions: actions.len() }.into())
            }
            _ => {
                let (flag, names) = self.again();
                Err(PolicyFault::NotForced { what: name, flag, names }.into())
            }
        }
    }

    /// What is judged, what it is called, and what it comes to.
    fn gather(&self, runner: &Runner<'_>) -> Result<Gathered, Fault> {
        let Some(source) = self.source() else {
            let subject = Subject {
                partition: self.partition.clone(),
                account: self.account.clone(),
                user: SOMEBODY.to_owned(),
            };
            let bundle = Bundle::read(self.read()?, false)?;
            let judged = bundle.judge(&subject);
            let name = self.files.join(", ");
            return Ok(Gathered { name, subject, bundle, judged, differences: Vec::new() });
        };
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let scene = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let desk = Desk::of(runner, &scene)?;
        let bundle = Bundle::read(desk.attached(source)?, source.is_complete())?;
        let subject = desk.subject(source);
        let mut judged = bundle.judge(&subject);
        let mut differences = Vec::new();
        if self.simulate {
            (judged.judgement, differences) = simulated::revise(&desk, judged.judgement, &subject)?;
        }
        Ok(Gathered { name: source.to_string(), subject, bundle, judged, differences })
    }

    fn source(&self) -> Option<UserOrGroup<'_>> {
        let group = || self.group.as_deref().map(UserOrGroup::Group);
        self.user.as_deref().map(UserOrGroup::User).or_else(group)
    }

    fn read(&self) -> Result<Vec<Attached>, Fault> {
        let files = self.files.iter().map(|file| (file, false));
        let all = files.chain(self.boundary.iter().map(|file| (file, true)));
        all.map(|(file, boundary)| Ok(Attached { name: file.clone(), text: text(file)?, boundary })).collect()
    }

    /// The flag and the names that ask the same again.
    fn again(&self) -> (&'static str, Vec<String>) {
        self.source().map_or_else(|| ("", self.files.clone()), UserOrGroup::again)
    }
}

/// What a file has, or standard input.
pub(super) fn text(file: &str) -> Result<String, Fault> {
    let fault = |why: String| Fault::Unreadable { path: file.to_owned(), why };
    let mut bytes = Vec::new();
    let read = if file == "-" {
        std::io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| fault(crate::os::file::words(&error)))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(fault("it is larger than any policy".into()));
    }
    let broken = |_| PolicyFault::Broken { path: file.to_owned(), why: "it is not UTF-8 text".into() };
    let text = String::from_utf8(bytes).map_err(broken)?;
    // Editors on other systems put it there; JSON has none.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
