//! The faults of an audit, among them the end of an audit that has findings.

use crate::fault::hint;
use crate::name::{Shown, Typed};

/// An audit that could not be made, or that did not end well.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[expect(missing_docs, reason = "each field is shown by the message above it")]
pub enum AuditFault {
    /// A line that names no account.
    #[error("`{}`, line {line}: `{}` is not an account: expected twelve digits", Shown(path), Shown(found))]
    AccountList { path: String, line: usize, found: String },
    /// The list contains no accounts.
    #[error("`{}` does not list any account", Shown(path))]
    NoAccounts { path: String },
    /// AWS refused the list of the organization's accounts.
    #[error("AWS does not list the accounts of the organization: {}", Shown(why))]
    NoOrganization { why: String },
    /// A report that AWS does not finish.
    #[error("the credential report of account {} was not ready after {seconds} s", Shown(account))]
    ReportLate { account: String, seconds: u32 },
    /// A report that cannot be parsed.
    #[error("the credential report of account {} cannot be read: {}", Shown(account), Shown(why))]
    ReportBroken { account: String, why: String },
    /// Some accounts could not be audited.
    #[error(
        "{failed} of {all} accounts could not be audited, `{}` among them: {}",
        Shown(account),
        Shown(why)
    )]
    Incomplete { failed: usize, all: usize, account: String, why: String },
    /// The audit has findings.
    #[error("the audit has findings: {what}")]
    Found { what: String, page: Option<String>, flag: String },
}

impl AuditFault {
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::AccountList { path, line, .. } => hint::correct_line(path, *line),
            Self::NoAccounts { path } => {
                format!("write one twelve-digit id per line: {}", hint::edit(path))
            }
            Self::NoOrganization { .. } => {
                "use its management account; or list the accounts in a file: awsesame audit --role NAME --accounts FILE"
                    .into()
            }
            Self::ReportLate { .. } => "give AWS more time: awsesame audit --timeout 10m".into(),
            Self::ReportBroken { .. } => "try again later: awsesame audit".into(),
            Self::Incomplete { .. } => {
                "see the reason for each account: awsesame audit --json"
                    .into()
            }
            Self::Found { page: Some(page), .. } => {
                format!("see each finding with its remedy, in a browser: xdg-open {}", Typed(page))
            }
            Self::Found { page: None, flag, .. } => {
                format!("see each finding with its remedy, on a page to share: awsesame audit --html audit.html{flag}")
            }
        }
    }
}
