//! `awsesame policy check`: decides whether policies enforce MFA. The policies come from files or from AWS.

use std::io::Read;
use std::process::ExitCode;

use awsesame_core::fault::{Fault, PolicyFault};
use awsesame_policy::{Finding, Proof, Subject, Verdict, Whose, findings, partitions};

use super::super::Runner;
use super::client::{Bundle, Judged, PolicyClient, SOMEBODY, whose};
use super::report::{Look, Report};
use super::simulated::{self, Difference};
use super::{PARTITIONS, account, iam_name};
use crate::account::policies::Attached;
use crate::aws::iam::user_or_group::UserOrGroup;
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// Decide whether policies enforce MFA, for every action, and show every way around it
#[derive(Debug, clap::Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
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
    /// Ask AWS's policy simulator as well, which knows the organization's policies
    #[arg(long, requires = "user")]
    simulate: bool,
    /// A file with the permission boundary
    #[arg(long, value_name = "FILE", requires = "files")]
    boundary: Option<String>,
    /// The account of the ARNs
    #[arg(long, value_name = "ID", requires = "files", value_parser = account)]
    account: Option<String>,
    /// The partition of the ARNs; by default each partition that the policies name
    #[arg(long, value_name = "NAME", requires = "files", value_parser = PARTITIONS)]
    partition: Option<String>,
    /// Require more: MFA also for actions that AWS may add later, and a Deny beside each Allow
    #[arg(long)]
    strict: bool,
    /// Accept that a device can be enrolled without MFA, and nothing else
    #[arg(long)]
    accept_enrollment: bool,
    /// Show everything, not only one screen
    #[arg(long)]
    all: bool,
}

/// The policies that are checked, and the result.
struct Gathered {
    name: String,
    subject: Subject,
    bundle: Bundle,
    judged: Judged,
    /// The actions for which AWS's simulator has a different result.
    differences: Vec<Difference>,
}

/// The account in ARNs if none is named, which is the one in AWS's own examples.
const EXAMPLE_ACCOUNT: &str = "123456789012";

/// The largest file that is taken for a policy: AWS's own have up to 130 kB, people's 10 kB.
const MOST_BYTES: u64 = 4 * 1024 * 1024;

impl Check {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let Gathered { name, subject, bundle, judged, differences } = self.gather(runner)?;
        let Judged { proof, rows, beside_everything, closed_by } = judged;
        let found: Vec<(&str, Finding)> = bundle
            .parsed
            .iter()
            .flat_map(|(one, policy)| {
                findings(policy, &one.text, &subject).into_iter().map(|finding| (one.name.as_str(), finding))
            })
            .collect();
        let report = Report {
            name: &name,
            proof: &proof,
            rows: &rows,
            policies: &bundle.names(),
            found: &found,
            beside_everything,
            closed_by: &closed_by,
            simulated: self.simulate.then_some(&differences),
            all: self.all,
            look: Look::of_stdout(),
        };
        if runner.shared.json {
            ui::print_json(&report.object())?;
        } else {
            ui::print(&report.text())?;
        }
        match self.objection(name, &proof) {
            None => Ok(ExitCode::SUCCESS),
            Some(fault) => Err(fault.into()),
        }
    }

    /// Returns the reason why the verdict is not sufficient, if there is one.
    fn objection(&self, what: String, proof: &Proof) -> Option<PolicyFault> {
        let (flag, names) = self.again();
        let strictly = |why: &'static str| PolicyFault::NotStrict { what: what.clone(), why };
        match proof.verdict {
            Verdict::NotEnforced => Some(PolicyFault::NotEnforced { what, flag, names }),
            Verdict::Unsure => Some(PolicyFault::Unsure { what }),
            Verdict::ButForEnrollment if !self.accept_enrollment => {
                Some(PolicyFault::EnrollmentOpen { what })
            }
            _ if self.strict && !proof.new_actions.is_empty() => {
                Some(strictly("a new action of AWS's would work without MFA"))
            }
            _ if self.strict && proof.rests_on_allow => {
                Some(strictly("without a Deny, the policy of a resource can allow a bare key"))
            }
            Verdict::Enforced | Verdict::EnforcedToday | Verdict::ButForEnrollment => None,
        }
    }

    /// Returns the policies that are judged, their name, and the result.
    fn gather(&self, runner: &Runner<'_>) -> Result<Gathered, Fault> {
        let Some(source) = self.source() else {
            let whose = if self.account.is_some() { Whose::AnyUser } else { Whose::Anybody };
            let bundle = Bundle::read(self.read()?, whose)?;
            let partitions = match &self.partition {
                Some(partition) => vec![partition.as_str()],
                None => partitions(bundle.parsed.iter().map(|(_, policy)| policy)),
            };
            let each = partitions.into_iter().map(|partition| {
                let subject = self.somebody(partition);
                let judged = bundle.judge(&subject, runner.context.now());
                (subject, judged)
            });
            let worst = each.reduce(|worst, next| {
                let severity = |(_, judged): &(_, Judged)| judged.proof.verdict.severity();
                if severity(&next) > severity(&worst) { next } else { worst }
            });
            let (subject, judged) = worst.expect("there is one partition at least");
            let name = self.files.join(", ");
            return Ok(Gathered { name, subject, bundle, judged, differences: Vec::new() });
        };
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let client = PolicyClient::of(runner, &keyring)?;
        let bundle = Bundle::read(client.attached(source)?, whose(source))?;
        let subject = client.subject(source);
        let mut judged = bundle.judge(&subject, runner.context.now());
        let mut differences = Vec::new();
        if self.simulate {
            differences = simulated::revise(&client, &mut judged, &subject)?;
        }
        Ok(Gathered { name: source.to_string(), subject, bundle, judged, differences })
    }

    /// Returns a user whom policies of files can belong to.
    fn somebody(&self, partition: &str) -> Subject {
        Subject {
            partition: partition.to_owned(),
            account: self.account.clone().unwrap_or_else(|| EXAMPLE_ACCOUNT.to_owned()),
            user: SOMEBODY.to_owned(),
            path: Some("/".to_owned()),
        }
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

    /// Returns the flag and the names that repeat the check.
    fn again(&self) -> (&'static str, Vec<String>) {
        self.source().map_or_else(|| ("", self.files.clone()), UserOrGroup::again)
    }
}

/// Returns the text of a file, or of standard input.
pub(super) fn text(file: &str) -> Result<String, Fault> {
    let fault = |why: String| Fault::Unreadable { path: file.to_owned(), why };
    let bytes = if file == "-" {
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| fault(crate::os::file::words(&error)))?;
        bytes
    } else {
        let bytes = crate::os::named_file::read(std::path::Path::new(file), MOST_BYTES).map_err(fault)?;
        bytes.ok_or_else(|| fault("no such file or directory".into()))?.to_vec()
    };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(fault("it is larger than any policy".into()));
    }
    let broken = |_| PolicyFault::Broken { path: file.to_owned(), why: "it is not UTF-8 text".into() };
    let text = String::from_utf8(bytes).map_err(broken)?;
    // Editors on other systems add a byte order mark, which JSON does not allow.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
