//! Finds the flaw of a statement's condition about MFA, from the requests that the condition matches, and not from its
//! spelling. The module `finding` finds its place in the text.

use std::fmt;

use crate::evaluate::condition::Setting;
use crate::evaluate::credential::{Credential, Subject, tells_of_mfa};
use crate::evaluate::truth::Truth;
use crate::language::document::Statement;
use crate::language::element::{Effect, Version};
use crate::language::operator::Operator;

/// A flaw of a statement about MFA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flaw {
    /// A `Deny` that a bare key passes by.
    DenySparesBareKey(String),
    /// A `Deny` that passes a session without MFA by.
    DenySparesSession(String),
    /// A `Deny` that hits those who gave a code.
    DenyHitsMfa(String),
    /// A limit of age that an old session passes by.
    DenySparesOldMfa(String),
    /// An `Allow` that admits a bare key.
    AllowAdmitsBareKey(String),
    /// An `Allow` that admits a session without MFA.
    AllowAdmitsSession(String),
    /// An `Allow` that does not even admit those who just gave a code.
    AllowMissesMfa(String),
    /// An operator that IAM does not know, as far as this program does.
    UnknownOperator(String),
    /// A `Deny` for these actions only.
    SomeActions(Vec<String>),
    /// Actions that a `Deny` leaves out, the most dangerous first.
    LeavesOpen(Vec<String>),
    /// Actions of STS that a `Deny` leaves out. They issue other credentials.
    LeavesSts(Vec<String>),
    /// The actions that turn a password into credentials for the command line, which a `Deny` leaves out.
    LeavesSignIn(Vec<String>),
    /// The steps of enrollment, which a `Deny` leaves out.
    LeavesEnrollment(Vec<String>),
    /// A `Deny` for all resources but these.
    SparesResources(Vec<String>),
    /// A `Deny` that applies only if conditions on these keys are met as well.
    AsksForMore(Vec<String>),
    /// An operator for sets on a key that has one value.
    SetOperator(String),
    /// An `Allow` without MFA beside one with it.
    AllowsBeside,
    /// A `Deny` for some resources only.
    SomeResources,
    /// `${...}` in a version of the language without variables.
    PlainVariables,
}

impl Flaw {
    /// Returns true if MFA is not forced because of it; otherwise it is worth a look.
    pub fn is_unsound(&self) -> bool {
        match self {
            Self::DenySparesBareKey(_)
            | Self::DenySparesSession(_)
            | Self::DenyHitsMfa(_)
            | Self::DenySparesOldMfa(_)
            | Self::AllowAdmitsBareKey(_)
            | Self::AllowAdmitsSession(_)
            | Self::UnknownOperator(_)
            | Self::PlainVariables => true,
            Self::AllowMissesMfa(_)
            | Self::SomeActions(_)
            | Self::LeavesOpen(_)
            | Self::LeavesSts(_)
            | Self::LeavesSignIn(_)
            | Self::LeavesEnrollment(_)
            | Self::SomeResources
            | Self::SparesResources(_)
            | Self::AsksForMore(_)
            | Self::SetOperator(_)
            | Self::AllowsBeside => false,
        }
    }

    /// Returns the flaw as a word for programs.
    pub fn word(&self) -> &'static str {
        match self {
            Self::DenySparesBareKey(_) => "deny_spares_bare_key",
            Self::DenySparesSession(_) => "deny_spares_session",
            Self::DenyHitsMfa(_) => "deny_hits_mfa",
            Self::DenySparesOldMfa(_) => "deny_spares_old_mfa",
            Self::AllowAdmitsBareKey(_) => "allow_admits_bare_key",
            Self::AllowAdmitsSession(_) => "allow_admits_session",
            Self::AllowMissesMfa(_) => "allow_misses_mfa",
            Self::UnknownOperator(_) => "unknown_operator",
            Self::SomeActions(_) => "some_actions",
            Self::LeavesOpen(_) => "leaves_open",
            Self::LeavesSts(_) => "leaves_sts",
            Self::LeavesSignIn(_) => "leaves_sign_in",
            Self::LeavesEnrollment(_) => "leaves_enrollment",
            Self::SparesResources(_) => "spares_resources",
            Self::AsksForMore(_) => "asks_for_more",
            Self::SetOperator(_) => "set_operator",
            Self::AllowsBeside => "allows_beside",
            Self::SomeResources => "some_resources",
            Self::PlainVariables => "plain_variables",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::DenySparesBareKey(operators) => write!(
                f,
                "this Deny never meets a bare key: a long-term key has no MFA keys in its context, \
                 and {operators} matches only a key that is there"
            ),
            Self::DenySparesSession(operators) => {
                write!(f, "this Deny does not meet a session without MFA: {operators} does not match it")
            }
            Self::DenyHitsMfa(operators) => {
                write!(f, "this Deny meets those who gave a code: {operators} matches them")
            }
            Self::DenySparesOldMfa(operators) => {
                write!(f, "this Deny never meets an old MFA session: all of {operators} must match at once")
            }
            Self::AllowAdmitsBareKey(operators) => write!(
                f,
                "this Allow admits a bare key: a long-term key has no MFA keys in its context, \
                 and {operators} takes that for a match"
            ),
            Self::AllowAdmitsSession(operators) => {
                write!(f, "this Allow admits a session without MFA: {operators} matches it")
            }
            Self::AllowMissesMfa(operators) => {
                write!(f, "this Allow does not admit a session with MFA: {operators} does not match it")
            }
            Self::UnknownOperator(operator) => {
                write!(f, "condition operator `{operator}` is not known, so what it does is not either")
            }
            Self::LeavesOpen(actions) => {
                write!(f, "this Deny leaves open without MFA: {}", some(actions))
            }
            Self::SomeActions(actions) => write!(
                f,
                "this Deny enforces MFA for {} only: every other action works without MFA where it is allowed",
                some(actions)
            ),
            Self::LeavesSts(actions) => write!(
                f,
                "this Deny leaves open without MFA: {}; the credentials that they give are not held by it, and a \
                 role asks for MFA only if its trust policy does",
                some(actions)
            ),
            Self::LeavesSignIn(actions) => write!(
                f,
                "this Deny leaves open without MFA: {}; whoever has the password of a user without a device signs in \
                 with `aws login`, and has credentials for the command line",
                some(actions)
            ),
            Self::LeavesEnrollment(actions) => write!(
                f,
                "this Deny leaves open without MFA: {}; whoever has the key of a user can enroll a device of \
                 their own, and has MFA",
                some(actions)
            ),
            Self::SparesResources(resources) => {
                write!(f, "this Deny leaves open without MFA: everything on {}", some(resources))
            }
            Self::AsksForMore(keys) => write!(
                f,
                "this Deny asks for {} as well: a call for which that does not hold needs no MFA",
                some(&keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>())
            ),
            Self::SetOperator(operator) => {
                write!(f, "`{operator}` is for keys with several values, and this key has one or none")
            }
            Self::AllowsBeside => {
                f.write_str("this Allow asks for no MFA, beside one of the same policy that does")
            }
            Self::SomeResources => f.write_str("this Deny forces MFA for some resources only"),
            Self::PlainVariables => {
                f.write_str("`${...}` is plain text here: variables need `\"Version\": \"2012-10-17\"`")
            }
        }
    }
}

/// Returns the first few items of a list, and the number of the others.
fn some(all: &[String]) -> String {
    const SHOWN: usize = 6;
    let shown = all.iter().take(SHOWN).cloned().collect::<Vec<_>>().join(", ");
    match all.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}

/// Compares the callers that a statement's tests about MFA apply to with those that they should apply to. Returns the
/// flaw, None if there is none.
pub(crate) fn flaw(version: Version, statement: &Statement, subject: &Subject) -> Option<Flaw> {
    let tests = || statement.condition.iter().filter(|test| tells_of_mfa(&test.key));
    let meets = |credential: Credential| {
        let context = credential.context(subject);
        let setting = Setting { version, effect: statement.effect, context: &context };
        Truth::all(tests().map(|test| test.holds(setting)))
    };
    let mut operators: Vec<String> = tests().map(|test| format!("`{}`", test.spelling)).collect();
    operators.dedup();
    let operators = operators.join(" and ");
    let missed = |credential| meets(credential) != Truth::Yes;
    let met = |credential| meets(credential) != Truth::No;
    match statement.effect {
        Effect::Deny if missed(Credential::BareKey) => Some(Flaw::DenySparesBareKey(operators)),
        Effect::Deny if missed(Credential::Session) => Some(Flaw::DenySparesSession(operators)),
        Effect::Deny if met(Credential::FreshMfa) => Some(Flaw::DenyHitsMfa(operators)),
        Effect::Deny if limits_age(statement) && missed(Credential::OldMfa) => {
            Some(Flaw::DenySparesOldMfa(operators))
        }
        Effect::Allow if met(Credential::BareKey) => Some(Flaw::AllowAdmitsBareKey(operators)),
        Effect::Allow if met(Credential::Session) => Some(Flaw::AllowAdmitsSession(operators)),
        Effect::Allow if missed(Credential::FreshMfa) => Some(Flaw::AllowMissesMfa(operators)),
        Effect::Deny | Effect::Allow => None,
    }
}

/// Returns true if a statement compares the age of the MFA, rather than asking if there is one.
pub(crate) fn limits_age(statement: &Statement) -> bool {
    statement.condition.iter().any(|test| {
        test.key.eq_ignore_ascii_case("aws:MultiFactorAuthAge") && test.operator != Operator::Null
    })
}
