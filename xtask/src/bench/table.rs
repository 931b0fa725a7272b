//! The table of a bench run: its rows, the aims, and what was left out, as text and as JSON. Nothing is measured here.

use std::time::Duration;

use serde_json::{Value, json};

use super::spread::Spread;

/// The row to which every other one is compared: the cheapest program that every system has.
pub(crate) const TRUE: &str = "/bin/true";

/// The other yardstick: what Rust itself costs.
pub(crate) const EMPTY: &str = "empty program";

/// An aim, and how it came out.
struct Aim {
    row: String,
    words: String,
    met: bool,
}

/// The findings of a run.
#[derive(Default)]
pub(crate) struct Table {
    rows: Vec<(String, Spread)>,
    aims: Vec<Aim>,
    left_out: Vec<(String, String)>,
}

impl Table {
    /// Adds rows to the table.
    pub(crate) fn add(&mut self, rows: impl IntoIterator<Item = (String, Spread)>) {
        self.rows.extend(rows);
    }

    /// Records a row that could not be measured, with the beginning of the first line of the reason, or of the last one of
    /// a Python traceback.
    pub(crate) fn leave_out(&mut self, name: &str, why: &str) {
        let mut lines = why.lines();
        let told =
            if why.contains("Traceback (most recent call last)") { lines.next_back() } else { lines.next() };
        self.left_out.push((name.to_owned(), beginning(told.unwrap_or_default())));
    }

    /// Sets the aim that a row takes at most `factor` times as long as another. If one of them is missing, nothing is
    /// reported here, because it is among the rows that were left out.
    pub(crate) fn aim_at_most(&mut self, row: &str, factor: f64, other: &str) {
        if let (Some(mine), Some(others)) = (self.get(row), self.get(other)) {
            let ratio = mine.ratio(others);
            let words = format!("at most {factor} of `{other}`: {ratio:.2}");
            self.aims.push(Aim { row: row.to_owned(), words, met: ratio <= factor });
        }
    }

    /// Sets the aim that a row adds at most `factor` times the time of another row to that time.
    pub(crate) fn aim_to_add(&mut self, row: &str, factor: f64, other: &str) {
        if let (Some(mine), Some(others)) = (self.get(row), self.get(other)) {
            let ratio = mine.ratio(others) - 1.0;
            let words = format!("adds at most {factor} of `{other}`: {ratio:.2}");
            self.aims.push(Aim { row: row.to_owned(), words, met: ratio <= factor });
        }
    }

    /// Sets the aim that a row is `factor` times faster than another.
    pub(crate) fn aim_faster(&mut self, row: &str, factor: f64, other: &str) {
        if let (Some(mine), Some(others)) = (self.get(row), self.get(other)) {
            let ratio = others.ratio(mine);
            let words = format!("{factor} times faster than `{other}`: {ratio:.1} times");
            self.aims.push(Aim { row: row.to_owned(), words, met: ratio >= factor });
        }
    }

    /// Sets the aim that a row takes at most `limit` in nine runs of ten.
    pub(crate) fn aim_within(&mut self, row: &str, limit: Duration) {
        if let Some(mine) = self.get(row) {
            let slow = mine.at(90);
            let words = format!("within {} ms nine times in ten: {}", limit.as_millis(), milliseconds(slow));
            self.aims.push(Aim { row: row.to_owned(), words, met: slow <= limit });
        }
    }

    fn get(&self, name: &str) -> Option<&Spread> {
        self.rows.iter().find(|row| row.0 == name).map(|row| &row.1)
    }

    /// Returns the table as lines of text.
    pub(crate) fn lines(&self) -> Vec<String> {
        let width = self.rows.iter().map(|row| row.0.len()).max().unwrap_or_default();
        let mut lines = vec![format!(
            "{:<width$} {:>10} {:>10} {:>10} {:>9} {:>9} {:>5}",
            "milliseconds", "median", "p10", "p90", "x true", "x empty", "runs"
        )];
        for (name, spread) in &self.rows {
            lines.push(format!(
                "{name:<width$} {:>10} {:>10} {:>10} {:>9} {:>9} {:>5}",
                milliseconds(spread.median()),
                milliseconds(spread.at(10)),
                milliseconds(spread.at(90)),
                self.times(spread, TRUE),
                self.times(spread, EMPTY),
                spread.count(),
            ));
        }
        lines.push(String::new());
        for Aim { row, words, met } in &self.aims {
            lines.push(format!("{} {row}: {words}", if *met { "met    " } else { "NOT MET" }));
        }
        for (name, why) in &self.left_out {
            lines.push(format!("left out: {name}: {why}"));
        }
        lines
    }

    /// Returns the table as JSON, times in seconds.
    pub(crate) fn json(&self, version: &str, machine: &str, told: &[String]) -> Value {
        let rows = self.rows.iter().map(|(name, spread)| {
            json!({
                "name": name,
                "runs": spread.count(),
                "median": spread.median().as_secs_f64(),
                "p10": spread.at(10).as_secs_f64(),
                "p90": spread.at(90).as_secs_f64(),
                "times_true": self.get(TRUE).map(|one| spread.ratio(one)),
                "times_empty": self.get(EMPTY).map(|one| spread.ratio(one)),
            })
        });
        let aims = self.aims.iter().map(|aim| json!({ "row": aim.row, "aim": aim.words, "met": aim.met }));
        let left_out = self.left_out.iter().map(|(name, why)| json!({ "name": name, "why": why }));
        json!({
            "version": version,
            "machine": machine,
            "told": told,
            "rows": rows.collect::<Vec<_>>(),
            "aims": aims.collect::<Vec<_>>(),
            "left_out": left_out.collect::<Vec<_>>(),
        })
    }

    fn times(&self, spread: &Spread, yardstick: &str) -> String {
        self.get(yardstick).map_or_else(|| "-".to_owned(), |one| format!("{:.2}", spread.ratio(one)))
    }
}

/// Returns the beginning of a line, without the escape sequences of a terminal.
fn beginning(line: &str) -> String {
    const MOST: usize = 90;
    let mut parts = line.split('\u{1b}');
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        // A sequence such as `[0;31m` ends with its first letter.
        plain.push_str(part.split_once(|c: char| c.is_ascii_alphabetic()).map_or("", |(_, rest)| rest));
    }
    let mut short: String = plain.chars().take(MOST).collect();
    if short.len() < plain.len() {
        short.push('…');
    }
    short
}

fn milliseconds(time: Duration) -> String {
    let milliseconds = time.as_secs_f64() * 1000.0;
    if milliseconds < 10.0 { format!("{milliseconds:.3}") } else { format!("{milliseconds:.1}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(rows: &[(&str, u64)]) -> Table {
        let mut table = Table::default();
        let spread = |time| Spread::new(vec![Duration::from_micros(time)]);
        table.add(rows.iter().map(|(name, time)| ((*name).to_owned(), spread(*time))));
        table
    }

    #[test]
    fn a_row_is_shown_beside_its_yardsticks() {
        let lines = table(&[(TRUE, 600), (EMPTY, 900), ("env", 540)]).lines();
        let words: Vec<&str> = lines[3].split_whitespace().collect();
        assert_eq!(words, ["env", "0.540", "0.540", "0.540", "0.90", "0.60", "1"]);
    }

    #[test]
    fn an_aim_says_whether_it_is_met() {
        let mut table =
            table(&[(TRUE, 600), ("env", 540), ("exec", 750), ("login", 10_000), ("aws", 290_000)]);
        table.aim_at_most("env", 1.0, TRUE);
        table.aim_faster("login", 30.0, "aws");
        table.aim_to_add("exec", 0.22, TRUE);
        table.aim_at_most("env", 1.0, "a row that is not there");
        let lines = table.lines();
        assert!(lines.contains(&"met     env: at most 1 of `/bin/true`: 0.90".to_owned()), "{lines:?}");
        assert!(
            lines.contains(&"NOT MET login: 30 times faster than `aws`: 29.0 times".to_owned()),
            "{lines:?}"
        );
        assert_eq!(lines.iter().filter(|line| line.contains("met") || line.contains("NOT MET")).count(), 3);
        assert!(
            lines.contains(&"NOT MET exec: adds at most 0.22 of `/bin/true`: 0.25".to_owned()),
            "{lines:?}"
        );
    }

    #[test]
    fn the_json_holds_what_the_text_holds() {
        let mut table = table(&[(TRUE, 600), ("env", 540)]);
        table.leave_out("awsume", "not installed\nat all");
        let json = table.json("awsesame 1.2.3", "2 cores", &[]);
        assert_eq!(json["rows"][1]["name"], "env");
        assert_eq!(json["rows"][1]["times_empty"], Value::Null);
        assert_eq!(json["left_out"][0]["why"], "not installed");
    }

    #[test]
    fn last_line_of_a_traceback_is_shown() {
        let mut table = Table::default();
        table.leave_out(
            "aws-mfa",
            "exit 1: Traceback (most recent call last):\n  File x\nNoRegionError: no region",
        );
        assert!(table.lines().contains(&"left out: aws-mfa: NoRegionError: no region".to_owned()));
    }

    #[test]
    fn a_reason_is_short_and_has_no_escape_sequences() {
        assert_eq!(beginning("\u{1b}[0;31mred\u{1b}[0m and plain"), "red and plain");
        let long = beginning(&"word ".repeat(40));
        assert!(long.ends_with('…') && long.chars().count() == 91, "{long}");
    }
}
