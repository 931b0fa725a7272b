//! What goes over the wire: a request taken apart, an answer to be sent, and the encodings of both. No service and
//! no rule.

pub(crate) mod answer;
pub(crate) mod call;
pub(crate) mod encoding;
pub(crate) mod xml;
