//! S3, path-style: enough for `aws s3`, boto3 and Terraform's backend.

mod bucket;

pub(crate) use bucket::Bucket;

use crate::answer::{Answer, Refusal};
use crate::call::Call;
use crate::service::Exchange;

/// The largest request body, in bytes.
pub(crate) const MAX_BODY: usize = 64 << 20;

pub(crate) struct Operation;
impl Operation {
    pub(crate) fn name(&self) -> &'static str {
        "GetObject"
    }
}
pub(crate) fn operation(_call: &Call) -> Operation {
    Operation
}

/// Carries out one S3 call.
pub(crate) fn answer(_exchange: &mut Exchange) -> Result<Answer, Refusal> {
    Err(Refusal::new(
        501,
        "NotImplemented",
        "A header you provided implies functionality that is not implemented.",
    ))
}
