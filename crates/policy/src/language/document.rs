//! A parsed policy: its statements, exactly as in the text. `parse` creates it, and `evaluate` evaluates it.

use crate::language::condition::Test;
use crate::language::element::{Effect, Scope, Version};
use crate::language::principal::PrincipalElement;

/// A parsed policy, which is a list of statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub(crate) version: Version,
    pub(crate) statements: Vec<Statement>,
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
