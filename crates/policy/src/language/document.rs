//! A policy as parsed: the statements, exactly as the text has them.
//! How they are read is for `parse`, what they decide is for `evaluate`.

use crate::language::condition::Test;
use crate::language::error::ParseError;
use crate::language::parse;
use crate::language::principal::PrincipalElement;

/// A parsed policy document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub(crate) version: Version,
    pub(crate) statements: Vec<Statement>,
}

impl Policy {
    /// Reads a policy document. Unknown elements, repeated keys and values that IAM
    /// itself would refuse are errors; unknown condition operators are not, for they
    /// may be newer than this program, and leave the decision unsure.
    pub fn parse(json: &str) -> Result<Self, ParseError> {
        parse::policy(json)
    }
}

impl Policy {
    /// One that allows everything: what a root user has, and what a denial is judged beside.
    pub fn everything() -> Self {
        let all = || Scope::Only(vec!["*".to_owned()]);
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: all(),
            resource: Some(all()),
            condition: Vec::new(),
        };
        Self { version: Version::Plain, statements: vec![statement] }
    }
}

/// The version of the policy language, which decides whether `${...}` is a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// 2008-10-17, also where no version is given: `${...}` is plain text.
    Plain,
    /// 2012-10-17.
    Variables,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) sid: Option<String>,
    pub(crate) effect: Effect,
    /// `None` where neither `Principal` nor `NotPrincipal` is given.
    pub(crate) principal: Option<Scope<PrincipalElement>>,
    pub(crate) action: Scope<Vec<String>>,
    /// `None` where neither `Resource` nor `NotResource` is given.
    pub(crate) resource: Option<Scope<Vec<String>>>,
    pub(crate) condition: Vec<Test>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Effect {
    Allow,
    Deny,
}

/// An element, or its `Not` twin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope<T> {
    Only(T),
    AllBut(T),
}
