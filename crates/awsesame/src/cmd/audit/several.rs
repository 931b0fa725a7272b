//! Chooses the accounts of an audit of several accounts, from a file or from the organization, and audits them with a
//! progress line.

use std::io::Read;
use std::path::{Path, PathBuf};

use aws_sdk_sts::config::Credentials as Signer;
use awsesame_audit::accounts::{self, Listed};
use awsesame_audit::{Audit, Missing};
use awsesame_core::answer::translate::Answer;
use awsesame_core::fault::{AuditFault, Fault};
use awsesame_core::session::Header;

use super::progress::Progress;
use crate::account::fleet::Fleet;
use crate::account::{Order, Trouble};
use crate::aws::Aws;
use crate::aws::organizations;
use crate::os::context::Context;
use crate::os::{file, named_file};

/// The accounts beside, or instead of, the profile's own
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Several accounts")]
pub(super) struct Several {
    /// The role to assume in each account except the profile's own
    #[arg(long, value_name = "NAME", value_parser = role)]
    role: Option<String>,
    /// A file with one account per line: its id and, if wanted, a name; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "role", conflicts_with = "organization")]
    accounts: Option<PathBuf>,
    /// All accounts of the organization
    #[arg(long, requires = "role")]
    organization: bool,
    /// The external id that the role's trust policy asks for
    #[arg(long, value_name = "ID", requires = "role")]
    external_id: Option<String>,
    /// The number of accounts that are audited at the same time
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u8).range(1..=32))]
    at_once: u8,
}

/// The data for visiting the accounts: the client, and the identity that assumes the role.
pub(super) struct AuditAccess<'a> {
    pub(super) context: Context,
    pub(super) aws: &'a Aws,
    pub(super) signer: Signer,
    pub(super) header: &'a Header,
    pub(super) partition: &'a str,
    pub(super) order: Order,
}

/// The maximum size of a list of accounts.
const MOST_BYTES: u64 = 1024 * 1024;

/// Parses the name of a role, with an optional path, by IAM's rules.
fn role(text: &str) -> Result<String, String> {
    let known = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let part = |part: &str| !part.is_empty() && part.chars().all(known);
    let good = text.len() <= 512 && text.split('/').all(part);
    good.then(|| text.to_owned())
        .ok_or_else(|| "expected the name of a role, like `SecurityAudit`, and no ARN".to_owned())
}

impl Several {
    /// Reads the list in a file.
    pub(super) fn list(&self) -> Result<Option<Vec<Listed>>, Fault> {
        let Some(file) = &self.accounts else { return Ok(None) };
        let path = file.to_string_lossy().into_owned();
        Ok(Some(accounts::read(&path, &text(file)?)?))
    }

    /// Returns the audit, or None if only the profile's own account is meant.
    pub(super) fn audit(
        &self,
        list: Option<Vec<Listed>>,
        access: &AuditAccess<'_>,
    ) -> Result<Option<Audit>, Fault> {
        let Some(role) = &self.role else { return Ok(None) };
        let (listed, skipped) = match list {
            Some(list) => (list, Vec::new()),
            None => members(access)?,
        };
        let fleet = Fleet {
            settings: access.aws.settings(),
            context: access.context,
            signer: access.signer.clone(),
            home: access.header.account.as_str(),
            partition: access.partition,
            role,
            external_id: self.external_id.as_deref(),
            session_name: &session_name(access.header),
            order: access.order,
            at_once: usize::from(self.at_once),
        };
        let mut progress = Progress::of(listed.len());
        let ended = fleet.audit(&listed, |ended| progress.ended(ended))?;
        drop(progress);
        let (mut audited, mut failed) = (Vec::new(), Vec::new());
        for (one, ended) in listed.into_iter().zip(ended) {
            match ended {
                Ok(account) => audited.push(account),
                Err(trouble) => {
                    failed.push(Missing { id: one.id, name: one.name, why: words(&trouble) });
                }
            }
        }
        let order = access.order;
        Ok(Some(Audit { made: order.now, limits: order.limits, accounts: audited, failed, skipped }))
    }
}

/// Returns the accounts of the organization: those that can be audited, and those that are closed.
fn members(access: &AuditAccess<'_>) -> Result<(Vec<Listed>, Vec<Missing>), Fault> {
    let members = organizations::accounts(access.aws, &access.signer, access.partition)
        .map_err(|answer| AuditFault::NoOrganization { why: answer.words() })?;
    let (closed, open): (Vec<_>, Vec<_>) =
        members.into_iter().partition(awsesame_core::answer::organization::Member::is_closed);
    if open.is_empty() {
        return Err(AuditFault::NoOrganization { why: "it has no account that is open".into() }.into());
    }
    let listed = open.into_iter().map(|member| Listed { id: member.id, name: member.name });
    let skipped = closed.into_iter().map(|member| Missing {
        why: format!("it is {}", member.standing().to_lowercase().replace('_', " ")),
        id: member.id,
        name: member.name,
    });
    Ok((listed.collect(), skipped.collect()))
}

/// Returns the name of the role session, so that `CloudTrail` shows who made the audit: `awsesame-audit-alice`, in the
/// characters that IAM allows.
fn session_name(header: &Header) -> String {
    let who = header.arn.rsplit('/').next().unwrap_or_default();
    let known = |c: &char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(*c);
    format!("awsesame-audit-{who}").chars().filter(known).take(64).collect()
}

fn words(trouble: &Trouble) -> String {
    match trouble {
        Trouble::Answer(answer @ Answer::Refused(refusal)) if refusal.operation == "AssumeRole" => {
            format!("the role cannot be assumed: {}", answer.words())
        }
        Trouble::Answer(answer) => answer.words(),
        Trouble::Report(fault) => fault.to_string(),
    }
}

fn text(file: &Path) -> Result<String, Fault> {
    let path = || file.to_string_lossy().into_owned();
    let fault = |why: String| Fault::Unreadable { path: path(), why };
    let bytes = if file == Path::new("-") {
        let mut bytes = Vec::new();
        let read = std::io::stdin().take(MOST_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| fault(file::words(&error)))?;
        bytes
    } else {
        let bytes = named_file::read(file, MOST_BYTES).map_err(fault)?;
        bytes.ok_or_else(|| fault("no such file or directory".into()))?.to_vec()
    };
    if bytes.len() as u64 > MOST_BYTES {
        return Err(fault("it is larger than any list of accounts".into()));
    }
    let text = String::from_utf8(bytes).map_err(|_| fault("it is not UTF-8 text".into()))?;
    // Editors on other systems put it there.
    Ok(text.strip_prefix('\u{feff}').map(str::to_owned).unwrap_or(text))
}
