//! The IAM policy language and its evaluation, as far as it decides who has access.
//!
//! The crate is pure: text and values come in, and a decision goes out. Nothing here may read a file, the network or
//! the clock; the time of a request is one of its condition keys.
//!
//! One rule applies in every module: what the evaluator does not know for certain becomes [`Decision::Unsure`], and
//! never an allow.

mod catalog;
mod decide;
mod evaluate;
mod findings;
mod language;

pub use catalog::{Listed, date as list_date, listed};
pub use decide::action::Act;
pub use decide::danger::Danger;
pub use decide::proof::{Defect, NewActions, Opened, Proof, Verdict, Witness};
pub use decide::table::{Row, table};
pub use decide::whose::{Whose, decide, decide_for};
pub use evaluate::context::Context;
pub use evaluate::credential::{Credential, Subject};
pub use evaluate::keys::partitions;
pub use evaluate::policies::{Layer, Level, Policies, Ruling};
pub use evaluate::request::{Principal, Request};
pub use evaluate::statement::{Decision, Outcome, evaluate, evaluate_trust};
pub use findings::closing::closed_by;
pub use findings::draft::{Draft, Measure, Purpose};
pub use findings::finding::{Finding, findings};
pub use findings::flaw::Flaw;
pub use language::document::Policy;
pub use language::error::ParseError;
