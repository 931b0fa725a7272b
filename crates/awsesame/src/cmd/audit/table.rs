//! Writes an audit for people at a terminal: a table of findings, then the meaning and the remedy of each kind. The
//! output is text; `ui` prints it.

use std::fmt::Write as _;

use awsesame_audit::finding::{Finding, Kind};
use awsesame_audit::summary::Summary;
use awsesame_audit::{Account, Audit, Audited};
use awsesame_core::name::Shown;

use crate::ui::table::{self, Cell, Table};
use crate::ui::{self, Color};

type Found<'a> = (&'a Account, &'a Audited, &'a Finding);

/// Returns the whole report. `flag` names the profile of the audit, for the commands that change policies.
pub(super) fn text(audit: &Audit, flag: &str) -> String {
    let found = audit.findings();
    let mut text = head(audit);
    if !found.is_empty() {
        text.push('\n');
        text += &table(&found, audit.is_of_several());
        // In another account, that profile would change the wrong user.
        text += &remedies(&found, if audit.is_of_several() { "" } else { flag });
    }
    table::fitted(&text, ui::width())
}

/// Returns the scope of the audit and its result.
fn head(audit: &Audit) -> String {
    let summary = Summary::of(audit);
    let mut text = format!("{}\n", summary.sentence());
    let users = if summary.users == 1 { "1 user".to_owned() } else { format!("{} users", summary.users) };
    if let [account] = audit.accounts.as_slice()
        && !audit.is_of_several()
    {
        let age = audit.made - account.reported;
        let age = if age < 60 { "just now".to_owned() } else { format!("{} ago", ui::report::age(age)) };
        let _ = writeln!(text, "{}: {users}; AWS made the report {age}", title(account));
    } else {
        let _ = writeln!(text, "{} accounts, {users}", audit.accounts.len());
    }
    for account in audit.accounts.iter().filter(|account| !account.newer.is_empty()) {
        let names = Shown(&account.newer.join(", ")).to_string();
        let _ = writeln!(text, "{}: newer than the report, so not checked: {names}", title(account));
    }
    for missing in &audit.failed {
        let name = Shown(missing.name.as_deref().unwrap_or_default()).to_string();
        let _ = writeln!(text, "not audited: {} {name}: {}", missing.id, Shown(&missing.why));
    }
    for missing in &audit.skipped {
        let name = Shown(missing.name.as_deref().unwrap_or_default()).to_string();
        let _ = writeln!(text, "left out: {} {name}: {}", missing.id, Shown(&missing.why));
    }
    text
}

fn title(account: &Account) -> String {
    match &account.name {
        Some(name) => format!("account {} ({})", account.id, Shown(name)),
        None => format!("account {}", account.id),
    }
}

fn table(found: &[Found<'_>], several: bool) -> String {
    const ALL: [&str; 5] = ["SEVERITY", "ACCOUNT", "USER", "FINDING", "DETAIL"];
    let columns: Vec<&str> = ALL.into_iter().filter(|column| several || *column != "ACCOUNT").collect();
    let mut table = Table::new(&columns)
        .sparing(&["DETAIL", "ACCOUNT"])
        .shortening(&["ACCOUNT", "USER"])
        .cutting(&["DETAIL"]);
    for (account, user, finding) in found {
        let severity = finding.severity.word();
        let color = if matches!(severity, "critical" | "high") { Color::Bad } else { Color::Doubtful };
        let mut row = vec![Cell::colored(severity, color)];
        if several {
            row.push(Shown(account.name.as_deref().unwrap_or(&account.id)).to_string().into());
        }
        row.push(Shown(user.person.shown()).to_string().into());
        row.push(finding.kind.title().into());
        row.push(Shown(&finding.detail).to_string().into());
        table.push(row);
    }
    table.text(ui::width(), ui::shows_colors(&std::io::stdout()))
}

/// Returns, for each kind that occurs, its meaning, its remedy, and the command for its first finding.
fn remedies(found: &[Found<'_>], flag: &str) -> String {
    let mut text = String::new();
    let mut seen: Vec<Kind> = Vec::new();
    for (account, user, finding) in found {
        if seen.contains(&finding.kind) {
            continue;
        }
        seen.push(finding.kind);
        let _ = write!(
            text,
            "\n{}\n  {}\n  {}\n",
            finding.kind.title(),
            finding.kind.meaning(),
            finding.kind.remedy()
        );
        if let Some(command) = &finding.command {
            let flag = if command.starts_with("awsesame policy ") { flag } else { "" };
            let who = Shown(user.person.shown()).to_string();
            let _ = writeln!(text, "  for {who} of {}: {}{flag}", account.id, Shown(command));
        }
    }
    text
}
