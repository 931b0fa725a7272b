//! The position of a text in a file, as findings name it.

use std::fmt;
use std::rc::Rc;

use awsesame_core::name::Shown;

/// The position of a text in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The file, which all of its settings share.
    pub path: Rc<str>,
    /// The line, counted from one.
    pub line: usize,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", Shown(&self.path), self.line)
    }
}
