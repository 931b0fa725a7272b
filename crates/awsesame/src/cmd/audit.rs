//! `awsesame audit`: shows who in an account can use AWS without MFA, and which keys are unused. The audit crate makes
//! the findings; this file chooses the accounts and the form of the report.

mod progress;
mod several;
mod table;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use awsesame_audit::finding::Severity;
use awsesame_audit::summary::Summary;
use awsesame_audit::{Audit as Made, Limits, json, page, sheet};
use awsesame_core::fault::{AuditFault, Fault};
use awsesame_core::name::{Shown, arn_field};

use self::several::{AuditAccess, Several};
use super::{Needs, Runner};
use crate::account::judgments::Judgments;
use crate::account::{AccountAccess, Order, Trouble, account};
use crate::aws::{self, Aws};
use crate::config::plan::Planned;
use crate::os::file::{self, Durability};
use crate::ui;
use crate::vault::keyring::SessionKeyring;

/// Find who in an account can use AWS without MFA, and which keys are old or unused (read-only calls)
///
/// Exits with 1 if something was found, or an account could not be audited.
#[derive(Debug, clap::Args)]
pub(super) struct Audit {
    /// Write one self-contained page, to share, to this file instead (`-`: stdout)
    #[arg(long, value_name = "FILE")]
    html: Option<PathBuf>,
    /// Print the findings as CSV
    #[arg(long, conflicts_with = "json")]
    csv: bool,
    /// Report keys that are older than this
    #[arg(long, value_name = "AGE", default_value = "90d", value_parser = days)]
    older_than: i64,
    /// Report keys and passwords that were not used for this long
    #[arg(long, value_name = "TIME", default_value = "45d", value_parser = days)]
    unused_for: i64,
    /// Exit with 1 from this severity on
    #[arg(long, value_enum, value_name = "SEVERITY", default_value = "low")]
    fail_on: FailOn,
    /// The longest time that AWS may take to make its credential report
    #[arg(long, value_name = "TIME", default_value = "2m", value_parser = super::seconds)]
    timeout: u32,
    #[command(flatten)]
    several: Several,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum FailOn {
    Critical,
    High,
    Medium,
    Low,
    /// Only if an account could not be audited
    Never,
}

impl FailOn {
    fn severity(self) -> Option<Severity> {
        match self {
            Self::Critical => Some(Severity::Critical),
            Self::High => Some(Severity::High),
            Self::Medium => Some(Severity::Medium),
            Self::Low => Some(Severity::Low),
            Self::Never => None,
        }
    }
}

/// Parses a duration into seconds. A number of days such as `90d` is allowed.
fn days(text: &str) -> Result<i64, String> {
    let days = text.strip_suffix('d').and_then(|days| days.parse::<u16>().ok()).filter(|days| *days > 0);
    days.map(|days| i64::from(days) * 86_400)
        .or_else(|| awsesame_core::config::seconds(text).map(i64::from))
        .ok_or_else(|| "expected a length of time, like `90d` or `12h`".to_owned())
}

impl Audit {
    pub(super) fn run(&self, runner: &Runner<'_>) -> Result<ExitCode, Fault> {
        let made = self.make(runner)?;
        if let Some(file) = self.html_file() {
            // The names of users are private.
            file::write_private(file, page::html(&made).as_bytes(), Durability::Process)?;
            ui::say(&format!("{}: {}", Shown(&file.to_string_lossy()), Summary::of(&made).sentence()));
        }
        if runner.shared.json {
            ui::print_json(&json::object(&made))?;
        } else if self.csv {
            ui::print(&sheet::csv(&made))?;
        } else if self.html.is_some() && self.html_file().is_none() {
            ui::print(&page::html(&made))?;
        } else if self.html.is_none() {
            ui::print(&table::text(&made, &runner.context.subject(runner.profile()).flag()))?;
        }
        self.verdict(runner, &made)
    }

    /// Returns the path of the HTML file.
    fn html_file(&self) -> Option<&Path> {
        self.html.as_deref().filter(|file| *file != Path::new("-"))
    }

    fn make(&self, runner: &Runner<'_>) -> Result<Made, Fault> {
        // An unreadable list is reported before a code is requested.
        let list = self.several.list()?;
        let order = Order {
            limits: Limits { older_than: self.older_than, unused_for: self.unused_for },
            patience: Duration::from_secs(u64::from(self.timeout)),
            now: runner.context.now(),
        };
        let state = runner.state()?;
        let vault = runner.vault(&state)?;
        let keyring = SessionKeyring { context: runner.context, state: &state, vault: &vault };
        let ready = keyring.session(&mut runner.want(&Needs::default())?)?;
        let plan = Planned::of(runner.context, runner.profile(), None)?.plan;
        let aws = Aws::reach(&plan.client, runner.context)?;
        let access = AuditAccess {
            context: runner.context,
            aws: &aws,
            signer: aws::temporary(&ready.session.credentials),
            header: &ready.session.header,
            partition: arn_field(&ready.session.header.arn, 1).unwrap_or("aws"),
            order,
        };
        if let Some(made) = self.several.audit(list, &access)? {
            return Ok(made);
        }
        let place = AccountAccess {
            aws: &aws,
            signer: access.signer.clone(),
            partition: access.partition,
            id: ready.session.header.account.as_str(),
            name: None,
        };
        let waiting = || ui::say("waiting for AWS to make the account's credential report");
        let audited =
            account(&place, &order, &Judgments::default(), waiting).map_err(|trouble| match trouble {
                Trouble::Answer(answer) => {
                    keyring.caller(&plan, &aws, &access.signer).fault_as(&answer, plan.last_role())
                }
                Trouble::Report(fault) => fault.into(),
            })?;
        Ok(Made {
            made: order.now,
            limits: order.limits,
            accounts: vec![audited],
            failed: Vec::new(),
            skipped: Vec::new(),
        })
    }

    /// Returns the exit code for a script.
    fn verdict(&self, runner: &Runner<'_>, made: &Made) -> Result<ExitCode, Fault> {
        if let Some(first) = made.failed.first() {
            return Err(AuditFault::Incomplete {
                failed: made.failed.len(),
                all: made.failed.len() + made.accounts.len(),
                account: first.id.clone(),
                why: first.why.clone(),
            }
            .into());
        }
        let counted: Vec<String> = Severity::ALL
            .into_iter()
            .filter(|severity| self.fail_on.severity().is_some_and(|least| *severity <= least))
            .map(|severity| (made.count(severity), severity.word()))
            .filter(|(count, _)| *count > 0)
            .map(|(count, word)| format!("{count} {word}"))
            .collect();
        if counted.is_empty() {
            return Ok(ExitCode::SUCCESS);
        }
        let flag = runner.context.subject(runner.profile()).flag();
        let page = self.html_file().map(|file| file.to_string_lossy().into_owned());
        Err(AuditFault::Found { what: counted.join(", "), page, flag }.into())
    }
}
