//! Renders the audited accounts, each with its numbers if there are several, and the accounts that could not be
//! audited.

use std::fmt::Write as _;

use super::super::finding::Severity;
use super::super::{Account, Audit, Missing};
use super::{Escaped, time};

/// Returns the notices that a reader must know before believing the numbers.
pub(super) fn notices(audit: &Audit) -> String {
    let mut html = String::new();
    if !audit.failed.is_empty() {
        let (failed, all) = (audit.failed.len(), audit.failed.len() + audit.accounts.len());
        let _ = writeln!(
            html,
            "<p class=\"notice\"><strong>{failed} of {all} accounts could not be audited</strong> and are not in these \
             numbers; <a href=\"#accounts\">see why</a>.</p>"
        );
    }
    for account in audit.accounts.iter().filter(|account| !account.newer.is_empty()) {
        let _ = writeln!(
            html,
            "<p class=\"notice\">In account {} these users are newer than the report, and not in these numbers: {}.</p>",
            Escaped(&account.id),
            Escaped(&account.newer.join(", "))
        );
    }
    html
}

pub(super) fn html(audit: &Audit) -> String {
    if !audit.is_of_several() {
        return String::new();
    }
    let mut html = String::from(
        "<section aria-labelledby=\"accounts\">\n<h2 id=\"accounts\" tabindex=\"-1\">Accounts</h2>\n\
         <table class=\"cards\" role=\"table\">\n<caption class=\"hidden\">Accounts and their findings</caption>\n\
         <thead role=\"rowgroup\"><tr role=\"row\"><th scope=\"col\" role=\"columnheader\">Account</th>\
         <th scope=\"col\" role=\"columnheader\">Name</th><th scope=\"col\" role=\"columnheader\" class=\"number\">Users</th>",
    );
    for severity in Severity::ALL {
        let _ = write!(
            html,
            "<th scope=\"col\" role=\"columnheader\" class=\"number\">{}</th>",
            super::capital(severity.word())
        );
    }
    html += "<th scope=\"col\" role=\"columnheader\">Report</th></tr></thead>\n<tbody role=\"rowgroup\">\n";
    for account in &audit.accounts {
        html += &row(account);
    }
    for missing in &audit.failed {
        html += &absent(missing, "not audited");
    }
    for missing in &audit.skipped {
        html += &absent(missing, "left out");
    }
    html + "</tbody>\n</table>\n</section>"
}

fn row(account: &Account) -> String {
    let mut html = named(&account.id, account.name.as_deref());
    let _ =
        write!(html, "<td role=\"cell\" data-label=\"Users\" class=\"number\">{}</td>", account.users.len());
    for severity in Severity::ALL {
        let findings = account.users.iter().flat_map(|user| &user.findings);
        let count = findings.filter(|finding| finding.severity == severity).count();
        let label = super::capital(severity.word());
        let _ = write!(html, "<td role=\"cell\" data-label=\"{label}\" class=\"number\">{count}</td>");
    }
    let _ = writeln!(html, "<td role=\"cell\" data-label=\"Report\">{}</td></tr>", time(account.reported));
    html
}

fn absent(missing: &Missing, what: &str) -> String {
    let mut html = named(&missing.id, missing.name.as_deref());
    let _ = writeln!(
        html,
        "<td role=\"cell\" colspan=\"6\"><strong>{what}</strong>: {}</td></tr>",
        Escaped(&missing.why)
    );
    html
}

fn named(id: &str, name: Option<&str>) -> String {
    format!(
        "<tr role=\"row\"><th scope=\"row\" role=\"rowheader\">{}</th><td role=\"cell\">{}</td>",
        Escaped(id),
        Escaped(name.unwrap_or_default())
    )
}
