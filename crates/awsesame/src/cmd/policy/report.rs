//! What `policy check` found, for people and for programs. Text comes out; `ui` prints it.

use std::fmt::Write as _;

use awsesame_core::name::Shown;
use awsesame_policy::{Credential, Finding, Judgement, Outcome, Row, Verdict};
use serde_json::{Value, json};

use super::simulated::Difference;
use crate::ui::report::{Notes, columns};

/// What there is to report.
pub(super) struct Report<'a> {
    /// What was judged.
    pub(super) name: &'a str,
    pub(super) judgement: &'a Judgement,
    /// What is wrong, and in which policy.
    pub(super) found: &'a [(&'a str, Finding)],
    /// Whether it was judged beside a policy that allows everything.
    pub(super) beside_everything: bool,
    /// Where AWS's simulator says something else, if it was asked.
    pub(super) simulated: Option<&'a Vec<Difference>>,
}

impl Report<'_> {
    /// For people: the verdict, who gets what, and what is wrong where.
    pub(super) fn text(&self) -> String {
        let mut text = format!("{}\n", Shown(&format!("{}: {}", self.name, verdict(self.judgement))));
        if self.beside_everything {
            text += "  (judged beside a policy that allows everything: its Deny is for what others allow)\n";
        }
        text.push('\n');
        text += &table(&self.judgement.rows);
        if let Some(differences) = self.simulated {
            text += &simulated(differences);
        }
        for (name, finding) in self.found {
            let Finding { line, statement, flaw, mended } = finding;
            let said = format!("{name}:{line}: {statement}: {flaw}");
            let _ = writeln!(text, "\n{}", Shown(&said));
            if let Some(mended) = mended {
                text += "  mended:\n";
                for line in mended.lines() {
                    let _ = writeln!(text, "    {}", Shown(line));
                }
            }
        }
        text
    }

    /// For programs.
    pub(super) fn json(&self) -> String {
        let actions: &[String] = match &self.judgement.verdict {
            Verdict::NotForced(actions) | Verdict::Unsure(actions) => actions,
            Verdict::Forced | Verdict::NothingAllowed => &[],
        };
        let found = self.found.iter().map(|(name, finding)| {
            json!({
                "policy": name, "line": finding.line, "statement": finding.statement,
                "flaw": finding.flaw.word(), "unsound": finding.flaw.is_unsound(),
                "message": finding.flaw.to_string(), "mended": finding.mended,
            })
        });
        let report = json!({
            "subject": self.name,
            "verdict": word(self.judgement),
            "without_mfa": actions,
            "beside_everything": self.beside_everything,
            "actions": self.judgement.rows.iter().map(row_json).collect::<Vec<_>>(),
            "findings": found.collect::<Vec<_>>(),
            "simulated": self.simulated.map(|all| all.iter().map(difference_json).collect::<Vec<_>>()),
        });
        format!("{report}\n")
    }
}

/// The verdict in a sentence.
pub(super) fn verdict(judgement: &Judgement) -> String {
    match &judgement.verdict {
        Verdict::Forced => "MFA is forced".to_owned(),
        Verdict::NotForced(open) => format!("MFA is not forced: without it go {}", list(open)),
        Verdict::Unsure(unsure) => {
            format!("cannot tell whether MFA is forced: it depends for {}", list(unsure))
        }
        Verdict::NothingAllowed => "allows nothing, with MFA or without".to_owned(),
    }
}

/// The same for programs.
pub(super) fn word(judgement: &Judgement) -> &'static str {
    match &judgement.verdict {
        Verdict::Forced => "forced",
        Verdict::NotForced(_) => "not_forced",
        Verdict::Unsure(_) => "unsure",
        Verdict::NothingAllowed => "nothing_allowed",
    }
}

/// A list that is read in one glance.
fn list(actions: &[String]) -> String {
    const SHOWN: usize = 4;
    let mut text = actions.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    if actions.len() > SHOWN {
        let _ = write!(text, " and {} more", actions.len() - SHOWN);
    }
    text
}

fn simulated(differences: &[Difference]) -> String {
    if differences.is_empty() {
        return "\nAWS's policy simulator says the same.\n".to_owned();
    }
    let mut text = "\nAWS's policy simulator knew better, and its word counts:\n".to_owned();
    let mut groups: Vec<(String, Vec<String>)> = Vec::new();
    for one in differences {
        let word = if one.allowed { "allowed" } else { "refused" };
        let by = if one.by_organization { " by the organization's policies" } else { "" };
        let head = format!("{}: {word}{by}", one.credential.title());
        match groups.iter_mut().find(|(known, _)| *known == head) {
            Some((_, actions)) => actions.push(one.action.clone()),
            None => groups.push((head, vec![one.action.clone()])),
        }
    }
    for (head, actions) in groups {
        let _ = writeln!(text, "  {head}: {}", Shown(&list(&actions)));
    }
    text
}

fn difference_json(one: &Difference) -> Value {
    json!({
        "action": one.action, "credential": one.credential.word(), "allowed": one.allowed,
        "by_organization": one.by_organization,
    })
}

fn row_json(row: &Row) -> Value {
    let mut object = json!({
        "action": row.act.action, "resource": row.act.resource, "enrolment": row.enrolment,
    });
    for (credential, outcome) in row.each() {
        object[credential.word()] = match outcome {
            Outcome::Allowed => json!("allowed"),
            Outcome::Refused => json!("refused"),
            Outcome::Unsure(_) => json!("unsure"),
        };
    }
    object
}

/// Every action in columns, and under them what the doubts are about.
fn table(rows: &[Row]) -> String {
    let mut notes = Notes::default();
    let mut cells = vec![vec!["ACTION".to_owned()]];
    cells[0].extend(Credential::ALL.map(|credential| credential.title().to_uppercase()));
    for (at, row) in rows.iter().enumerate() {
        if row.enrolment && !rows[..at].iter().any(|row| row.enrolment) {
            cells.push(vec!["(to enrol, these may stay open)".to_owned()]);
        }
        let mut line = vec![Shown(&row.act.action).to_string()];
        for (credential, outcome) in row.each() {
            line.push(match outcome {
                // What a thief could use is to stand out.
                Outcome::Allowed if credential.without_mfa() && !row.enrolment => "ALLOWED".to_owned(),
                Outcome::Allowed => "allowed".to_owned(),
                Outcome::Refused => "-".to_owned(),
                Outcome::Unsure(reason) => format!("unsure ({})", notes.number(reason)),
            });
        }
        cells.push(line);
    }
    columns(&cells) + &notes.text()
}
