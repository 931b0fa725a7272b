//! Decides whether policies enforce MFA as a whole, for every action, resource and circumstance. Nothing here may read
//! a policy's text; the mistakes in single statements are the subject of `findings`.

pub(crate) mod action;
pub(crate) mod automaton;
pub(crate) mod candidate;
pub(crate) mod circumstance;
pub(crate) mod cover;
pub(crate) mod danger;
pub(crate) mod decision;
pub(crate) mod knowledge;
pub(crate) mod proof;
pub(crate) mod resource;
pub(crate) mod rule;
pub(crate) mod search;
pub(crate) mod solve;
pub(crate) mod table;
pub(crate) mod whose;
