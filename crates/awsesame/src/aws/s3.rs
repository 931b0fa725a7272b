//! The only call of S3 that awsesame makes: `ListBuckets`, to see whether it is allowed. The SDK of S3 would be larger
//! than the rest of the program, so it is not linked.

use aws_sdk_sts::config::Credentials;
use awsesame_core::answer::translate::Answer;

use crate::aws::Aws;
use crate::aws::signed::{self, Call, Refused};

const OPERATION: &str = "ListBuckets";

/// The SHA-256 of an empty body, which S3 requires as a header.
const HEADERS: &[(&str, &str)] =
    &[("x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")];

/// Calls `ListBuckets`, to see whether it is allowed. The names of the buckets are not used.
pub fn list_buckets(aws: &Aws, signer: &Credentials) -> Result<(), Answer> {
    let call = Call {
        operation: OPERATION,
        service: "s3",
        region: aws.settings().region.clone(),
        endpoint: aws.endpoint(OPERATION),
        path: "/?max-buckets=1",
        method: "GET",
        headers: HEADERS,
        body: String::new(),
    };
    signed::send(aws, signer, call, answer)
}

fn answer(status: u16, body: &[u8]) -> Result<(), Refused> {
    if (200..300).contains(&status) {
        return Ok(());
    }
    let body = String::from_utf8_lossy(body);
    let element = |name: &str| {
        let (_, after) = body.split_once(&format!("<{name}>"))?;
        Some(after.split_once("</")?.0.to_owned())
    };
    Err(signed::refused(element("Code"), element("Message")))
}
