//! The elements of a statement with few possible values: the version of the language, the effect, and an element with
//! its `Not` form.

/// The version of the policy language, which decides whether `${...}` is a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// Version 2008-10-17, which also applies without a version. `${...}` is plain text in it.
    Plain,
    /// Version 2012-10-17, which has variables.
    Variables,
}

impl Version {
    /// Returns the version as it is written in a document.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Plain => "2008-10-17",
            Self::Variables => "2012-10-17",
        }
    }
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
