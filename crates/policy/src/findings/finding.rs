//! Finds flaws of statements that should enforce MFA. The findings depend on the requests that a statement matches, not
//! on its spelling. `decide` judges the policies as a whole.

use crate::evaluate::credential::{Subject, tells_of_mfa};
use crate::findings::flaw::{Flaw, flaw};
use crate::findings::{hole, mend};
use crate::language::condition::Test;
use crate::language::document::Policy;
use crate::language::element::{Effect, Version};
use crate::language::operator::Operator;
use crate::language::place::Places;

/// One problem, its place, and the correction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The line, counted from one.
    pub line: usize,
    /// The statement, by its Sid or its place.
    pub statement: String,
    /// The flaw that was found.
    pub flaw: Flaw,
    /// The corrected statement. The decision has proven that it enforces MFA within its scope.
    pub mended: Option<String>,
}

/// Returns all problems of a policy's statements about MFA. `json` is the text from which the policy was parsed.
pub fn findings(policy: &Policy, json: &str, subject: &Subject) -> Vec<Finding> {
    let Some(places) = Places::of(json) else { return Vec::new() };
    let mut findings = Vec::new();
    for (index, statement) in policy.statements.iter().enumerate() {
        let text = places.statement(index).unwrap_or(json);
        let label = statement.label(index + 1);
        let mut found = |part: &str, flaw: Flaw, mended: Option<String>| {
            findings.push(Finding { line: places.line(part), statement: label.clone(), flaw, mended });
        };
        if policy.version == Version::Plain && text.contains("${") {
            found(text, Flaw::PlainVariables, None);
        }
        for test in &statement.condition {
            if test.operator == Operator::Unknown {
                let part = places.operator(index, &test.spelling).unwrap_or(text);
                found(part, Flaw::UnknownOperator(test.spelling.clone()), None);
            }
        }
        if hole::allows_beside(policy, statement) {
            found(text, Flaw::AllowsBeside, mend::mended_allow(&places, index, subject));
        }
        let tests: Vec<&Test> = statement.condition.iter().filter(|test| tells_of_mfa(&test.key)).collect();
        let Some(first) = tests.first() else { continue };
        if tests.iter().any(|test| test.operator == Operator::Unknown) {
            continue;
        }
        let part = places.operator(index, &first.spelling).unwrap_or(text);
        if let Some(flaw) = flaw(policy.version, statement, subject) {
            let mended = mend::mended(&places, policy, index, subject);
            found(part, flaw, mended);
        }
        let mut closed: Option<Option<String>> = None;
        for hole in hole::holes(statement) {
            if matches!(hole, Flaw::SetOperator(_)) {
                let mended = mend::mended(&places, policy, index, subject);
                found(part, hole, mended);
                continue;
            }
            // One statement closes all of its holes.
            let mended = closed.get_or_insert_with(|| mend::closed(&places, policy, index, subject));
            found(text, hole, mended.clone());
        }
    }
    findings
}

impl Policy {
    /// Returns true if the policy denies depending on MFA. Such a policy restricts the permissions of others. A trust
    /// policy does not.
    pub fn denies_by_mfa(&self) -> bool {
        self.statements.iter().any(|statement| {
            statement.effect == Effect::Deny
                && statement.principal.is_none()
                && statement.condition.iter().any(|test| tells_of_mfa(&test.key))
        })
    }
}
