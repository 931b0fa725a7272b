//! The judgment of policies as a whole: whether they enforce MFA. Nothing here may read a
//! policy's text; what is wrong with a statement as it is written is for `findings`.

pub(crate) mod action;
pub(crate) mod judge;
pub(crate) mod opening;
