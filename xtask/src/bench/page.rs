//! Writes docs/how-fast.md from the table of a run: what was measured, where, when, and how to repeat it. Nothing is
//! measured here.

use std::fmt::Write as _;

use serde_json::Value;

/// Returns the page for a table as JSON, measured by this command.
pub(crate) fn page(table: &Value, date: &str, command: &str) -> String {
    let machine = table["machine"].as_str().unwrap_or_default();
    let version = table["version"].as_str().unwrap_or_default();
    let mut page = format!(
        "# How fast\n\n\
         Written by the program that measured it; a change by hand is lost with the next run. Every row is of one run \
         of {version} on one machine, {machine}, on {date}: only the ratios mean anything elsewhere. To repeat it: `{command}`.\n\n\
         Each program is started from outside, in turn with all others; the time is until it has ended. The median of \
         the runs, and how many times `/bin/true` of the same run that is.\n\n\
         | what | median, ms | nine of ten within, ms | x `/bin/true` | runs |\n|---|---:|---:|---:|---:|\n"
    );
    for row in table["rows"].as_array().into_iter().flatten() {
        let name = row["name"].as_str().unwrap_or_default().replace('|', "\\|");
        let times = row["times_true"].as_f64().map_or_else(|| "-".to_owned(), |times| format!("{times:.2}"));
        // Writing to a string does not fail.
        let _ = writeln!(
            page,
            "| {name} | {} | {} | {times} | {} |",
            milliseconds(&row["median"]),
            milliseconds(&row["p90"]),
            row["runs"],
        );
    }
    let mut list = |title: &str, rows: Vec<String>| {
        if !rows.is_empty() {
            let _ = write!(page, "\n{title}\n\n{}\n", rows.join("\n"));
        }
    };
    let entries = |name: &str| table[name].as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list("The load on the broker, and the audit:", lines(&entries("told"), text));
    list(
        "The aims:",
        lines(&entries("aims"), |aim| {
            let met = if aim["met"] == true { "met" } else { "**not met**" };
            format!("{met}: {}, {}", text(&aim["row"]), text(&aim["aim"]))
        }),
    );
    list(
        "Not measured in that run:",
        lines(&entries("left_out"), |left| format!("{}: {}", text(&left["name"]), text(&left["why"]))),
    );
    page
}

fn lines(values: &[Value], line: impl Fn(&Value) -> String) -> Vec<String> {
    values.iter().map(|value| format!("- {}", line(value))).collect()
}

fn milliseconds(seconds: &Value) -> String {
    seconds.as_f64().map_or_else(|| "-".to_owned(), |seconds| format!("{:.2}", seconds * 1000.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_says_what_was_measured_on_what_when_and_how_to_repeat_it() {
        let table = serde_json::json!({
            "version": "awsesame 1.2.3 (commit 0123456789ab, x)",
            "machine": "2 cores, a processor",
            "rows": [{"name": "env", "median": 0.0013, "p90": 0.0021, "times_true": 0.95, "runs": 200}],
            "aims": [{"row": "env", "aim": "at most 1 of `/bin/true`: 0.95", "met": true}],
            "left_out": [{"name": "granted", "why": "not on the PATH"}],
            "told": [],
        });
        let page = page(&table, "2026-11-28", "cargo xtask bench --peers");
        for line in [
            "| env | 1.30 | 2.10 | 0.95 | 200 |",
            "- met: env, at most 1 of `/bin/true`: 0.95",
            "- granted: not on the PATH",
        ] {
            assert!(page.lines().any(|found| found == line), "{page}");
        }
        assert!(
            page.contains("2 cores, a processor, on 2026-11-28")
                && page.contains("awsesame 1.2.3 (commit 0123456789ab, x)")
                && page.contains("`cargo xtask bench --peers`")
        );
        assert!(!page.contains("load on the broker"));
    }
}
