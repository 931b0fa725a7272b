//! Converts the findings to CSV for a spreadsheet, one finding per row. A cell that a spreadsheet would read as a
//! formula is escaped.
//!
//! Source: "CSV Injection" of OWASP.

use super::Audit;
use awsesame_core::name::drives_terminals;
const COLUMNS: [&str; 9] =
    ["severity", "finding", "account", "account_name", "user", "key", "detail", "remedy", "command"];

/// Returns every finding, worst first. An account that could not be audited is a row too.
#[expect(clippy::missing_panics_doc, reason = "writing text to memory cannot fail")]
pub fn csv(audit: &Audit) -> String {
    let mut rows = csv::Writer::from_writer(Vec::new());
    let mut write = |cells: [&str; 9]| {
        rows.write_record(cells.map(inert)).expect("memory takes every record, and all have as many cells");
    };
    write(COLUMNS);
    for (account, user, finding) in audit.findings() {
        let number = finding.key.map_or_else(String::new, |number| number.to_string());
        write([
            finding.severity.word(),
            finding.kind.word(),
            &account.id,
            account.name.as_deref().unwrap_or_default(),
            user.person.shown(),
            &number,
            &finding.detail,
            finding.kind.remedy(),
            finding.command.as_deref().unwrap_or_default(),
        ]);
    }
    for missing in &audit.failed {
        let name = missing.name.as_deref().unwrap_or_default();
        write(["unknown", "not_audited", &missing.id, name, "", "", &missing.why, "", ""]);
    }
    let bytes = rows.into_inner().expect("memory can be flushed");
    String::from_utf8(bytes).expect("what went in was text")
}

/// Returns a cell that a spreadsheet shows as text and does not evaluate.
fn inert(cell: &str) -> String {
    /// The characters that begin a formula, also in full width, because a Japanese spreadsheet treats those alike.
    const BEGINS: [char; 8] = ['=', '+', '-', '@', '＝', '＋', '－', '＠'];
    let text: String = cell.chars().map(|c| if drives_terminals(c) { ' ' } else { c }).collect();
    // In locales with a decimal comma, a semicolon separates the cells.
    let cells = text.split_inclusive(';').map(|cell| {
        let mark = if cell.trim_start().starts_with(BEGINS) { "'" } else { "" };
        format!("{mark}{cell}")
    });
    cells.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_can_neither_calculate_nor_leave_their_row() {
        for (cell, expected) in [
            ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "' =1"),
            (" =1", "' =1"),
            ("\n=1", "' =1"),
            ("＝1", "'＝1"),
            ("＋1", "'＋1"),
            ("－1", "'－1"),
            ("＠SUM(A1)", "'＠SUM(A1)"),
            ("x;=1", "x;'=1"),
            ("=1; +2;-3;", "'=1;' +2;'-3;"),
            ("a;b", "a;b"),
            ("a\u{9b}b\u{202e}", "a b "),
            ("alice", "alice"),
            ("a=b", "a=b"),
            ("a\r\nb", "a  b"),
        ] {
            assert_eq!(inert(cell), expected, "{cell:?}");
        }
    }
}
