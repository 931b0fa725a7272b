//! S3 with path-style addresses: enough for `aws s3`, boto3 and Terraform's backend. Each noun has a file of its own.

mod access;
mod buckets;
mod checksum;
mod configuration;
mod copy;
mod delete;
mod listing;
mod multipart;
mod operation;
mod precondition;
mod read;
mod reply;
mod write;

pub(crate) use operation::Operation;

use crate::services::exchange::Exchange;
use crate::wire::answer::{Answer, Refusal};

/// Carries out one S3 call.
pub(crate) fn answer(exchange: &mut Exchange) -> Result<Answer, Refusal> {
    let operation = Operation::of(exchange.call);
    if operation.key.len() > 1024 {
        return Err(Refusal::new(400, "KeyTooLongError", "Your key is too long"));
    }
    match operation.name() {
        "ListBuckets" => buckets::list_buckets(exchange),
        "CreateBucket" => buckets::create_bucket(exchange, &operation),
        "DeleteBucket" => buckets::delete_bucket(exchange, &operation),
        "HeadBucket" => buckets::head_bucket(exchange, &operation),
        "ListObjects" | "ListObjectsV2" | "ListObjectVersions" => listing::list_objects(exchange, &operation),
        "GetObject" | "HeadObject" => read::get_object(exchange, &operation),
        "GetObjectTagging" => read::get_object_tagging(exchange, &operation),
        "PutObject" => write::put_object(exchange, &operation),
        "CopyObject" => copy::copy_object(exchange, &operation),
        "DeleteObject" => delete::delete_object(exchange, &operation),
        "DeleteObjects" => delete::delete_objects(exchange, &operation),
        "CreateMultipartUpload" => multipart::create(exchange, &operation),
        "UploadPart" => multipart::upload_part(exchange, &operation),
        "UploadPartCopy" => copy::upload_part_copy(exchange, &operation),
        "CompleteMultipartUpload" => multipart::complete(exchange, &operation),
        "AbortMultipartUpload" => multipart::abort(exchange, &operation),
        "ListParts" => multipart::list_parts(exchange, &operation),
        "ListMultipartUploads" => multipart::list_uploads(exchange, &operation),
        operation::UNSUPPORTED => Err(Refusal::new(
            501,
            "NotImplemented",
            "A header or query you provided implies functionality that is not implemented",
        )),
        _ => configuration::get(exchange, &operation),
    }
}
