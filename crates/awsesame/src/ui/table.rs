//! Tables that fit the terminal: first the names are shortened in the middle, then the least important columns are
//! removed. The output is text; `ui` prints it.

use std::borrow::Cow;

use awsesame_core::text::lines::folded;
use awsesame_local::ui::{Color, painted};

/// The least width that a name keeps before a column is left out for it.
const ENOUGH: usize = 14;

/// The least width that a name keeps if nothing else can be left out.
const LEAST: usize = 3;

/// The blanks between two columns.
const GAP: usize = 2;

/// The text of a cell, with a color if it has a meaning.
#[derive(Debug, Clone)]
pub struct Cell {
    text: String,
    color: Option<Color>,
}

impl Cell {
    /// Returns a cell in a color.
    pub fn colored(text: impl Into<String>, color: Color) -> Self {
        Self { text: text.into(), color: Some(color) }
    }
}

impl<T: Into<String>> From<T> for Cell {
    fn from(text: T) -> Self {
        Self { text: text.into(), color: None }
    }
}

/// A table of rows with headings.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Vec<Cell>>,
    /// The headings of columns that may be removed, in this order.
    spared: &'static [&'static str],
    /// The headings of columns whose texts may be shortened.
    names: &'static [&'static str],
    /// The headings of columns whose texts may be cut at the end.
    sentences: &'static [&'static str],
    columns: Vec<&'static str>,
    headed: bool,
}

impl Table {
    /// Returns an empty table with these headings.
    pub fn new(columns: &[&'static str]) -> Self {
        let heading = columns.iter().map(|heading| Cell::from(*heading)).collect();
        Self { rows: vec![heading], columns: columns.to_vec(), headed: true, ..Self::default() }
    }

    /// Returns an empty table whose columns have names, but no visible headings.
    pub fn unheaded(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), ..Self::default() }
    }

    /// Sets the columns that may be removed if there is no room, in this order.
    #[must_use]
    pub fn sparing(self, spared: &'static [&'static str]) -> Self {
        Self { spared, ..self }
    }

    /// Sets the columns whose texts may be shortened if there is no room.
    #[must_use]
    pub fn shortening(self, names: &'static [&'static str]) -> Self {
        Self { names, ..self }
    }

    /// Sets the columns whose texts are cut at the end if there is no room.
    #[must_use]
    pub fn cutting(self, sentences: &'static [&'static str]) -> Self {
        Self { sentences, ..self }
    }

    /// Adds one row.
    pub fn push(&mut self, row: Vec<Cell>) {
        self.rows.push(row);
    }

    /// Returns true if the table has no row except for the headings.
    pub fn is_empty(&self) -> bool {
        self.rows.len() <= usize::from(self.headed)
    }

    /// Returns the whole table, in lines of at most this width if one is given.
    pub fn text(&self, width: Option<usize>, colors: bool) -> String {
        let mut shown: Vec<usize> = (0..self.columns.len()).collect();
        let mut spared = self.spared.iter();
        let widths = loop {
            let widths = self.widths(&shown);
            let Some(width) = width else { break widths };
            let room = width.saturating_sub(GAP * shown.len().saturating_sub(1));
            if let Some(widths) = self.fitting(&shown, widths.clone(), room, ENOUGH) {
                break widths;
            }
            let goes = spared.next().map(|heading| self.columns.iter().position(|known| known == heading));
            match goes {
                Some(at) => shown.retain(|column| Some(*column) != at),
                None => break self.fitting(&shown, widths.clone(), room, LEAST).unwrap_or(widths),
            }
        };
        let mut text = String::new();
        for row in &self.rows {
            let begun = text.len();
            let mut blanks = 0;
            for (column, width) in shown.iter().zip(&widths) {
                let Some(cell) = row.get(*column) else { continue };
                let is_sentence = self.sentences.contains(&self.columns[*column]);
                let fitting: Cow<'_, str> = if is_sentence {
                    beginning(&cell.text, *width).into()
                } else {
                    middle(&cell.text, *width)
                };
                text.extend(std::iter::repeat_n(' ', blanks));
                blanks = GAP + width - fitting.chars().count();
                match cell.color {
                    None => text.push_str(&fitting),
                    Some(color) => text.push_str(&painted(&fitting, color, colors)),
                }
            }
            text.truncate(begun + text[begun..].trim_end().len());
            text.push('\n');
        }
        text
    }

    /// Returns the width of each shown column.
    fn widths(&self, shown: &[usize]) -> Vec<usize> {
        let width = |column: &usize| {
            self.rows.iter().filter_map(|row| row.get(*column)).map(|cell| cell.text.chars().count()).max()
        };
        shown.iter().map(|column| width(column).unwrap_or(0)).collect()
    }

    /// Returns the widths with names shortened until they fit into this room, or None if that would leave too little of
    /// them.
    fn fitting(
        &self,
        shown: &[usize],
        mut widths: Vec<usize>,
        room: usize,
        least: usize,
    ) -> Option<Vec<usize>> {
        let may_shrink = |at: &usize| {
            let heading = &self.columns[shown[*at]];
            self.names.contains(heading) || self.sentences.contains(heading)
        };
        let names: Vec<usize> = (0..shown.len()).filter(may_shrink).collect();
        while widths.iter().sum::<usize>() > room {
            let widest = names.iter().copied().max_by_key(|at| widths[*at])?;
            if widths[widest] <= least {
                return None;
            }
            widths[widest] -= 1;
        }
        Some(widths)
    }
}

/// Wraps the lines of a report to a width, if one is given. The rest of a line is indented by two more spaces. A
/// command stays in one piece.
pub fn fitted(text: &str, width: Option<usize>) -> String {
    let Some(width) = width else { return text.to_owned() };
    let fit = |line: &str| {
        let words = line.trim_start();
        let blanks = line.len() - words.len();
        if visible(line) <= width {
            return format!("{line}\n");
        }
        format!("{}{}\n", &line[..blanks], folded(words, blanks, blanks + 2, width))
    };
    text.lines().map(fit).collect()
}

/// Returns the number of visible characters of a line, which may contain color sequences.
fn visible(line: &str) -> usize {
    let mut parts = line.split("\x1b[");
    let first = parts.next().map_or(0, |part| part.chars().count());
    let behind = |part: &str| part.split_once('m').map_or(0, |(_, text)| text.chars().count());
    first + parts.map(behind).sum::<usize>()
}

/// Returns a text of at most this width, with its middle left out if it is longer.
fn middle(text: &str, width: usize) -> Cow<'_, str> {
    let length = text.chars().count();
    if length <= width {
        return text.into();
    }
    let kept = width.saturating_sub(1);
    let (head, tail) = (kept - kept / 2, kept / 2);
    text.chars().take(head).chain(['…']).chain(text.chars().skip(length - tail)).collect()
}

/// Returns a text of at most this width, with its end left out if it is longer.
fn beginning(text: &str, width: usize) -> String {
    if text.chars().count() <= width {
        return text.to_owned();
    }
    text.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

/// Returns two columns, or both texts below each other if two columns are too wide.
pub fn side_by_side(rows: &[[String; 2]], width: Option<usize>) -> String {
    let mut table = Table::unheaded(&["name", "outcome"]);
    for row in rows {
        table.push(row.clone().map(Cell::from).into());
    }
    let text = table.text(None, false);
    match width {
        Some(width) if text.lines().any(|line| line.chars().count() > width) => {
            let below =
                |[name, outcome]: &[String; 2]| format!("{name}:\n      {}\n", folded(outcome, 6, 6, width));
            rows.iter().map(below).collect()
        }
        _ => text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let mut table =
            Table::new(&["PROFILE", "ACCOUNT", "LEFT"]).sparing(&["ACCOUNT"]).shortening(&["PROFILE"]);
        table.push(vec!["company-development-admin".into(), "123456789012".into(), "11 h 59 min".into()]);
        table.push(vec!["dev".into(), "210987654321".into(), Cell::colored("-", Color::Doubtful)]);
        table
    }

    #[test]
    fn names_are_shortened_before_a_column_goes_and_no_line_is_too_wide() {
        let heads = |width| table().text(Some(width), false).lines().nth(1).unwrap_or_default().to_owned();
        assert_eq!(heads(80), "company-development-admin  123456789012  11 h 59 min");
        assert_eq!(heads(45), "company-d…nt-admin  123456789012  11 h 59 min");
        assert_eq!(heads(40), "company-development-admin  11 h 59 min");
        assert_eq!(heads(20), "com…min  11 h 59 min");
        for width in 16..90 {
            for line in table().text(Some(width), false).lines() {
                assert!(line.chars().count() <= width, "{width}: {line}");
            }
        }
    }

    #[test]
    fn a_report_is_broken_between_words_and_a_colored_table_is_not() {
        let report = "head\n  a remark that is long\n  to do it: awsesame policy show\n";
        let lines = "head\n  a remark that\n    is long\n  to do it:\n    awsesame policy show\n";
        assert_eq!(fitted(report, Some(16)), lines);
        assert_eq!(fitted(report, None), report);
        let colored = table().text(Some(45), true);
        assert_eq!(fitted(&colored, Some(45)), colored);
    }

    #[test]
    fn a_sentence_loses_its_end_and_a_name_its_middle() {
        let mut table = Table::unheaded(&["name", "about"]).shortening(&["name"]).cutting(&["about"]);
        table.push(vec!["development".into(), "role deploy through key of alice".into()]);
        assert_eq!(table.text(Some(30), false), "development  role deploy thro…\n");
        assert_eq!(table.text(Some(20), false), "deve…ment  role dep…\n");
    }

    #[test]
    fn colors_take_no_room_and_come_only_where_they_are_wanted() {
        let plain = table().text(None, false);
        assert!(!plain.contains('\x1b'));
        let colored = table().text(None, true);
        assert_eq!(colored.replace("\x1b[33m", "").replace("\x1b[0m", ""), plain);
        assert!(colored.contains("\x1b[33m-\x1b[0m"));
    }
}
