//! HTTP: the server, the way from a request to its service, and the signature check. The module `services` carries out
//! the calls.

pub(crate) mod authenticate;
pub(crate) mod code;
pub(crate) mod fault;
pub(crate) mod form;
pub(crate) mod payload;
pub(crate) mod practice;
pub(crate) mod route;
pub(crate) mod server;
pub(crate) mod shared;
pub(crate) mod sigv4;
