//! A request: one call by one caller in one context. Other modules match it.

use crate::evaluate::context::Context;

/// One call to an AWS API, as policies see it.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// The action with its service prefix, such as `sts:AssumeRole`.
    pub action: &'a str,
    /// The ARN of what is acted on, or `*` for actions that know no resource.
    pub resource: &'a str,
    /// The caller. `None` is an anonymous caller. Only trust policies use it.
    pub principal: Option<&'a Principal>,
    /// The condition keys of the request.
    pub context: &'a Context,
}

/// A caller, as trust policies see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// The caller's ARN: a user, an assumed-role session, a federated user or an
    /// account's root; or the name of a service or identity provider.
    pub arn: String,
    /// The twelve digits of the caller's account; empty for a service.
    pub account: String,
}
