//! The finding of a check, and the output of all findings. The output is text; `ui` prints it.

use std::fmt::Write;
use std::path::PathBuf;

use awsesame_core::fault::Fault;
use awsesame_core::text::lines::folded;
use serde::Serialize;

use crate::ui::{Color, painted};

/// The column where findings and commands begin.
const INDENT: usize = 9;

/// The column where a command begins that would be too wide there.
const LESS: usize = 4;

/// The state of something that was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is no problem.
    Good,
    /// Something could be better, or could not be checked.
    Note,
    /// A problem that has to be corrected.
    Failure,
    /// A problem that `--fix` has just corrected.
    Mended,
}

/// A correction that harms nothing else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fix {
    /// A file or a folder of ours is given this mode.
    Close(PathBuf, u32),
    /// The library for direnv is written again.
    Library,
    /// A file that a killed writer left is removed.
    Remove(PathBuf),
}

/// One result of a check.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Finding {
    pub(super) standing: Standing,
    /// The thing that was checked and its state, in one line.
    pub(super) what: String,
    /// The command that corrects it.
    pub(super) command: Option<String>,
    pub(super) fix: Option<Fix>,
}

impl Finding {
    pub(super) fn good(what: impl Into<String>) -> Self {
        Self { standing: Standing::Good, what: what.into(), command: None, fix: None }
    }

    pub(super) fn note(what: impl Into<String>) -> Self {
        Self { standing: Standing::Note, ..Self::good(what) }
    }

    pub(super) fn failure(what: impl Into<String>, command: impl Into<String>) -> Self {
        Self { standing: Standing::Failure, command: Some(command.into()), ..Self::good(what) }
    }

    /// Converts a fault to a finding.
    pub(super) fn fault(fault: &Fault) -> Self {
        Self::failure(fault.to_string(), fault.hint())
    }

    pub(super) fn type_in(self, command: impl Into<String>) -> Self {
        Self { command: Some(command.into()), ..self }
    }

    pub(super) fn mended_by(self, fix: Fix) -> Self {
        Self { fix: Some(fix), ..self }
    }
}

impl Standing {
    const fn mark(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Failure => "FAIL",
            Self::Mended => "fixed",
        }
    }

    const fn color(self) -> Color {
        match self {
            Self::Good | Self::Mended => Color::Good,
            Self::Note => Color::Doubtful,
            Self::Failure => Color::Bad,
        }
    }

    const fn slug(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Failure => "failure",
            Self::Mended => "fixed",
        }
    }
}

/// Returns the text of every group with its findings, problems first, and below each finding the command to type.
/// Findings that are in order are included only if `all` is true. Lines have at most `width` columns, if a width is
/// given.
pub(super) fn text(
    found: &[(&str, Vec<Finding>)],
    all: bool,
    home: Option<&str>,
    colors: bool,
    width: Option<usize>,
) -> String {
    let width = width.unwrap_or(usize::MAX);
    let mut text = String::new();
    for (group, findings) in found {
        let mut findings: Vec<&Finding> =
            findings.iter().filter(|finding| all || finding.standing != Standing::Good).collect();
        if findings.is_empty() {
            continue;
        }
        findings.sort_by_key(|finding| finding.standing != Standing::Failure);
        if !text.is_empty() {
            text.push('\n');
        }
        let _ = writeln!(text, "{group}");
        for finding in findings {
            let mark = finding.standing.mark();
            let blanks = " ".repeat(5_usize.saturating_sub(mark.len()));
            let mark = painted(mark, finding.standing.color(), colors);
            let what = folded(&from_home(&finding.what, home), INDENT, INDENT, width);
            let _ = writeln!(text, "  {mark}{blanks}  {what}");
            if let Some(command) = &finding.command {
                // A long command begins further to the left, so that it fits on one line.
                let fits = INDENT + command.chars().count() <= width;
                let blanks = " ".repeat(if fits { INDENT } else { LESS });
                let _ = writeln!(text, "{blanks}{}", painted(command, Color::Next, colors));
            }
        }
    }
    text
}

/// Returns a text with `~` instead of the home before paths.
fn from_home(text: &str, home: Option<&str>) -> String {
    match home.filter(|home| home.len() > 1) {
        Some(home) => text.replace(&format!("{home}/"), "~/"),
        None => text.to_owned(),
    }
}

/// One finding, for programs.
#[derive(Debug, Serialize)]
pub(super) struct FindingObject<'a> {
    group: &'a str,
    state: &'static str,
    message: &'a str,
    command: Option<&'a str>,
    fixable: bool,
}

/// Returns every finding for programs, in the order of the checks.
pub(super) fn objects<'a>(found: &'a [(&str, Vec<Finding>)]) -> Vec<FindingObject<'a>> {
    let object = |group: &'a str, finding: &'a Finding| FindingObject {
        group,
        state: finding.standing.slug(),
        message: &finding.what,
        command: finding.command.as_deref(),
        fixable: finding.fix.is_some(),
    };
    found.iter().flat_map(|(group, findings)| findings.iter().map(|finding| object(group, finding))).collect()
}

/// Returns the last line of the report.
pub(super) fn summary(failures: usize, notes: usize, mended: usize, mendable: usize) -> String {
    let many = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    let mended = if mended == 0 { String::new() } else { format!(", {mended} fixed") };
    let hint = match mendable {
        0 => String::new(),
        count => format!("; {count} can be fixed by: awsesame doctor --fix"),
    };
    match (failures, notes) {
        (0, 0) => format!("all is well{mended}"),
        _ => format!("{}, {}{mended}{hint}", many(failures, "failure"), many(notes, "note")),
    }
}
