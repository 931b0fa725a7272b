//! The policy language: the content of a document, word for word. Nothing here may know a request.

pub(crate) mod actions;
pub(crate) mod arn;
pub(crate) mod condition;
pub(crate) mod document;
pub(crate) mod element;
pub(crate) mod error;
pub(crate) mod operator;
pub(crate) mod parse;
pub(crate) mod pattern;
pub(crate) mod place;
pub(crate) mod principal;
