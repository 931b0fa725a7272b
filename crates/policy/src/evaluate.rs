//! Evaluates one request: what the policies say about it, in three values. Statements about all requests are the
//! subject of `decide`, and do not belong here.

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
