//! `awsesame policy check`: whether policies force MFA, from files or as AWS has them.

use std::io::Read;
use std::process::ExitCode;

use awsesame_core::fault::{Fault, PolicyFault};
use awsesame_core::name::arn_field;
use awsesame_policy::{Finding, Policies, Policy, Subject, Verdict, findings, judge};

use super::super::{Needs, Runner};
use super::{PARTITIONS, account, iam_name, report};
use crate::aws::{self, Aws};
use crate::planned::Planned;
use crate::policies::{self, Attached, Source};
use crate::stage::Stage;
use crate::{login, ui};

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

/// The user whom policies of nobody in particular are tried on.
const SOMEBODY: &str = "example-user";

/// A policy no file of ours takes more than: IAM's own limit is 10,240 characters.
const MOST_BYTES: u64 = 1024 * 1024;

/// A policy beside which one is judged that only denies.
const EVERYTHING: &str = r#"{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

impl Check {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let (name, subject, attached) = self.gather(runner)?;
        let parsed = attached.iter().map(|one| Ok((one, parse(one)?))).collect::<Result<Vec<_>, Fault>>()?;
        let boundary = parsed.iter().find(|(one, _)| one.boundary).map(|(_, policy)| policy);
        let mut identity: Vec<&Policy> =
            parsed.iter().filter(|(one, _)| !one.boundary).map(|(_, policy)| policy).collect();
        let everything = Policy::parse(EVERYTHING).expect("it is a policy");
        // A denial is meant for what other policies allow. A user's are all there.
        let beside_everything = self.user.is_none() && identity.iter().any(|policy| policy.denies_by_mfa());
        if beside_everything {
            identity.push(&everything);
        }
        let judgement = judge(Policies { identity: &identity, boundary, session: &[] }, &subject);
        let found: Vec<(&str, Finding)> = parsed
            .iter()
            .flat_map(|(one, policy)| {
                findings(policy, &one.text, &subject).into_iter().map(|finding| (one.name.as_str(), finding))
            })
            .collect();
        let report = report::Report { name: &name, judgement: &judgement, found: &found, beside_everything };
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

    /// What is judged, what it is called, and whom it is tried on.
    fn gather(&self, runner: &Runner<'_>) -> Result<(String, Subject, Vec<Attached>), Fault> {
        let (whose, name) = match (&self.user, &self.group) {
            (Some(user), _) => (Source::User(user), format!("user `{user}`")),
            (None, Some(group)) => (Source::Group(group), format!("group `{group}`")),
            (None, None) => {
                let subject = Subject {
                    partition: self.partition.clone(),
                    account: self.account.clone(),
                    user: SOMEBODY.to_owned(),
                };
                return Ok((self.files.join(", "), subject, self.read()?));
            }
        };
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let scene = Stage { context: runner.context, state: &state, vault: &vault };
        let told = scene.session(&mut runner.want(&Needs::default())?)?;
        let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
        let aws = Aws::reach(&plan.client, runner.context)?;
        let attached = policies::attached(&aws, &aws::temporary(&told.credentials), whose)
            .map_err(|answer| login::translate(&scene, &plan, &aws, &answer, None, plan.last_role()))?;
        let subject = Subject {
            partition: arn_field(&told.header.arn, 1).unwrap_or("aws").to_owned(),
            account: told.header.account.to_string(),
            user: self.user.clone().unwrap_or_else(|| SOMEBODY.to_owned()),
        };
        Ok((name, subject, attached))
    }

    fn read(&self) -> Result<Vec<Attached>, Fault> {
        let files = self.files.iter().map(|file| (file, false));
        let all = files.chain(self.boundary.iter().map(|file| (file, true)));
        all.map(|(file, boundary)| Ok(Attached { name: file.clone(), text: text(file)?, boundary })).collect()
    }

    /// The flag and the names that ask the same again.
    fn again(&self) -> (&'static str, Vec<String>) {
        match (&self.user, &self.group) {
            (Some(user), _) => ("--user ", vec![user.clone()]),
            (None, Some(group)) => ("--group ", vec![group.clone()]),
            (None, None) => ("", self.files.clone()),
        }
    }
}

fn parse(one: &Attached) -> Result<Policy, Fault> {
    let broken = |why: String| PolicyFault::Broken { path: one.name.clone(), why };
    Ok(Policy::parse(&one.text).map_err(|error| broken(error.to_string()))?)
}

fn text(file: &str) -> Result<String, Fault> {
    let fault = |why: String| Fault::Unreadable { path: file.to_owned(), why };
    let mut bytes = Vec::new();
    let read = if file == "-" {
        std::io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes)
    } else {
        std::fs::File::open(file).and_then(|file| file.take(MOST_BYTES + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| fault(crate::disk::words(&error)))?;
    if bytes.len() as u64 > MOST_BYTES {
        return Err(fault("it is larger than any policy".into()));
    }
    let broken = |_| PolicyFault::Broken { path: file.to_owned(), why: "it is not UTF-8 text".into() };
    let text = String::from_utf8(bytes).map_err(broken)?;
    // Editors on other systems put it there; JSON has none.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
