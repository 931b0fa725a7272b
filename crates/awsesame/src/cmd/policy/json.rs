//! Writes the findings of `policy check` as JSON, for programs.

use awsesame_policy::{Opened, Outcome, Row, Witness, list_date};
use serde_json::{Value, json};

use super::report::Report;
use super::simulated::Difference;

impl Report<'_> {
    /// Returns all findings as one object.
    pub(super) fn object(&self) -> Value {
        let proof = self.proof;
        let found = self.found.iter().map(|(name, finding)| {
            json!({
                "policy": name, "line": finding.line, "statement": finding.statement,
                "flaw": finding.flaw.word(), "unsound": finding.flaw.is_unsound(),
                "message": finding.flaw.to_string(), "mended": finding.mended,
            })
        });
        let new = proof.new_actions.iter().map(|new| {
            json!({
                "pattern": new.pattern, "example": new.example, "statement": new.statement,
                "policy": self.policies.get(new.policy),
            })
        });
        let defects = proof.defects.iter().map(|defect| {
            json!({
                "policy": defect.policy.and_then(|place| self.policies.get(place)),
                "statement": defect.statement, "why": defect.why,
            })
        });
        json!({
            "subject": self.name,
            "verdict": proof.verdict.word(),
            "open_actions": proof.open_actions(),
            "open": proof.open.iter().map(opened).collect::<Vec<_>>(),
            "witnesses": proof.witnesses.iter().map(|one| self.witness(one)).collect::<Vec<_>>(),
            "enrollment": proof.enrollment.iter().map(|one| self.witness(one)).collect::<Vec<_>>(),
            "harmless": proof.harmless,
            "new_actions": new.collect::<Vec<_>>(),
            "depends": proof.depends,
            "defects": defects.collect::<Vec<_>>(),
            "rests_on_allow": proof.rests_on_allow,
            "nothing_allowed": proof.nothing_allowed,
            "beside_everything": self.beside_everything,
            "closed_by": self.closed_by,
            "list_of": list_date(),
            "actions": self.rows.iter().map(row).collect::<Vec<_>>(),
            "findings": found.collect::<Vec<_>>(),
            "simulated": self.simulated.map(|all| all.iter().map(difference).collect::<Vec<_>>()),
        })
    }

    fn witness(&self, witness: &Witness) -> Value {
        let circumstance = witness.circumstance.iter().map(|(key, values)| (key.clone(), json!(values)));
        json!({
            "action": witness.action, "resource": witness.resource, "credential": witness.credential.word(),
            "circumstance": circumstance.collect::<serde_json::Map<_, _>>(),
            "policy": self.policies.get(witness.policy), "statement": witness.statement,
            "danger": witness.danger.word(),
        })
    }
}

fn opened(opened: &Opened) -> Value {
    let actions: Vec<&str> = opened.actions.iter().map(|(_, name)| *name).collect();
    json!({ "service": opened.service, "name": opened.name, "actions": actions, "all": opened.all })
}

fn difference(one: &Difference) -> Value {
    json!({
        "action": one.action, "credential": one.credential.word(), "allowed": one.allowed,
        "by_organization": one.by_organization,
    })
}

fn row(row: &Row) -> Value {
    let mut object = json!({
        "action": row.act.action, "resource": row.act.resource, "enrollment": row.enrollment,
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
