//! The IAM policy language and its evaluation, as far as it decides who may do what.
//!
//! Pure: text and values in, a decision out. Nothing here may read a file, the
//! network or the clock; the time of a request is one of its condition keys.
//!
//! The rule that shapes every module: what the evaluator does not know for
//! certain becomes [`Decision::Unsure`], never an allow.

mod action;
mod arn;
mod condition;
mod context;
mod credential;
mod date;
mod decimal;
mod document;
mod draft;
mod error;
mod evaluate;
mod finding;
mod judge;
mod keys;
mod mend;
mod network;
mod opening;
mod operator;
mod parse;
mod pattern;
mod place;
mod policies;
mod principal;
mod request;
mod template;
mod truth;
mod written;

pub use action::{Act, is_enrolment};
pub use context::Context;
pub use credential::{Credential, Subject};
pub use document::Policy;
pub use draft::{Draft, Measure, Purpose};
pub use error::ParseError;
pub use evaluate::{Decision, Outcome, evaluate, evaluate_trust};
pub use finding::{Finding, Flaw, findings};
pub use judge::{Judgement, Row, Verdict, judge};
pub use opening::{Opening, opening};
pub use policies::{Layer, Policies, Ruling};
pub use request::{Principal, Request};
