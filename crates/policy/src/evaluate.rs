//! The evaluation of one request: what policies say of it, in three values. Nothing here may
//! quantify over requests; that is for `decide`.

pub(crate) mod condition;
pub(crate) mod context;
pub(crate) mod credential;
pub(crate) mod date;
pub(crate) mod decimal;
pub(crate) mod keys;
pub(crate) mod malformed;
pub(crate) mod network;
pub(crate) mod policies;
pub(crate) mod principal;
pub(crate) mod request;
pub(crate) mod statement;
pub(crate) mod template;
pub(crate) mod truth;
