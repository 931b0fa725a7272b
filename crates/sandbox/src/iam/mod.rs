//! IAM: which operation, and who may call it at all.

use crate::answer::{Answer, Refusal};
use crate::service::Exchange;

/// Carries out one IAM call.
pub(crate) fn answer(_exchange: &mut Exchange, action: &str) -> Result<Answer, Refusal> {
    Err(Refusal::new(
        400,
        "InvalidAction",
        format!("Could not find operation {action} for version 2010-05-08"),
    ))
}
