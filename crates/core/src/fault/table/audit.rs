//! An example of each fault of an audit.

use super::Outside;
use crate::fault::AuditFault;
use crate::name::ProfileName;

pub(super) fn every(outside: &Outside<'_>) -> Vec<AuditFault> {
    let text = || outside.words.to_owned();
    let name = || outside.name.to_owned();
    let path = || outside.path.to_owned();
    let account = || "123456789012".to_owned();
    let flag = || ProfileName::new(outside.profile).flag();
    vec![
        AuditFault::AccountList { path: path(), line: 3, found: name() },
        AuditFault::NoAccounts { path: path() },
        AuditFault::NoOrganization { why: text() },
        AuditFault::ReportLate { account: account(), seconds: 120 },
        AuditFault::ReportBroken { account: account(), why: text() },
        AuditFault::Incomplete { failed: 25, all: 50, account: account(), why: text() },
        AuditFault::Found { what: "1 critical, 3 high".to_owned(), page: None, flag: flag() },
        AuditFault::Found { what: "1 critical".to_owned(), page: Some(path()), flag: flag() },
    ]
}
