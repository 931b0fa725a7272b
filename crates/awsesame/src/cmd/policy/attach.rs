//! `awsesame policy attach`: enforces MFA for a user or a group, after it has shown the effect of the policy.

use std::process::ExitCode;

use awsesame_core::fault::{Fault, PolicyFault};
use awsesame_core::name::Shown;
use awsesame_policy::{Draft, Measure, Proof, Purpose, Subject, Verdict};
use serde_json::json;

use super::super::{Runner, seconds};
use super::client::{Bundle, Judged, PolicyClient, whose};
use super::report::{self, Report};
use super::{Target, agree, check, iam_name};
use crate::account::policies::Attached;
use crate::aws::iam::user_or_group::UserOrGroup;
use crate::aws::iam::{devices, policies as iam};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// Give a user or a group a policy that enforces MFA; first shows its effect, and asks
#[derive(Debug, clap::Args)]
pub(super) struct Attach {
    #[command(flatten)]
    target: Target,
    /// A file with the policy; `-` is standard input
    #[arg(value_name = "FILE", conflicts_with_all = ["purpose", "max_age"])]
    file: Option<String>,
    /// Without a file, a policy as `policy show --for` prints it; `enrollment` while somebody has no
    /// device, then `self-service`
    #[arg(long = "for", value_name = "PURPOSE",
        value_parser = ["self-service", "enrollment", "admin-group", "max-age"])]
    purpose: Option<String>,
    /// The maximum age of a code, for `--for max-age`
    #[arg(long, value_name = "AGE", default_value = "12h", value_parser = seconds)]
    max_age: u32,
    /// The name of the inline policy; one of that name is replaced
    #[arg(long, value_name = "NAME", default_value = "ForceMfa", value_parser = iam_name)]
    name: String,
    /// Do not ask
    #[arg(long)]
    yes: bool,
    /// Attach it even if it does not enforce MFA
    #[arg(long)]
    anyway: bool,
}

/// The number of members up to which each one is checked for devices.
const MOST_MEMBERS: usize = 50;

impl Attach {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let source = self.target.source();
        // An unreadable file is reported before a code is requested.
        let file = self.file.as_deref().map(check::text).transpose()?;
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let client = PolicyClient::of(runner, &keyring)?;
        let subject = client.subject(source);
        let shut_out = who_has_no_device(&client, source)?;
        let text = file.unwrap_or_else(|| self.draft(&subject, shut_out.is_empty()));

        let now = client.attached(source)?;
        let label = source.inline(&self.name);
        let (replaced, others): (Vec<Attached>, Vec<Attached>) =
            now.into_iter().partition(|one| !one.boundary && one.name == label);
        let before = Bundle::read(replaced.iter().chain(&others).cloned().collect(), whose(source))?
            .judge(&subject, runner.context.now())
            .proof;
        let added = Attached { name: label, text: text.clone(), boundary: false };
        let with = Bundle::read(others.into_iter().chain([added]).collect(), whose(source))?;
        let Judged { proof: after, rows, beside_everything, closed_by } =
            with.judge(&subject, runner.context.now());

        ui::say(&format!("{source}: now {}", Shown(&report::verdict(&before))));
        ui::say(&format!("with `{}`: {}", self.name, Shown(&report::verdict(&after))));
        if !is_enough(&after) && !self.anyway {
            let report = Report {
                name: self.name.as_str(),
                proof: &after,
                rows: &rows,
                policies: &with.names(),
                found: &[],
                beside_everything,
                closed_by: &closed_by,
                simulated: None,
                all: false,
                look: report::Look { width: None, colors: false },
            };
            ui::talk(&report.text());
            let (flag, names) = source.again();
            let what = format!("{source} with `{}`", self.name);
            return Err(PolicyFault::NotEnforced { what, flag, names }.into());
        }
        for user in &shut_out {
            ui::say(&without_device(user, &after));
        }
        let same = replaced.iter().any(|one| one.text.trim() == text.trim());
        if same {
            ui::say(&format!("{source} has `{}` already, as it is here", self.name));
        } else {
            if !self.yes {
                let instead = if replaced.is_empty() { "" } else { ", in place of the one of that name" };
                let question = format!("attach `{}` to {source}{instead}? [y/N] ", self.name);
                agree(runner, source, "attach", &question, "nothing was attached")?;
            }
            client.call(|aws, signer| iam::put(aws, signer, source, &self.name, &text))?;
            let (flag, names) = source.again();
            ui::say(&format!(
                "`{}` is attached to {source}; to detach it: awsesame policy detach {flag}{} --name {}",
                self.name,
                names.join(" "),
                self.name
            ));
        }
        if after.verdict == Verdict::ButForEnrollment {
            let (flag, names) = source.again();
            ui::say(&format!(
                "once everybody has a device, let no thief enroll one: awsesame policy attach {flag}{} --name {}",
                names.join(" "),
                self.name
            ));
        }
        ui::say(&format!("prove it: awsesame policy probe -p {}", self.prover(runner, &client)));
        if runner.shared.json {
            let done = json!({
                "target": source.to_string(), "policy": self.name, "before": before.verdict.word(),
                "after": after.verdict.word(), "without_device": shut_out, "changed": !same,
            });
            ui::print_json(&done)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    /// Returns the draft to attach. If no purpose is given, `all_have_devices` decides, so that enrollment stays open
    /// only as long as it is needed.
    fn draft(&self, subject: &Subject, all_have_devices: bool) -> String {
        let purpose = match self.purpose.as_deref() {
            Some("admin-group") => Purpose::AdminGroup,
            Some("max-age") => Purpose::MaxAge(self.max_age),
            Some("enrollment") => Purpose::Enrollment,
            None if !all_have_devices => Purpose::Enrollment,
            _ => Purpose::SelfService,
        };
        let measure = Measure { partition: subject.partition.clone(), account: None, user: None };
        Draft::new(purpose, &measure).json()
    }

    /// Returns the profile that shows that the policy works: the caller's own, if the policy is for the caller.
    fn prover(&self, runner: &Runner<'_>, client: &PolicyClient<'_>) -> String {
        match self.target.source() {
            UserOrGroup::User(user) if client.is(user) => runner.meant_profile().to_string(),
            _ => "NAME".to_owned(),
        }
    }
}

/// Returns the users without a device, among those that the policy is for.
fn who_has_no_device(client: &PolicyClient<'_>, source: UserOrGroup<'_>) -> Result<Vec<String>, Fault> {
    let users = match source {
        UserOrGroup::User(user) => vec![user.to_owned()],
        UserOrGroup::Group(group) => client.call(|aws, signer| iam::members(aws, signer, group))?,
    };
    if users.len() > MOST_MEMBERS {
        ui::say(&format!("{source} has {} users; who has a device: awsesame audit", users.len()));
        return Ok(Vec::new());
    }
    let mut without = Vec::new();
    for user in users {
        if client.call(|aws, signer| devices::of_user(aws, signer, &user))?.is_empty() {
            without.push(user);
        }
    }
    Ok(without)
}

/// Returns true if a policy with this verdict may be attached.
fn is_enough(proof: &Proof) -> bool {
    proof.verdict.is_enforced() || proof.verdict == Verdict::ButForEnrollment
}

fn without_device(user: &str, after: &Proof) -> String {
    if after.enrollment.iter().any(|step| step.action == "iam:EnableMFADevice") {
        format!("`{user}` has no MFA device, and can do nothing until one is enrolled: awsesame mfa enroll")
    } else {
        format!("`{user}` has no MFA device, may not enroll one, and can do nothing")
    }
}
