//! Finds flaws of statements that should enforce MFA. The findings depend on the requests that a statement matches, not
//! on its spelling. `decide` judges the policies as a whole.

use crate::evaluate::credential::{Subject, tells_of_mfa};
use crate::findings::flaw::{Flaw, flaw};
use crate::findings::{hole, mend};
use crate::language::condition::Test;
use crate::language::document::{Policy, Statement};
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

/// The maximum number of findings. A policy with more of them should be rewritten.
const MOST: usize = 200;

/// The maximum number of statements that are corrected, because each correction needs several decisions.
const MOST_MENDED: usize = 16;

/// Returns all problems of a policy's statements about MFA. `json` is the text from which the policy was parsed.
pub fn findings(policy: &Policy, json: &str, subject: &Subject) -> Vec<Finding> {
    let plain = policy.version == Version::Plain && json.contains("${");
    let beside = hole::asks_in_an_allow_alone(policy);
    // Most policies contain no test of MFA, and some are large.
    let matters = |statement: &Statement| {
        let asks = |test: &Test| tells_of_mfa(&test.key) || test.operator == Operator::Unknown;
        plain || beside || statement.condition.iter().any(asks)
    };
    if !policy.statements.iter().any(matters) {
        return Vec::new();
    }
    let Some(places) = Places::of(json) else { return Vec::new() };
    let (mut findings, mut mended) = (Vec::new(), 0);
    for (index, statement) in policy.statements.iter().enumerate() {
        if findings.len() >= MOST {
            break;
        }
        let text = places.statement(index).unwrap_or(json);
        let statement = Judged { policy, statement, text, beside, subject, mends: mended < MOST_MENDED };
        let of_statement = statement.findings(&places, index);
        mended += usize::from(of_statement.iter().any(|finding| finding.mended.is_some()));
        findings.extend(of_statement);
    }
    findings
}

/// A statement, and the facts that the search for flaws needs.
struct Judged<'a> {
    policy: &'a Policy,
    statement: &'a Statement,
    text: &'a str,
    /// True if a statement of the policy allows something only with MFA, and no statement denies depending on MFA.
    beside: bool,
    subject: &'a Subject,
    /// True if corrections are wanted.
    mends: bool,
}

impl Judged<'_> {
    fn findings(&self, places: &Places<'_>, index: usize) -> Vec<Finding> {
        let Self { policy, statement, text, subject, .. } = *self;
        let mut findings = Vec::new();
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
        if self.beside && hole::allows_without(statement) {
            found(text, Flaw::AllowsBeside, self.mended(mend::mended_allow));
        }
        let tests: Vec<&Test> = statement.condition.iter().filter(|test| tells_of_mfa(&test.key)).collect();
        let Some(first) = tests.first() else { return findings };
        if tests.iter().any(|test| test.operator == Operator::Unknown) {
            return findings;
        }
        let part = places.operator(index, &first.spelling).unwrap_or(text);
        if let Some(flaw) = flaw(policy.version, statement, subject) {
            found(part, flaw, self.mended(mend::mended));
        }
        let mut closed: Option<Option<String>> = None;
        for hole in hole::holes(statement) {
            if matches!(hole, Flaw::SetOperator(_)) {
                found(part, hole, self.mended(mend::mended));
                continue;
            }
            // One statement closes all of its holes.
            let mended = closed.get_or_insert_with(|| self.mended(mend::closed));
            found(text, hole, mended.clone());
        }
        findings
    }

    /// Returns the corrected statement. The correction is made in a document that contains only this statement.
    fn mended(&self, mend: impl Fn(&Places<'_>, &Policy, &Subject) -> Option<String>) -> Option<String> {
        if !self.mends {
            return None;
        }
        let version = self.policy.version;
        let alone = Policy { version, statements: vec![self.statement.clone()] };
        let text = format!("{{\"Version\": \"{}\", \"Statement\": {}}}", version.name(), self.text);
        mend(&Places::of(&text)?, &alone, self.subject)
    }
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
