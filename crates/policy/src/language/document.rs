//! A parsed policy: its statements, exactly as in the text. `parse` creates it, and `evaluate` evaluates it.

use crate::language::actions::Actions;
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
    /// Returns a policy that allows everything, which is that of a root user. Denials are judged together with it.
    pub fn everything() -> Self {
        let all = || Scope::Only(vec!["*".to_owned()]);
        let statement = Statement {
            sid: None,
            effect: Effect::Allow,
            principal: None,
            action: Actions::new(all()),
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
    /// `None` if the statement has neither `Principal` nor `NotPrincipal`.
    pub(crate) principal: Option<Scope<PrincipalElement>>,
    pub(crate) action: Actions,
    /// `None` if the statement has neither `Resource` nor `NotResource`.
    pub(crate) resource: Option<Scope<Vec<String>>>,
    pub(crate) condition: Vec<Test>,
}
