//! Writes the findings of `policy check` for people. The output is text; `ui` prints it.

use std::fmt::Write as _;

use awsesame_core::name::Shown;
use awsesame_policy::{
    Credential, Danger, Finding, Opened, Outcome, Proof, Row, Verdict, Witness, list_date,
};

use super::simulated::Difference;
use crate::ui::report::Notes;
use crate::ui::table::{self, Cell, Table};
use crate::ui::{self, Color, painted};

/// The data of a report.
pub(super) struct Report<'a> {
    /// The name of the policy, the user or the group that was judged.
    pub(super) name: &'a str,
    pub(super) proof: &'a Proof,
    pub(super) rows: &'a [Row],
    /// The names of the identity policies.
    pub(super) policies: &'a [&'a str],
    /// The findings, each with the name of its policy.
    pub(super) found: &'a [(&'a str, Finding)],
    /// True if the policies were judged together with one that allows everything.
    pub(super) beside_everything: bool,
    /// The drafts that are proven to close every way around MFA, for `policy show --for`.
    pub(super) closed_by: &'a [&'static str],
    /// The actions for which AWS's simulator has a different result, if it was asked.
    pub(super) simulated: Option<&'a Vec<Difference>>,
    /// True to show everything instead of one screen.
    pub(super) all: bool,
    /// The layout of the text.
    pub(super) look: Look,
}

/// The width of a report, if it is limited, and whether it has colors.
#[derive(Debug, Clone, Copy)]
pub(super) struct Look {
    pub(super) width: Option<usize>,
    pub(super) colors: bool,
}

impl Look {
    pub(super) fn of_stdout() -> Self {
        Self { width: ui::width(), colors: ui::shows_colors(&std::io::stdout()) }
    }
}

/// The number of findings of one kind that fit on a screen.
const SHOWN: usize = 4;
const SERVICES: usize = 6;
const FINDINGS: usize = 3;

impl Report<'_> {
    /// Returns the verdict, its basis, and the findings.
    pub(super) fn text(&self) -> String {
        let proof = self.proof;
        let color = match proof.verdict {
            Verdict::Enforced | Verdict::EnforcedToday => Color::Good,
            Verdict::ButForEnrollment | Verdict::Unsure => Color::Doubtful,
            Verdict::NotEnforced => Color::Bad,
        };
        let head = Shown(&format!("{}: {}", self.name, headline(proof))).to_string();
        let mut text = painted(&head, color, self.look.colors) + "\n";
        if self.beside_everything {
            text += "  (checked together with a policy that allows everything, because its Deny is for what others allow)\n";
        }
        self.open(&mut text);
        for step in &proof.enrollment {
            let _ = writeln!(text, "  {}", Shown(&format!("{}, {}", request(step), self.by(step))));
        }
        for new in self.cut(&proof.new_actions, SHOWN) {
            let said = format!(
                "a new action such as {} would slip through `{}` ({})",
                new.example,
                new.pattern,
                self.place(Some(new.policy), &new.statement)
            );
            let _ = writeln!(text, "  {}", Shown(&said));
        }
        // If something certainly works without MFA, the uncertain findings are shown only with `--all`.
        let doubts = self.all || proof.verdict != Verdict::NotEnforced;
        for why in self.cut(&proof.depends, SHOWN).iter().filter(|_| doubts) {
            let _ = writeln!(text, "  it depends: {}", Shown(why));
        }
        for defect in self.cut(&proof.defects, SHOWN) {
            let place = self.place(defect.policy, &defect.statement);
            let _ = writeln!(text, "  nothing can rest on {}: {}", Shown(&place), Shown(&defect.why));
        }
        text += &notes(proof);
        if self.all {
            text.push('\n');
            text += &table(self.rows, self.look);
        }
        if let Some(differences) = self.simulated {
            text += &simulated(differences);
        }
        let mut last = None;
        for (name, finding) in self.cut(self.found, FINDINGS) {
            // A statement with several findings is put right once on a screen.
            let again = last.replace((name, &finding.statement)) == Some((name, &finding.statement));
            text += &found(name, finding, self.all || !again);
        }
        text += &closing(self.closed_by);
        if !self.all && self.is_cut() {
            text += "\n  the rest: --all\n";
        }
        table::fitted(&text, self.look.width)
    }

    /// Writes what works without MFA: by danger, by service, and some of it as requests.
    fn open(&self, text: &mut String) {
        let proof = self.proof;
        for danger in Danger::ALL {
            let actions = || proof.open.iter().flat_map(|service| of(service, danger));
            let count = actions().count();
            if count > 0 {
                let named =
                    |count: usize| actions().take(count).map(|(service, name)| format!("{service}:{name}"));
                let shown: Vec<String> = named(if self.all { count } else { SHOWN }).collect();
                let shown = with_rest(&shown, count);
                let _ = writeln!(text, "  {:<21} {}", format!("{}:", danger.title()), Shown(&shown));
            }
        }
        let mut whole: Vec<&Opened> = proof.open.iter().filter(|service| service.is_whole()).collect();
        whole.sort_by_key(|service| std::cmp::Reverse(service.all));
        if !whole.is_empty() {
            let names: Vec<String> = whole.iter().map(|service| service.name.to_owned()).collect();
            let count: usize = whole.iter().map(|service| service.all).sum();
            let shown = self.cut(&names, SERVICES);
            let services = if shown.len() < names.len() { " services" } else { "" };
            let shown = with_rest(shown, names.len()) + services;
            let _ = writeln!(text, "  all of {shown}: {}", counted(count));
        }
        for witness in self.cut(&proof.witnesses, SHOWN) {
            let _ = writeln!(text, "  for example {}", Shown(&request(witness)));
            let _ = writeln!(text, "    {}", Shown(&self.by(witness)));
        }
    }

    fn by(&self, witness: &Witness) -> String {
        format!("allowed by {}", self.place(Some(witness.policy), &witness.statement))
    }

    fn place(&self, policy: Option<usize>, statement: &str) -> String {
        match policy {
            Some(place) => match self.policies.get(place) {
                Some(name) => format!("{statement} of {name}"),
                None => "the policy that allows everything".to_owned(),
            },
            None => format!("{statement} of the boundary"),
        }
    }

    fn cut<'b, T>(&self, all: &'b [T], shown: usize) -> &'b [T] {
        if self.all { all } else { &all[..all.len().min(shown)] }
    }

    fn is_cut(&self) -> bool {
        let proof = self.proof;
        proof.witnesses.len() > SHOWN
            || proof.new_actions.len() > SHOWN
            || proof.depends.len() > SHOWN
            || proof.defects.len() > SHOWN
            || self.found.len() > FINDINGS
            || self.found.windows(2).any(|two| two[0].1.statement == two[1].1.statement)
            || proof.open_actions() > SHOWN
    }
}

/// Returns the verdict for the first line of a report.
fn headline(proof: &Proof) -> String {
    if proof.verdict == Verdict::NotEnforced {
        return format!("MFA is not enforced: these work without MFA ({})", counted(proof.open_actions()));
    }
    verdict(proof)
}

/// Returns the verdict in a sentence.
pub(super) fn verdict(proof: &Proof) -> String {
    match proof.verdict {
        _ if proof.nothing_allowed => "nothing is allowed, with MFA or without".to_owned(),
        Verdict::Enforced => "MFA is enforced".to_owned(),
        Verdict::EnforcedToday => {
            format!("MFA is enforced for every action that exists today (by AWS's list of {})", list_date())
        }
        Verdict::ButForEnrollment => {
            "MFA is enforced but for enrollment: anybody who has the key can enroll a device of their own"
                .to_owned()
        }
        Verdict::NotEnforced => {
            let actions: Vec<String> = proof.witnesses.iter().map(|witness| witness.action.clone()).collect();
            let others = proof.open_actions().saturating_sub(actions.len().min(SHOWN));
            let mut shown = actions.into_iter().take(SHOWN).collect::<Vec<_>>().join(", ");
            if others > 0 {
                let _ = write!(shown, " and {others} more");
            }
            format!("MFA is not enforced: without MFA work {shown}")
        }
        Verdict::Unsure => "cannot tell whether MFA is enforced".to_owned(),
    }
}

/// Returns the notes that the reader needs besides the verdict.
fn notes(proof: &Proof) -> String {
    let mut text = String::new();
    if !proof.harmless.is_empty() {
        let _ = writeln!(text, "  open without MFA, and harmless: {}", proof.harmless.join(", "));
    }
    if proof.rests_on_allow {
        text += "  There is no Deny: the policy of a bucket, key, queue or role can allow the bare key.\n  \
                 To add a Deny: awsesame policy show --for self-service\n";
    }
    text
}

/// Returns the policies that would close every way around MFA.
fn closing(closed_by: &[&str]) -> String {
    let mut text = String::new();
    for purpose in closed_by {
        let what = if *purpose == "boundary" {
            "A Deny in this user's permissions boundary closes every way around"
        } else {
            "A policy of the organization closes it too, except in the management account"
        };
        let _ = writeln!(text, "\n  {what}: awsesame policy show --for {purpose}");
    }
    text
}

/// Returns a request in a form that people can read.
fn request(witness: &Witness) -> String {
    let with = match witness.credential {
        Credential::BareKey => "with the bare key",
        _ => "with a session without MFA",
    };
    let mut text = format!("{} on {}, {with}", witness.action, witness.resource);
    for (key, values) in &witness.circumstance {
        let _ = match values.as_slice() {
            [] => write!(text, ", without {key}"),
            values => write!(text, ", {key} = {}", values.join(" + ")),
        };
    }
    text
}

/// Returns the actions of a service that are dangerous in one way.
fn of(service: &Opened, wanted: Danger) -> impl Iterator<Item = (&'static str, &'static str)> {
    let actions = service.actions.iter().filter(move |(danger, _)| *danger == wanted);
    actions.map(|(_, name)| (service.service, *name))
}

fn counted(actions: usize) -> String {
    if actions == 1 { "1 action".to_owned() } else { format!("{actions} actions") }
}

/// Returns a list with only the first names and the number of the others.
fn list(actions: &[String]) -> String {
    with_rest(&actions[..actions.len().min(SHOWN)], actions.len())
}

/// The first of so many, and how many more there are.
fn with_rest(first: &[String], all: usize) -> String {
    match all - first.len() {
        0 => first.join(", "),
        more => format!("{} and {more} more", first.join(", ")),
    }
}

fn found(name: &str, finding: &Finding, with_remedy: bool) -> String {
    let Finding { line, statement, flaw, mended } = finding;
    let mut text = format!("\n{}\n", Shown(&format!("{name}:{line}: {statement}: {flaw}")));
    if let Some(mended) = mended.as_ref().filter(|_| with_remedy) {
        text += "  corrected:\n";
        for line in mended.lines() {
            let _ = writeln!(text, "    {}", Shown(line));
        }
    }
    text
}

fn simulated(differences: &[Difference]) -> String {
    if differences.is_empty() {
        return "\nAWS's policy simulator says the same of what it was asked.\n".to_owned();
    }
    let mut text = "\nAWS's policy simulator says otherwise:\n".to_owned();
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

/// Returns a few actions in columns, those that work without MFA first. Below them are the reasons for the doubts.
fn table(rows: &[Row], look: Look) -> String {
    let mut notes = Notes::default();
    let titles = Credential::ALL.map(|credential| credential.title().to_uppercase());
    let mut table = Table::unheaded(&["action", "1", "2", "3", "4", "5", "6"]).shortening(&["action"]);
    table.push(std::iter::once("ACTION".to_owned()).chain(titles).map(Cell::from).collect());
    let is_open = |row: &Row| {
        let mut each = row.each();
        each.any(|(credential, outcome)| *outcome == Outcome::Allowed && credential.without_mfa())
    };
    let (enrollment, others): (Vec<&Row>, Vec<&Row>) = rows.iter().partition(|row| row.enrollment);
    let (open, closed): (Vec<&Row>, Vec<&Row>) = others.into_iter().partition(|row| is_open(row));
    let first_of_enrollment = open.len() + closed.len();
    for (at, row) in open.into_iter().chain(closed).chain(enrollment).enumerate() {
        if at == first_of_enrollment {
            table.push(vec!["(enrollment and login)".into()]);
        }
        let mut line: Vec<Cell> = vec![Shown(&row.act.action).to_string().into()];
        for (credential, outcome) in row.each() {
            line.push(match outcome {
                // Calls that an attacker could make are highlighted.
                Outcome::Allowed if credential.without_mfa() && !row.enrollment => {
                    Cell::colored("ALLOWED", Color::Bad)
                }
                Outcome::Allowed => "allowed".into(),
                Outcome::Refused => "-".into(),
                Outcome::Unsure(reason) => {
                    Cell::colored(format!("unsure ({})", notes.number(reason)), Color::Doubtful)
                }
            });
        }
        table.push(line);
    }
    table.text(look.width, look.colors) + &notes.text()
}
