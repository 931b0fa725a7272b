//! S3, path-style: enough for `aws s3`, boto3 and Terraform's backend. One file per noun.

mod bucket;
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
mod write;

pub(crate) use bucket::Bucket;
pub(crate) use operation::Operation;

use crate::http::route::Exchange;
use crate::wire::answer::{Answer, Refusal};
use crate::wire::call::Service;
use crate::wire::xml::Xml;

/// The largest request body, in bytes.
pub(crate) const MAX_BODY: usize = 64 << 20;
/// So much is held in all buckets together, in bytes.
const MAX_TOTAL: usize = 1 << 30;
/// Where every bucket is.
const REGION: &str = "us-east-1";

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

/// The bucket, if it is there and the caller's account owns it: there are no bucket policies here
/// that could open it to others.
fn bucket<'a>(exchange: &'a Exchange, name: &str) -> Result<&'a Bucket, Refusal> {
    let bucket = exchange.world.buckets.get(name).ok_or_else(|| no_such_bucket(name))?;
    if bucket.owner == exchange.caller.account { Ok(bucket) } else { Err(Refusal::denied("Access Denied")) }
}

/// As [`bucket`], to be changed.
fn bucket_mut<'a>(exchange: &'a mut Exchange, name: &str) -> Result<&'a mut Bucket, Refusal> {
    let bucket = exchange.world.buckets.get_mut(name).ok_or_else(|| no_such_bucket(name))?;
    if bucket.owner == exchange.caller.account { Ok(bucket) } else { Err(Refusal::denied("Access Denied")) }
}

fn no_such_bucket(name: &str) -> Refusal {
    Refusal::new(404, "NoSuchBucket", "The specified bucket does not exist").detail("BucketName", name)
}

fn no_such_key() -> Refusal {
    Refusal::new(404, "NoSuchKey", "The specified key does not exist.")
}

/// An answer that is one element in S3's namespace.
fn document(name: &str, inside: impl FnOnce(&mut Xml)) -> Answer {
    let mut xml = Xml::new();
    xml.root(name, Service::S3.namespace(), inside);
    let mut answer = Answer::xml(xml);
    answer.headers = vec![("content-type", "application/xml".to_owned())];
    answer
}

fn quoted(etag: &str) -> String {
    format!("\"{etag}\"")
}

/// Refuses what would make the buckets outgrow the sandbox.
fn make_room(exchange: &Exchange, size: usize) -> Result<(), Refusal> {
    let held: usize = exchange.world.buckets.values().map(Bucket::size).sum();
    if held + size > MAX_TOTAL {
        return Err(Refusal::new(
            400,
            "EntityTooLarge",
            format!("The sandbox holds at most {MAX_TOTAL} bytes in all its buckets"),
        ));
    }
    Ok(())
}
