//! Finds statements that do not have their intended effect, corrects them, and drafts new policies. This is the top
//! room, so it may use all the others.

pub(crate) mod closing;
pub(crate) mod draft;
pub(crate) mod finding;
pub(crate) mod flaw;
pub(crate) mod hole;
pub(crate) mod mend;
pub(crate) mod written;
