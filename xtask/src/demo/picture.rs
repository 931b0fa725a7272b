//! `cargo xtask picture`: records the README's picture of a terminal in the demo's world. The check records it again
//! and compares the text. Times of day and remaining times are written as if the login was at 9:04.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};

use super::shell::Shell;
use super::stage::without_escapes;
use super::world::World;
use super::{Clients, LIFETIME, furnish};
use crate::child;
use crate::interrupt::Interrupt;
use crate::project::Project;
use crate::say;

/// The picture, below the root of the repository.
const FILE: &str = "docs/terminal.svg";

/// The beginning of the question for a code.
const QUESTION: &str = "MFA code for ";

/// The command that shows the time left of the session.
const LEFT: &str = "awsesame status --format '{profile}: {identity}, {left} left'";

/// The weekday before a time of another day: twelve hours that begin after noon end on the next day.
const DAYS: [&str; 7] = ["Mon ", "Tue ", "Wed ", "Thu ", "Fri ", "Sat ", "Sun "];

/// A line of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Line {
    Typed(String),
    Printed(String),
}

/// The arguments of `cargo xtask picture`.
#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Only say whether the picture in the repository is still right
    #[arg(long)]
    check: bool,
}

/// Records the picture, or checks the existing one.
pub(crate) fn run(project: &Project, arguments: &Arguments) -> Result<bool> {
    let mut build = project.cargo();
    build.args(["build", "--locked", "--workspace"]);
    child::run(&mut build, super::BUILD)?;
    if arguments.check {
        check(project)?;
    } else {
        let file = file(project);
        fs::write(&file, svg(&record(project)?)).with_context(|| file.display().to_string())?;
        say::line(&format!("written: {FILE}"));
    }
    Ok(true)
}

/// Records the picture with the current programs, and compares it with the one in the repository.
pub(crate) fn check(project: &Project) -> Result<()> {
    let file = file(project);
    let there = fs::read_to_string(&file).with_context(|| file.display().to_string())?;
    let now = svg(&record(project)?);
    ensure!(there == now, "{FILE} is not what the programs print now; to record it: cargo xtask picture");
    Ok(())
}

fn file(project: &Project) -> PathBuf {
    project.root().join(FILE)
}

fn record(project: &Project) -> Result<Vec<Line>> {
    let interrupt = Interrupt::watch()?;
    let world = World::start(project, &project.target().join("debug"), LIFETIME, &interrupt)?;
    let clients = Clients::find(project, &world)?;
    ensure!(clients.direnv, "the picture needs `direnv`");
    furnish(&world, &clients)?;
    let mut shell = Shell::open(&world, "", &interrupt)?;
    let mut lines = Vec::new();
    let code = || world.code("alice");
    for line in ["cd ~/project", "awsesame login", LEFT, "awsesame check --for 8h && echo ready"] {
        let answers: &[(&str, &dyn Fn() -> Result<String>)] =
            if line == "awsesame login" { &[(QUESTION, &code)] } else { &[] };
        let (_, printed) = shell.run_and_answer(line, answers)?;
        lines.push(Line::Typed(line.to_owned()));
        let printed = without_escapes(&printed);
        let printed = printed.lines().map(str::trim_end).filter(|text| !text.is_empty());
        lines.extend(printed.map(|text| Line::Printed(lasting(&homeless(text, world.home())))));
    }
    Ok(lines)
}

/// Returns the text without the folder that the demo happens to have.
fn homeless(text: &str, home: &Path) -> String {
    text.replace(&home.display().to_string(), "~")
}

/// Returns the text without what differs from run to run: the code, the list of variables, and times.
fn lasting(text: &str) -> String {
    if text.starts_with("direnv: export ") {
        return "direnv: export ...".to_owned();
    }
    match text.split_once("): ") {
        Some((question, _)) if question.starts_with(QUESTION) => format!("{question}): 123456"),
        _ => timeless(text),
    }
}

/// Returns the text as it would be if the login were at 9:04, one moment ago.
fn timeless(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(':') {
        let (before, after) = rest.split_at(at);
        let digits = |text: &str| text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let hour = before.get(before.len().saturating_sub(2)..).is_some_and(digits);
        let minute = after.get(1..3).is_some_and(digits);
        if hour && minute {
            let before = &before[..before.len() - 2];
            out += DAYS.iter().find_map(|day| before.strip_suffix(day)).unwrap_or(before);
            out += "21:04";
            rest = &after[3..];
        } else {
            out += before;
            out.push(':');
            rest = &after[1..];
        }
    }
    out += rest;
    for (found, left) in [("11 h 59 min", "12 h"), ("11h59m", "12h")] {
        out = out.replace(found, left);
    }
    out
}

/// Draws the lines as a terminal of 96 columns.
fn svg(lines: &[Line]) -> String {
    const COLUMNS: usize = 96;
    const TOP: usize = 52;
    const STEP: usize = 20;
    let shown: Vec<(&str, String)> = lines.iter().flat_map(|line| wrapped(line, COLUMNS)).collect();
    let height = TOP + shown.len() * STEP + 8;
    let mut text = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"840\" height=\"{height}\" viewBox=\"0 0 840 {height}\" role=\"img\">\n\
         <title>awsesame in a terminal</title>\n\
         <style>\n\
         text {{ font: 14px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre; fill: #c9d1d9 }}\n\
         .typed {{ fill: #7ee787; font-weight: bold }}\n\
         </style>\n\
         <rect width=\"840\" height=\"{height}\" rx=\"8\" fill=\"#0d1117\"/>\n\
         <circle cx=\"20\" cy=\"20\" r=\"6\" fill=\"#ff5f56\"/>\n\
         <circle cx=\"40\" cy=\"20\" r=\"6\" fill=\"#ffbd2e\"/>\n\
         <circle cx=\"60\" cy=\"20\" r=\"6\" fill=\"#27c93f\"/>\n"
    );
    for (row, (class, line)) in shown.iter().enumerate() {
        let y = TOP + row * STEP;
        let line = escaped(line);
        text.extend([
            &format!("<text x=\"16\" y=\"{y}\" class=\"{class}\" xml:space=\"preserve\">"),
            line.as_str(),
            "</text>\n",
        ]);
    }
    text + "</svg>\n"
}

fn wrapped(line: &Line, columns: usize) -> Vec<(&'static str, String)> {
    let (class, text) = match line {
        Line::Typed(text) => ("typed", format!("$ {text}")),
        Line::Printed(text) => ("printed", text.clone()),
    };
    let characters: Vec<char> = text.chars().collect();
    characters.chunks(columns).map(|chunk| (class, chunk.iter().collect())).collect()
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_as_if_the_login_were_at_one_hour() {
        assert_eq!(timeless("until 17:33 (11 h 59 min left)"), "until 21:04 (12 h left)");
        assert_eq!(timeless("until Sun 00:26 (12 h left)"), "until 21:04 (12 h left)");
        assert_eq!(timeless("arn:aws:iam::123456789012:mfa/alice"), "arn:aws:iam::123456789012:mfa/alice");
        assert_eq!(timeless("é: 1:2 03:04"), "é: 1:2 21:04");
    }

    #[test]
    fn what_differs_from_run_to_run_is_left_out() {
        assert_eq!(
            lasting("MFA code for alice (profile `alice`): 325575"),
            "MFA code for alice (profile `alice`): 123456"
        );
        assert_eq!(lasting("direnv: export +AWS_A +AWS_B"), "direnv: export ...");
        assert_eq!(lasting("direnv: loading ~/project/.envrc"), "direnv: loading ~/project/.envrc");
    }

    #[test]
    fn text_is_escaped_and_wrapped() {
        let lines = [Line::Typed("a && b".into()), Line::Printed("x".repeat(100))];
        let picture = svg(&lines);
        assert!(picture.contains(">$ a &amp;&amp; b<"), "{picture}");
        assert_eq!(picture.matches("<text ").count(), 3);
    }
}
