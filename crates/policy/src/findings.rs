//! Statements that do not do what they are meant to do, what would be right, and policies that
//! are right from the start. The top room: it may use all the others.

pub(crate) mod closing;
pub(crate) mod draft;
pub(crate) mod finding;
pub(crate) mod flaw;
pub(crate) mod hole;
pub(crate) mod mend;
pub(crate) mod written;
