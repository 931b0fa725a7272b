//! One call on its way through a service: the request, its caller, and the world that it may change.

use std::net::IpAddr;

use awsesame_policy::Context;
use bytes::Bytes;

use super::authorize;
use crate::wire::answer::Refusal;
use crate::wire::call::{Call, Params};
use crate::world::World;
use crate::world::caller::Caller;

/// One authenticated call on its way through a service.
#[derive(Debug)]
pub(crate) struct Exchange<'a> {
    pub(crate) world: &'a mut World,
    pub(crate) call: &'a Call,
    /// The parameters of the query protocol, or S3's query string.
    pub(crate) form: Params,
    pub(crate) caller: Caller,
    /// The body without its transfer coding.
    pub(crate) body: Bytes,
    pub(crate) trailer: Vec<(String, String)>,
    pub(crate) now: i64,
    pub(crate) peer: IpAddr,
    /// The minimum duration of a session, in seconds.
    pub(crate) min_duration: u32,
    pub(crate) request_id: String,
}

impl Exchange<'_> {
    /// Returns the condition keys that every call has.
    pub(crate) fn context(&self) -> Context {
        let mut context = authorize::context(&self.caller, self.peer, self.now);
        context.set("aws:RequestedRegion", &self.call.region);
        for (key, header) in [("aws:UserAgent", "user-agent"), ("aws:Referer", "referer")] {
            if let Some(value) = self.call.header(header) {
                context.set(key, value);
            }
        }
        context
    }

    /// Returns a refusal unless the caller may do this.
    pub(crate) fn authorize(&self, action: &str, resource: &str) -> Result<(), Refusal> {
        self.authorize_with(action, resource, &[])
    }

    /// Returns the same, with the condition keys that only this action has.
    pub(crate) fn authorize_with(
        &self,
        action: &str,
        resource: &str,
        keys: &[(&str, &str)],
    ) -> Result<(), Refusal> {
        let mut context = self.context();
        for (key, value) in keys {
            context.set(key, *value);
        }
        authorize::authorize(self.world, &self.caller, action, resource, &context)
    }
}
