//! The wire format: parsed requests, answers, and the encodings of both. It knows no service and no rule.

pub(crate) mod answer;
pub(crate) mod call;
pub(crate) mod encoding;
pub(crate) mod xml;
