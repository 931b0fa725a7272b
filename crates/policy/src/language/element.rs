//! The elements of a statement that are one of a few: the version of its language, its effect,
//! and an element with its `Not` twin.

/// The version of the policy language, which decides whether `${...}` is a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Version {
    /// 2008-10-17, also where no version is given: `${...}` is plain text.
    Plain,
    /// 2012-10-17.
    Variables,
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
