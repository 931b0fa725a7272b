//! Renders the table of findings. On a narrow screen the rows become cards. CSS would then remove the table roles that
//! screen readers need, so the roles are written explicitly.

use std::fmt::Write as _;

use super::super::Audit;
use super::super::finding::Severity;
use super::Escaped;

pub(super) fn html(audit: &Audit) -> String {
    let found = audit.findings();
    if found.is_empty() {
        return "<p>Nothing was found.</p>".to_owned();
    }
    let several = audit.is_of_several();
    let mut html = String::with_capacity(found.len() * 512);
    html += &filter(found.len());
    html += &head(several);
    for (account, user, finding) in found {
        let (severity, kind) = (finding.severity, finding.kind);
        let word = severity.word();
        let _ = write!(
            html,
            "<tr role=\"row\"><td role=\"cell\" data-sort=\"{}\"><span class=\"mark {word}\">{word}</span></td>",
            weight(severity)
        );
        if several {
            let name = account.name.as_deref().map(|name| format!("{}<br>", Escaped(name)));
            let _ = write!(
                html,
                "<td role=\"cell\" data-label=\"Account\">{}<span class=\"quiet id\">{}</span></td>",
                name.unwrap_or_default(),
                Escaped(&account.id)
            );
        }
        let _ = write!(
            html,
            "<th scope=\"row\" role=\"rowheader\">{}</th><td role=\"cell\" class=\"what\"><a href=\"#{}\">{}</a></td>\
             <td role=\"cell\" data-label=\"Seen\">{}</td>",
            Escaped(user.person.shown()),
            kind.word(),
            kind.title(),
            Escaped(&finding.detail)
        );
        let _ = match &finding.command {
            Some(command) => writeln!(
                html,
                "<td role=\"cell\" data-label=\"Remedy\" class=\"command\"><code>{}</code></td></tr>",
                Escaped(command)
            ),
            None => writeln!(
                html,
                "<td role=\"cell\" data-label=\"Remedy\" class=\"command\">{}</td></tr>",
                Escaped(kind.remedy())
            ),
        };
    }
    html + "</tbody>\n</table>\n<p><button type=\"button\" id=\"more\" class=\"more\" hidden></button></p>"
}

/// Returns the filter, which only the script makes visible, because it does not work without the script.
fn filter(count: usize) -> String {
    let mut html = String::from(
        "<form class=\"filter\" hidden><div><label for=\"words\">Only with these words</label>\
         <input id=\"words\" type=\"search\" autocomplete=\"off\" spellcheck=\"false\"></div>\
         <div><label for=\"least\">Severity</label><select id=\"least\">",
    );
    for severity in Severity::ALL.into_iter().rev() {
        let words = match severity {
            Severity::Low => "all".to_owned(),
            Severity::Critical => "critical".to_owned(),
            severity => format!("{} and worse", severity.word()),
        };
        let _ = write!(html, "<option value=\"{}\">{words}</option>", weight(severity));
    }
    let _ = writeln!(
        html,
        "</select></div><output id=\"shown\" for=\"words least\" aria-live=\"polite\">{count} of {count} shown</output></form>"
    );
    html
}

fn head(several: bool) -> String {
    let mut html = String::from(
        "<table id=\"found\" class=\"cards findings\" role=\"table\">\n\
         <caption class=\"hidden\">Findings; a column's heading sorts by it</caption>\n\
         <thead role=\"rowgroup\"><tr role=\"row\">",
    );
    let columns = ["Severity", "Account", "User", "Finding", "Seen", "Remedy"];
    for column in columns.into_iter().filter(|column| several || *column != "Account") {
        let sorted =
            if column == "Severity" { " aria-sort=\"descending\" data-first=\"descending\"" } else { "" };
        let _ = write!(
            html,
            "<th scope=\"col\" role=\"columnheader\"{sorted}><button type=\"button\" class=\"sort\">{column}</button></th>"
        );
    }
    html + "</tr></thead>\n<tbody role=\"rowgroup\">\n"
}

/// Returns the sort weight of a severity; a worse one has a higher weight.
const fn weight(severity: Severity) -> u8 {
    match severity {
        Severity::Critical => 3,
        Severity::High => 2,
        Severity::Medium => 1,
        Severity::Low => 0,
    }
}
